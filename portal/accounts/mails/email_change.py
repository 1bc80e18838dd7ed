"""Mails about a change of address: to the new mailbox, and to the old one, which can stop and undo it."""

import sqlalchemy as sa

from portal.accounts.models import Account, ChangeState, EmailChange
from portal.accounts.rules import links
from portal.foundation import tokens
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.mail import service
from portal.mail.models import OutboxMessage
from portal.mail.service import Letter


def prove(change: EmailChange) -> None:
    """Send the link that proves the new mailbox; if the address has an account, that is said instead."""
    service.post("accounts.email_change", change.new_email, change=change.id)


def asked(change: EmailChange) -> None:
    """Tell the old address that another one was asked for, and how to stop it."""
    service.post("accounts.email_change_asked", change.old_email, change=change.id)


def changed(change: EmailChange) -> None:
    """Tell the old address that another one is in force, and how to undo it."""
    service.post("accounts.email_changed", change.old_email, change=change.id)


def undone(change: EmailChange) -> None:
    """Send the address that is in force again the link to choose a new password."""
    service.post("accounts.email_change_undone", change.old_email, change=change.id)


def taken_back(change: EmailChange, email: str) -> None:
    """Tell the address that the account had until now that the old mailbox took it back."""
    service.post("accounts.email_change_taken_back", email, change=change.id)


@service.renders("accounts.email_change", limited=True, secures=True)
def _prove(message: OutboxMessage) -> Letter | None:
    change = _change(message, ChangeState.ASKED)
    if change is None or change.proven_at is not None:
        return None
    account = db.session.get_one(Account, change.account_id)
    holder = db.session.scalar(
        sa.select(Account).where(Account.realm == account.realm, Account.email_key == change.new_key)
    )
    if holder is not None:
        ways = {"sign_in": service.link("/sign-in"), "recover": service.link("/recover")}
        return Letter("accounts/email_change_taken", ways, to=holder.email, locale=holder.locale)
    token = tokens.issue(links.CHANGE_EMAIL, change.id, outbox_id=message.id)
    known = {
        "email": change.new_email,
        "link": service.link(f"/account/email/{token}"),
        "until": now() + links.CHANGE_EMAIL.lifetime,
    }
    return Letter("accounts/email_change", known, locale=account.locale)


@service.renders("accounts.email_change_asked", secures=True)
def _asked(message: OutboxMessage) -> Letter | None:
    change = _change(message, ChangeState.ASKED)
    if change is None:
        return None
    account = db.session.get_one(Account, change.account_id)
    token = tokens.issue(links.STOP_CHANGE, change.id, outbox_id=message.id)
    known = {
        "at": change.asked_at,
        "due": change.due_at if change.due_at > change.asked_at else None,
        "new_email": change.new_email,
        "by_staff": change.asked_by is not None,
        "runs_out": links.runs_out_at(change.asked_at),
        "link": service.link(f"/account/email/stop/{token}"),
    }
    return Letter("accounts/email_change_asked", known, locale=account.locale)


@service.renders("accounts.email_changed", secures=True)
def _changed(message: OutboxMessage) -> Letter | None:
    change = _change(message, ChangeState.APPLIED)
    if change is None or change.settled_at is None or now() >= links.undo_ends(change.settled_at):
        return None
    account = db.session.get_one(Account, change.account_id)
    token = tokens.issue(links.UNDO_CHANGE, change.id, outbox_id=message.id)
    known = {
        "at": change.settled_at,
        "new_email": change.new_email,
        "link": service.link(f"/account/email/undo/{token}"),
        "until": links.undo_ends(change.settled_at),
    }
    return Letter("accounts/email_changed", known, locale=account.locale)


@service.renders("accounts.email_change_undone", secures=True)
def _undone(message: OutboxMessage) -> Letter | None:
    change = _change(message, ChangeState.UNDONE)
    account = db.session.get(Account, change.account_id) if change is not None else None
    if account is None or account.email_key != message.to_key or not account.is_enabled:
        return None
    token = tokens.issue(links.RESET, account.id, outbox_id=message.id, bound_to=str(account.epoch))
    known = {
        "email": account.email,
        "link": service.link(f"/recover/{token}"),
        "until": now() + links.RESET.lifetime,
        "again": service.link("/recover"),
    }
    return Letter("accounts/email_change_undone", known, locale=account.locale)


@service.renders("accounts.email_change_taken_back", secures=True)
def _taken_back(message: OutboxMessage) -> Letter | None:
    change = _change(message, ChangeState.UNDONE)
    if change is None:
        return None
    account = db.session.get_one(Account, change.account_id)
    known = {"at": change.settled_at, "email": message.to, "help": service.link("/help")}
    return Letter("accounts/email_change_taken_back", known, locale=account.locale)


def _change(message: OutboxMessage, state: ChangeState) -> EmailChange | None:
    change = db.session.get(EmailChange, message.context["change"], populate_existing=True)
    return change if change is not None and change.state is state else None
