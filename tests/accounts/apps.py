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


def prove(browser, code):
    """Send the code to the page of the second step that is open."""
    return browser.send("", follow=False, code=code)


def is_in(browser):
    """Whether a browser is signed in."""
    return browser.open("/account/security").request.path == "/account/security"


def is_wrong(answer):
    """Whether the page says that a code is not right."""
    return answer.status_code == 422 and "This code is not right" in answer.text


def filled(browser):
    """The form of the page, with a wrong code, for a client that sends it by itself."""
    token = browser.page.text.split('name="csrf_token" value="')[1].split('"')[0]
    return {"csrf_token": token, "code": WRONG}
