"""Post a mail: one row in the caller's transaction, rendered by its feature when it is sent."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from portal.config import settings
from portal.foundation import emails
from portal.foundation.database import table_of
from portal.foundation.straight import Straight
from portal.mail.models import OutboxMessage


@dataclass(frozen=True)
class Letter:
    """What a mail says: a template of templates/mail and what it is filled with.

    `to` replaces the typed address by a stored one. The subject is the block `subject` of the text template.
    """

    template: str
    context: Mapping[str, object] = field(default_factory=dict)
    to: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    locale: str | None = None


Renderer = Callable[[OutboxMessage], Letter | None]


@dataclass(frozen=True)
class Kind:
    """How mails of one kind are written."""

    render: Renderer
    limited: bool
    secures: bool = False  # an account


Noted = Callable[[OutboxMessage, str], None]

_kinds: dict[str, Kind] = {}
_noted: dict[str, Noted] = {}
_outbox = table_of(OutboxMessage)
# Made once, and of the table alone: a mail goes with many a request.
_POST = Straight(sa.insert(_outbox).returning(_outbox.c.id))


def renders(kind: str, *, limited: bool = False, secures: bool = False) -> Callable[[Renderer], Renderer]:
    """Declare the function that writes mails of a kind; it returns None when there is nothing to say any more.

    The worker calls it in a transaction that is committed before the mail leaves, so it may issue tokens.
    `limited` kinds are those that anybody can cause to any address: a few each hour and day leave, the rest is
    suppressed. `secures` kinds let the owner of an account back in, or tell them what was done to it: no member of
    staff can keep those away.
    """

    def declare(render: Renderer) -> Renderer:
        _kinds[kind] = Kind(render, limited, secures)
        return render

    return declare


def when_sent(kind: str) -> Callable[[Noted], Noted]:
    """Declare who is told that a mail of a kind was taken over by the mail server, with its answer.

    It is called in the transaction that notes the mail as sent.
    """

    def declare(noted: Noted) -> Noted:
        _noted[kind] = noted
        return noted

    return declare


def told_of(message: OutboxMessage) -> Noted | None:
    """Who is told that a mail was sent."""
    return _noted.get(message.kind)


def kind_of(message: OutboxMessage) -> Kind:
    """How a mail is written.

    Raises:
        LookupError: nobody declared it.
    """
    if message.kind not in _kinds:
        raise LookupError(f"Nobody renders mails of the kind {message.kind!r}.")
    return _kinds[message.kind]


def kinds() -> list[str]:
    """Every kind of mail that somebody declared."""
    return list(_kinds)


def limited_kinds() -> list[str]:
    """The kinds that anybody can cause to any address."""
    return [name for name, kind in _kinds.items() if kind.limited]


def post(kind: str, to: str, *, due_at: datetime | None = None, **context: object) -> int:
    """Post a mail together with the change that it tells of; returns its id in the outbox.

    `context` holds ids and plain values, never a link or a secret: the renderer makes those when the mail is sent.
    It is sent at `due_at`, or at once.
    """
    domain = settings().mail_default_sender.rpartition("@")[2]
    values: dict[str, object] = {
        "kind": kind,
        "to": to,
        "to_key": emails.key(to),
        "context": context,
        "message_id": f"<{secrets.token_hex(16)}@{domain}>",
    }
    if due_at is not None:
        values["due_at"] = due_at
    posted: int = _POST.one(values)[0]
    return posted


def send_again(message: OutboxMessage) -> int:
    """Post a mail once more; it is rendered anew, so it tells how things are now. Returns the id of the new one."""
    return post(message.kind, message.to, **message.context)


def link(path: str) -> str:
    """The full address of a page of the portal: from the settings, never from a request, whose host may lie."""
    return settings().base_url.rstrip("/") + path
