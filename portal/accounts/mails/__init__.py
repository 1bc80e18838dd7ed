"""Mails about registering, recovering and what changed at an account.

What a mail of the first two kinds says is decided when it is rendered, so that asking for it is the same work for
every address.
"""

from typing import Any

import sqlalchemy as sa

from portal.accounts import queries
from portal.accounts.events import no_account_for
from portal.accounts.mails import cooling_off
from portal.accounts.models import Account, Realm, Registration
from portal.accounts.rules import links
from portal.foundation import tokens
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.mail import service
from portal.mail.models import OutboxMessage
from portal.mail.service import Letter

ADDED = ("app_added", "passkey_added")  # see `service.factors.Change`


def registration(email: str, registration_id: int | None = None) -> None:
    """Ask for the link of a registration, or of the newest one that waits for the address."""
    service.post("accounts.registration", email, registration=registration_id)


def recovery(email: str) -> None:
    """Ask for whatever lets the owner of an address in again."""
    service.post("accounts.recovery", email)


def unlock(realm: Realm, email: str) -> None:
    """Ask for the link that lets a browser in, however many wrong tries there were."""
    service.post("accounts.unlock", email, realm=realm.value)


def new_device(account: queries.Owner, browser: str, network: str) -> None:
    """Tell the owner that somebody signed in on a browser that was not known; both are in words."""
    service.post("accounts.new_device", account.email, account=account.id, browser=browser, network=network)


def password_changed(account: Account) -> None:
    """Tell the owner that the password was changed."""
    service.post("accounts.password_changed", account.email, account=account.id)


def question_changed(account: Account) -> None:
    """Tell the owner that the security question was changed."""
    service.post("accounts.question_changed", account.email, account=account.id)


def answers_used_up(account: Account) -> None:
    """Tell the owner that somebody with the mailed link gave wrong answers."""
    service.post("accounts.answers_used_up", account.email, account=account.id)


def codes_used_up(account: Account) -> None:
    """Tell the owner that somebody with the password gave wrong codes."""
    service.post("accounts.codes_used_up", account.email, account=account.id)


def recovery_code_used(account: Account, left: int) -> None:
    """Tell the owner that a recovery code was used, and how many still work."""
    service.post("accounts.recovery_code_used", account.email, account=account.id, left=left)


def factor_changed(account: Account, change: str) -> None:
    """Tell the owner that a second factor came or went (see `service.factors.Change`)."""
    service.post("accounts.factor_changed", account.email, account=account.id, change=str(change))


def passkey_copied(account: Account, name: str) -> None:
    """Tell the owner that somebody seems to have a copy of a passkey."""
    service.post("accounts.passkey_copied", account.email, account=account.id, passkey=name)


@service.renders("accounts.registration", limited=True)
def _registration(message: OutboxMessage) -> Letter | None:
    account = _account(message)
    if account is not None:
        links_in = {"sign_in": service.link("/sign-in"), "recover": service.link("/recover")}
        return Letter("accounts/account_exists", links_in, to=account.email, locale=account.locale)
    return _confirmation(message, _waiting(message))


@service.renders("accounts.recovery", limited=True, secures=True)
def _recovery(message: OutboxMessage) -> Letter | None:
    account = _account(message)
    if account is not None:
        return _way_back(message, account) if account.is_enabled else _closed(account)
    waiting = _waiting(message)
    if waiting is not None:
        return _confirmation(message, waiting)
    letters = [letter for _, letter in no_account_for.send(message, email_key=message.to_key) if letter is not None]
    return letters[0] if letters else None


@service.renders("accounts.unlock", limited=True, secures=True)
def _unlock(message: OutboxMessage) -> Letter | None:
    account = _account(message, Realm(message.context["realm"]))
    if account is None or not account.is_enabled:
        return None
    door = "/sign-in" if account.realm is Realm.CUSTOMER else "/staff/sign-in"
    token = tokens.issue(links.UNLOCK, account.id, outbox_id=message.id, bound_to=account.email_key)
    known = {
        "email": account.email,
        "link": service.link(f"{door}/unlock/{token}"),
        "until": now() + links.UNLOCK.lifetime,
    }
    return Letter("accounts/unlock", known, to=account.email, locale=account.locale)


@service.renders("accounts.new_device", secures=True)
def _new_device(message: OutboxMessage) -> Letter | None:
    found = {"browser": message.context["browser"], "network": message.context["network"]}
    return _notice(message, "accounts/new_device", **found)


@service.renders("accounts.password_changed", secures=True)
def _password_changed(message: OutboxMessage) -> Letter | None:
    return _notice(message, "accounts/password_changed")


@service.renders("accounts.question_changed", secures=True)
def _question_changed(message: OutboxMessage) -> Letter | None:
    return _notice(message, "accounts/question_changed")


@service.renders("accounts.answers_used_up", secures=True)
def _answers_used_up(message: OutboxMessage) -> Letter | None:
    return _notice(message, "accounts/answers_used_up")


@service.renders("accounts.codes_used_up", secures=True)
def _codes_used_up(message: OutboxMessage) -> Letter | None:
    return _notice(message, "accounts/codes_used_up")


@service.renders("accounts.factor_changed", secures=True)
def _factor_changed(message: OutboxMessage) -> Letter | None:
    change = message.context["change"]
    # Who gets in by a mailed link is asked for a factor, also for one that a thief has added.
    added = {"was_added": change in ADDED, "help": service.link("/help")}
    return _notice(message, "accounts/factor_changed", change=change, **added)


@service.renders("accounts.passkey_copied", secures=True)
def _passkey_copied(message: OutboxMessage) -> Letter | None:
    return _notice(message, "accounts/passkey_copied", passkey=message.context["passkey"])


@service.renders("accounts.recovery_code_used", secures=True)
def _recovery_code_used(message: OutboxMessage) -> Letter | None:
    return _notice(message, "accounts/recovery_code_used", left=message.context["left"])


def _account(message: OutboxMessage, realm: Realm = Realm.CUSTOMER) -> Account | None:
    owner = sa.select(Account).where(Account.realm == realm, Account.email_key == message.to_key)
    return db.session.scalar(owner)


def _waiting(message: OutboxMessage) -> Registration | None:
    waiting = sa.select(Registration).where(
        Registration.email_key == message.to_key, Registration.ended_at.is_(None), Registration.expires_at > now()
    )
    if message.context.get("registration") is not None:
        waiting = waiting.where(Registration.id == message.context["registration"])
    return db.session.scalar(waiting.order_by(Registration.id.desc()).limit(1))


def _confirmation(message: OutboxMessage, waiting: Registration | None) -> Letter | None:
    if waiting is None:
        return None
    token = tokens.issue(links.CONFIRM, waiting.id, outbox_id=message.id)
    known = {
        "email": waiting.email,
        "link": service.link(f"/confirm-email/{token}"),
        "until": now() + links.CONFIRM.lifetime,
        "forgotten_at": waiting.expires_at,
    }
    return Letter("accounts/confirm", known, to=waiting.email, locale=waiting.locale)


def _way_back(message: OutboxMessage, account: Account) -> Letter:
    """The link that asks for the answer, or none any more when that was waited for (see `service.cooling_off`)."""
    waited = queries.waiting_recovery(account.id)
    if waited is not None and waited.opened_at is not None:
        return cooling_off.open_letter(waited, message.id)
    return _reset(message, account)


def _reset(message: OutboxMessage, account: Account) -> Letter:
    token = tokens.issue(links.RESET, account.id, outbox_id=message.id, bound_to=str(account.epoch))
    known = {
        "email": account.email,
        "link": service.link(f"/recover/{token}"),
        "until": now() + links.RESET.lifetime,
    }
    return Letter("accounts/reset", known, to=account.email, locale=account.locale)


def _closed(account: Account) -> Letter:
    return Letter("accounts/disabled", {"email": account.email}, to=account.email, locale=account.locale)


def _notice(message: OutboxMessage, template: str, **more: Any) -> Letter | None:
    account = db.session.get(Account, message.context["account"])
    if account is None:
        return None
    path = "/recover" if account.realm is Realm.CUSTOMER else "/staff/sign-in"
    known = {
        "at": message.created_at,
        "email": account.email,
        "is_staff": account.realm is Realm.STAFF,
        "way_in": service.link(path),
        **more,
    }
    return Letter(template, known, to=account.email, locale=account.locale)
