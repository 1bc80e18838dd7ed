"""An authenticator app, as a telephone has one, and accounts that ask for its codes."""

import sqlalchemy as sa

from portal.accounts.models import Account, Authenticator
from portal.accounts.rules import totp as rules
from portal.accounts.service import recovery_codes, totp
from portal.foundation import clock, crypto
from portal.foundation.database import db

WRONG = "000000"


class App:
    """Shows the codes of one secret."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def code(self, steps: int = 0) -> str:
        """The code shown now, or so many steps later or before."""
        return rules.code_of(self.secret, rules.step_at(clock.now()) + steps)


def app_of(account: Account) -> App:
    """Give an account an app that was set up before."""
    secret = rules.new_secret()
    row = Authenticator(account_id=account.id, secret=crypto.encrypt(totp.PURPOSE, secret), confirmed_at=clock.now())
    db.session.add(row)
    db.session.commit()
    return App(secret)


def codes_of(account: Account) -> list[str]:
    """Give an account recovery codes."""
    codes = recovery_codes.replace(account)
    db.session.commit()
    return codes


def the_account(email: str) -> Account:
    """The account of an address."""
    return db.session.scalars(sa.select(Account).where(Account.email == email)).one()
