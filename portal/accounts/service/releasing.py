"""An account lets go of its address: nobody signs in to it any more, and the address may have another account."""

from portal.accounts.models import Account
from portal.accounts.service import sessions
from portal.foundation.database import db

RELEASED = "released"  # no address is spelt so


def release(account: Account) -> None:
    """Take the address away from what an account is found by, and end its sessions."""
    account.email_key = f"{RELEASED} {account.id}"
    db.session.flush()
    sessions.end_all(account)
