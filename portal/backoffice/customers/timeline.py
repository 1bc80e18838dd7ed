"""What happened to a customer as one stream, newest first: changes, mails, sign-ins, steps of consent; paged by key."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import request

from portal.accounts.models import SIGNED_IN, SignInSession
from portal.audit import sealing
from portal.audit.models import AuditEntry
from portal.backoffice import acts, listing
from portal.backoffice.customers import reach
from portal.backoffice.mail_kinds import in_words
from portal.customers.models import Customer
from portal.customers.queries import mailed
from portal.customers.service import known_by
from portal.foundation.database import LARGEST_ID, db
from portal.foundation.holdings import Person
from portal.foundation.text import _, lazy
from portal.mail.models import OutboxMessage, State
from portal.newsletter import queries as newsletter
from portal.newsletter.models import ConsentEvent
from portal.transfers import queries as transfers
from portal.transfers.models import Import

SIZE = 50
MAIL_KINDS = {State.FAILED: "bad", State.SUPPRESSED: "off"}

Told = dict[str, Any]
Place = tuple[datetime, int, int]  # when, which source, which row: where everybody's stream is in one order


@dataclass(frozen=True)
class Source:
    """One of the tables that the stream is made of: `rows` of a person, and how each is told."""

    name: str
    label: str
    row: Any
    at: Any
    rows: Callable[[Person], list[sa.ColumnElement[bool]]]
    told: Callable[[Sequence[Any]], list[Told]]


@dataclass(frozen=True)
class Stream:
    """A page of the stream and the marks of those beside it, empty at the ends."""

    entries: Sequence[Told]
    before: str = ""
    after: str = ""


def page(customer: Customer, *, only: str = "", after: str = "", before: str = "", size: int = SIZE) -> Stream:
    """A page of the stream; a mark that is none leads to the first page.

    What happened to records that became part of this one, and at addresses of before, is in it.
    """
    person = known_by.all_of(customer)
    start = _read(after or before)
    back = bool(before and not after and start)
    found: list[tuple[Place, Told]] = []
    for rank, source in enumerate(SOURCES):
        if only in ("", source.name):
            found += _some(source, rank, person, start, back=back, most=size + 1)
    found.sort(key=lambda pair: pair[0], reverse=not back)
    more, shown = len(found) > size, found[:size]
    if back:
        shown.reverse()
    has_before, has_after = (more, True) if back else (start is not None, more)
    return Stream(
        [told for _place, told in shown],
        before=_write(shown[0][0]) if shown and has_before else "",
        after=_write(shown[-1][0]) if shown and has_after else "",
    )


def shown(customer: Customer) -> Told:
    """What the tab shows: a page of the stream, what it can be narrowed to, and the ways to the pages beside it."""
    asked, path = request.args, f"/staff/customers/{customer.number}"
    only = asked.get("only", "") if asked.get("only") in {source.name for source in SOURCES} else ""
    values = {"tab": "timeline", "only": only}
    found = page(customer, only=only, after=asked.get("after", ""), before=asked.get("before", ""))
    return {
        "stream": found.entries,
        "parts": [(words, listing.address(path, values, only=name)) for name, words in names()],
        "part": dict(names())[only],
        "previous": listing.address(path, values, before=found.before) if found.before else "",
        "next": listing.address(path, values, after=found.after) if found.after else "",
    }


def names() -> list[tuple[str, str]]:
    """What the stream can be narrowed to, and its words."""
    return [("", _("Everything")), *((source.name, source.label) for source in SOURCES)]


def _some(
    source: Source, rank: int, person: Person, start: Place | None, *, back: bool, most: int
) -> list[tuple[Place, Told]]:
    conditions = source.rows(person)
    if not conditions:
        return []
    query = sa.select(source.row).where(sa.or_(*conditions))
    if start is not None:
        query = query.where(_behind(source, rank, start, back=back))
    ends = (source.at.asc(), source.row.id.asc()) if back else (source.at.desc(), source.row.id.desc())
    rows = db.session.scalars(query.order_by(*ends).limit(most)).all()
    places = [(getattr(row, source.at.key), rank, row.id) for row in rows]
    return list(zip(places, source.told(rows), strict=True))


def _behind(source: Source, rank: int, start: Place, *, back: bool) -> sa.ColumnElement[bool]:
    """Those on the far side of a place; at the same moment the sources follow each other in their order."""
    moment = sa.literal(start[0], source.at.type)
    far = source.at > moment if back else source.at < moment
    if rank == start[1]:
        beyond = source.row.id > start[2] if back else source.row.id < start[2]
        return sa.or_(far, sa.and_(source.at == moment, beyond))
    is_beyond = rank > start[1] if back else rank < start[1]
    return sa.or_(far, source.at == moment) if is_beyond else far


def _write(place: Place) -> str:
    return f"{place[0].isoformat()}~{place[1]}~{place[2]}"


def _read(mark: str) -> Place | None:
    moment, _tilde, rest = mark.partition("~")
    rank, _tilde, row = rest.partition("~")
    if not (rank.isascii() and rank.isdigit() and row.isascii() and row.isdigit() and len(rank + row) <= 11):
        return None
    try:
        at = datetime.fromisoformat(moment.replace(" ", "+"))
    except ValueError:
        return None
    fits = at.tzinfo is not None and 1900 < at.year < 2200 and int(row) <= LARGEST_ID
    return (at, int(rank), int(row)) if fits else None


def _entries_of(person: Person) -> list[sa.ColumnElement[bool]]:
    subjects = (("customer", person.customers), ("account", person.accounts))
    return [sa.and_(AuditEntry.subject_kind == kind, AuditEntry.subject_id.in_(ids)) for kind, ids in subjects if ids]


def _entries(rows: Sequence[AuditEntry]) -> list[Told]:
    sealing.preload(rows)
    return entries_told(rows)


def entries_told(rows: Sequence[AuditEntry]) -> list[Told]:
    """Entries about a customer as a timeline takes them; customers of stores out of reach stay unnamed in them."""
    pairs = [row.changes[acts.OTHER] for row in rows if acts.OTHER in row.changes]
    named = {number for pair in pairs for number in pair if isinstance(number, str)}
    return acts.told(rows, unmet=named - reach.met(named) if named else ())


def _mails_of(person: Person) -> list[sa.ColumnElement[bool]]:
    return [mailed.are_of(person)] if person.emails else []


def _mails(rows: Sequence[OutboxMessage]) -> list[Told]:
    return [
        {
            "what": _("Mail: %(what)s", what=row.subject or in_words(row.kind)),
            "when": row.created_at,
            "kind": MAIL_KINDS.get(row.state, ""),
            "quote": row.last_reply if row.state is State.FAILED else "",
        }
        for row in rows
    ]


def _sign_ins_of(person: Person) -> list[sa.ColumnElement[bool]]:
    if not person.accounts:
        return []
    return [sa.and_(SignInSession.account_id.in_(person.accounts), SignInSession.kind.in_(SIGNED_IN))]


def _sign_ins(rows: Sequence[SignInSession]) -> list[Told]:
    return [
        {"what": _("Signed in"), "when": row.created_at, "who": " · ".join(filter(None, (row.browser, row.address)))}
        for row in rows
    ]


def _consent_of(person: Person) -> list[sa.ColumnElement[bool]]:
    return [newsletter.is_about(*person.emails)] if person.emails else []


def _consent(rows: Sequence[ConsentEvent]) -> list[Told]:
    return [
        {"what": line.what, "when": line.when, "kind": line.kind, "who": line.who, "quote": line.quote}
        for line in newsletter.lines(rows)
    ]


def _imports_of(person: Person) -> list[sa.ColumnElement[bool]]:
    return [transfers.touched(customer_id) for customer_id in person.customers]


def _imports(rows: Sequence[Import]) -> list[Told]:
    return [
        {"what": _("Part of the import of %(file)s", file=row.name), "when": row.created_at, "who": row.owner_name}
        for row in rows
    ]


SOURCES: tuple[Source, ...] = (
    Source("changes", lazy("Changes"), AuditEntry, AuditEntry.at, _entries_of, _entries),
    Source("mails", lazy("Mails"), OutboxMessage, OutboxMessage.created_at, _mails_of, _mails),
    Source("sign-ins", lazy("Sign-ins"), SignInSession, SignInSession.created_at, _sign_ins_of, _sign_ins),
    Source("newsletter", lazy("Newsletter"), ConsentEvent, ConsentEvent.at, _consent_of, _consent),
    Source("imports", lazy("Imports"), Import, Import.created_at, _imports_of, _imports),
)
