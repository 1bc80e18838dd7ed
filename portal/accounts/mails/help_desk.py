"""Mails about what staff did for somebody on the telephone."""

from portal.accounts.models import Account
from portal.foundation.database import db
from portal.mail import service
from portal.mail.models import OutboxMessage
from portal.mail.service import Letter


def identity_proven(account: Account) -> None:
    """Tell the owner that somebody on the telephone proved to be them."""
    service.post("accounts.identity_proven", account.email, account=account.id)


@service.renders("accounts.identity_proven", secures=True)
def _identity_proven(message: OutboxMessage) -> Letter | None:
    account = db.session.get(Account, message.context["account"])
    if account is None:
        return None
    known = {"at": message.created_at, "email": account.email, "way_in": service.link("/recover")}
    return Letter("accounts/identity_proven", known, to=account.email, locale=account.locale)
