"""Second factors: which an account has, and what that asks of a sign-in."""

import sqlalchemy as sa

from portal.accounts.models import Account, Authenticator, Passkey
from portal.foundation.database import db


def asked_of(account: Account) -> bool:
    """Whether the right password alone does not let somebody in."""
    app = sa.select(Authenticator.id).where(
        Authenticator.account_id == account.id, Authenticator.confirmed_at.is_not(None)
    )
    passkey = sa.select(Passkey.id).where(Passkey.account_id == account.id)
    return bool(db.session.scalar(sa.select(sa.or_(app.exists(), passkey.exists()))))
