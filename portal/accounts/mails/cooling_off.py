"""Mails about a recovery that waits because its answer is forgotten: two warnings, then the link."""

from portal.accounts.models import Account, CoolingOff
from portal.accounts.rules import links
from portal.accounts.rules.waiting import OPEN_FOR
from portal.foundation import tokens
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.tokens import Purpose
from portal.mail import service
from portal.mail.models import OutboxMessage
from portal.mail.service import Letter


def asked(row: CoolingOff, account: Account) -> None:
    """Tell the owner at once that the answer is not known, what will happen, and how to stop it."""
    service.post("accounts.cooling_off", account.email, cooling_off=row.id)


def reminder(row: CoolingOff, account: Account) -> None:
    """Tell the owner once more before the end."""
    service.post("accounts.cooling_off_reminder", account.email, cooling_off=row.id)


def opened(row: CoolingOff, account: Account) -> None:
    """Send the link that needs no answer."""
    service.post("accounts.cooling_off_over", account.email, cooling_off=row.id)


@service.renders("accounts.cooling_off", secures=True)
def _asked(message: OutboxMessage) -> Letter | None:
    return _warning(message, "accounts/cooling_off", links.STOP_WAITING)


@service.renders("accounts.cooling_off_reminder", secures=True)
def _reminder(message: OutboxMessage) -> Letter | None:
    return _warning(message, "accounts/cooling_off_reminder", links.STOP_REMINDED)


@service.renders("accounts.cooling_off_over", secures=True)
def _opened(message: OutboxMessage) -> Letter | None:
    row = _waiting(message)
    return open_letter(row, message.id) if row is not None else None


def open_letter(row: CoolingOff, outbox_id: int) -> Letter:
    """The letter with a fresh link that needs no answer."""
    account = db.session.get_one(Account, row.account_id)
    token = tokens.issue(links.OPEN_WAITED, row.id, outbox_id=outbox_id, bound_to=str(account.epoch))
    known = {
        "email": account.email,
        "link": service.link(f"/recover/waited/{token}"),
        "until": now() + links.OPEN_WAITED.lifetime,
        "again": service.link("/recover"),
    }
    return Letter("accounts/cooling_off_over", known, to=account.email, locale=account.locale)


def _warning(message: OutboxMessage, template: str, purpose: Purpose) -> Letter | None:
    row = _waiting(message)
    if row is None:
        return None
    account = db.session.get_one(Account, row.account_id)
    token = tokens.issue(purpose, row.id, outbox_id=message.id)
    known = {
        "at": row.asked_at,
        "due": row.due_at,
        "email": account.email,
        "link": service.link(f"/recover/stop/{token}"),
    }
    return Letter(template, known, to=account.email, locale=account.locale)


def _waiting(message: OutboxMessage) -> CoolingOff | None:
    row = db.session.get(CoolingOff, message.context["cooling_off"], populate_existing=True)
    if row is None or row.stopped_at is not None or row.used_at is not None or row.due_at <= now() - OPEN_FOR:
        return None
    account = db.session.get_one(Account, row.account_id)
    return row if account.is_enabled and account.email_key == message.to_key else None
