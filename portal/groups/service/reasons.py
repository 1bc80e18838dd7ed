"""The sentences that the shop keeps for saying no."""

import secrets

import sqlalchemy as sa

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.foundation import search
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.groups import queries, rules
from portal.groups.errors import ReasonTaken
from portal.groups.models import DeclineReason


def in_words(code: str) -> str:
    """The sentence of a code; own words that a script sent instead stay as they are, and none is none."""
    if code == rules.OWN:
        return ""
    return next((row.words for row in queries.reasons() if row.code == code), code)


def choices() -> list[tuple[str, str]]:
    """Code and sentence of each reason, in the shop's order."""
    return [(row.code, row.words) for row in queries.reasons()]


def add(words: str, *, by: Actor) -> DeclineReason:
    """Add a sentence at the end of the list.

    Raises:
        ReasonTaken: the list has it, or is full.
    """
    known = _lock()
    _check(words, known)
    place = max((row.place for row in known), default=0) + 1
    row = DeclineReason(code=secrets.token_hex(6), words=words, place=place)
    db.session.add(row)
    db.session.flush()
    _record("reason.added", row, by, (None, words))
    return row


def change(reason_id: int, words: str, *, by: Actor) -> None:
    """Change a sentence; who was declined with the old one keeps it.

    Raises:
        NotFound: it was removed meanwhile.
        ReasonTaken: the list has the new one.
    """
    known = _lock()
    row = _find(reason_id, known)
    if row.words == words:
        return
    _check(words, [other for other in known if other is not row])
    _record("reason.changed", row, by, (row.words, words))
    row.words = words
    db.session.flush()


def remove(reason_id: int, *, by: Actor) -> None:
    """Take a sentence from the list; who was declined with it keeps it.

    Raises:
        NotFound: it was removed meanwhile.
    """
    row = _find(reason_id, _lock())
    _record("reason.removed", row, by, (row.words, None))
    db.session.delete(row)
    db.session.flush()


def move(reason_id: int, *, up: bool) -> None:
    """Move a sentence one place up or down.

    Raises:
        NotFound: it was removed meanwhile.
    """
    order = _lock()
    place = order.index(_find(reason_id, order))
    other = place + (-1 if up else 1)
    if 0 <= other < len(order):
        order[place], order[other] = order[other], order[place]
    for number, row in enumerate(order, 1):
        row.place = number
    db.session.flush()


def find(reason_id: int) -> DeclineReason:
    """A sentence of the list.

    Raises:
        NotFound: it was removed meanwhile.
    """
    return _find(reason_id, list(queries.reasons()))


def _lock() -> list[DeclineReason]:
    rows = sa.select(DeclineReason).order_by(DeclineReason.place, DeclineReason.id).with_for_update()
    return list(db.session.scalars(rows, execution_options={"populate_existing": True}))


def _find(reason_id: int, known: list[DeclineReason]) -> DeclineReason:
    row = next((row for row in known if row.id == reason_id), None)
    if row is None:
        raise NotFound(_("This reason no longer exists."))
    return row


def _check(words: str, known: list[DeclineReason]) -> None:
    if len(known) >= rules.MOST_REASONS:
        raise ReasonTaken(_("The list is full. Remove a reason first."))
    if any(search.fold(row.words) == search.fold(words) for row in known):
        raise ReasonTaken(_("The list has this reason already."))


def _record(verb: str, row: DeclineReason, by: Actor, change: tuple[object, object]) -> None:
    audit.record(verb, Subject("decline_reason", row.id, row.words), by=by, changes={"words": change})
