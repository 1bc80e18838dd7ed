"""Mails about what staff did for somebody on the telephone."""

from datetime import datetime

from portal.accounts.models import Account
from portal.foundation.database import db
from portal.mail import service
from portal.mail.models import OutboxMessage
from portal.mail.service import Letter


def identity_proven(account: Account, factors_stay_until: datetime | None) -> None:
    """Tell the owner that somebody on the telephone proved to be them, and when that may cost the second step."""
    stay = factors_stay_until.isoformat() if factors_stay_until is not None else ""
    service.post("accounts.identity_proven", account.email, account=account.id, factors_stay_until=stay)


@service.renders("accounts.identity_proven", secures=True)
def _identity_proven(message: OutboxMessage) -> Letter | None:
    account = db.session.get(Account, message.context["account"])
    if account is None:
        return None
    stay = message.context.get("factors_stay_until")
    known = {
        "at": message.created_at,
        "email": account.email,
        "way_in": service.link("/recover"),
        "sign_in": service.link("/sign-in"),
        "factors_stay_until": datetime.fromisoformat(stay) if stay else None,
    }
    return Letter("accounts/identity_proven", known, to=account.email, locale=account.locale)
