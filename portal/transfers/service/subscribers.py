"""Subscribers out of a file, on a legal basis that somebody answers for: nobody is mailed, and nobody is brought back.

Who ever stood to the audience, left it, bounced, complained or is not written to stays as they are, and is told of.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import BinaryIO

import sqlalchemy as sa

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.foundation import emails, files
from portal.foundation.clock import now
from portal.foundation.database import db, insert_of, table_of
from portal.foundation.errors import NotFound
from portal.foundation.files import StoredFile
from portal.foundation.text import _, lazy
from portal.jobs import service as jobs
from portal.jobs.models import Job, JobProblem
from portal.ledgers import chain
from portal.mail import queries as mail
from portal.newsletter import queries
from portal.newsletter.models import (
    Audience,
    ConsentAction,
    ConsentEvent,
    ConsentImport,
    ConsentSource,
    Subscription,
    SubscriptionState,
)
from portal.staff.rules import Permission
from portal.staff.service import owning
from portal.transfers.errors import NotReadable
from portal.transfers.rules.cells import SIMPLE_EMAIL
from portal.transfers.service import reading
from portal.transfers.service.known import among

KIND = "newsletter.import"
PURPOSE = "subscriber-import"
AT_ONCE = 2000  # rows of one step
SHOWN = 50  # rows of a preview
MOST_BYTES = 50 * 1024 * 1024
KEPT_FOR = timedelta(days=7)
HEADS = ("email", "e-mail", "mail", "email address", "e-mail address", "emailaddress", "email_address")

REASONS: Mapping[SubscriptionState | None, str] = {
    SubscriptionState.PENDING: lazy("Was asked and hasn’t confirmed yet."),
    SubscriptionState.CLEANED: lazy("Mails to it came back."),
    SubscriptionState.COMPLAINED: lazy("Complained about a mail."),
}

_subscription, _event = table_of(Subscription), table_of(ConsentEvent)


@dataclass(frozen=True)
class Basis:
    """On what legal ground people are in a file, and since when, as whoever imports it declares."""

    words: str
    given_on: date


@dataclass
class Batch:
    """Some rows of a file: new addresses by their key, and why each of the others is left out."""

    new: dict[str, str] = field(default_factory=dict)
    known: int = 0  # subscribed already, or twice in the batch
    refused: list[tuple[int, str, str]] = field(default_factory=list)  # line, address, reason


def receive(file: BinaryIO, name: str, *, size: int) -> tuple[StoredFile, int]:
    """Keep an upload as a table; also about how many rows it has.

    Raises:
        NotReadable: it is no table, is too large, or no column is called email.
    """
    if size > MOST_BYTES:
        raise NotReadable(_("The file is larger than 50 MB. Split it."))
    with reading.opened(file) as table:
        place_of(table.heads)
        stored = files.store(table.kept, purpose=PURPOSE, media_type="text/csv", name=name, kept_for=KEPT_FOR)
        return stored, table.rows


def place_of(heads: Sequence[str]) -> int:
    """Which column holds the addresses.

    Raises:
        NotReadable: none is called so.
    """
    places = [place for place, head in enumerate(heads) if head.strip().lower() in HEADS]
    if not places:
        raise NotReadable(_("No column is called email. Name the column with the addresses so in the first line."))
    return places[0]


def preview(stored: StoredFile, audience: Audience) -> Batch:
    """What would become of the first rows.

    Raises:
        NotReadable: the file breaks off.
    """
    with files.open_bytes(stored) as file:
        rows = reading.rows_of(file, reading.Place())
        column = place_of(next(rows)[1])
        return judge([(line, _cell(cells, column)) for line, cells in islice(rows, SHOWN)], audience.id)


def begin(stored: StoredFile, audience: Audience, basis: Basis, *, by: Actor, rows: int) -> Job:
    """Have a file imported; basis and day are written down for good, with whoever declares them."""
    declared = ConsentImport(
        file_name=stored.name or _("Upload"), basis=basis.words, given_on=basis.given_on, who=by.name[:120]
    )
    db.session.add(declared)
    db.session.flush()
    told = {"file": stored.id, "audience": audience.id, "import": declared.id, "name": declared.file_name}
    job = jobs.start(KIND, told, by=by, total=rows)
    changes = {"basis": (None, basis.words), "given_on": (None, basis.given_on), "file": (None, declared.file_name)}
    audit.record("audience.imported", Subject("audience", audience.id, audience.name), by=by, changes=changes)
    return job


@jobs.runs(KIND)
def step(job: Job) -> bool:
    """Import the next rows; whether more are left.

    Raises:
        NotFound: the file or the audience is gone.
        NotReadable: the file breaks off.
        NotAllowed: whoever began it may not import any more.
    """
    owning.reach_of(job, Permission.AUDIENCE_IMPORT)
    stored = files.find(job.parameters["file"], PURPOSE)
    audience = queries.audience(job.parameters["audience"])
    declared = db.session.get(ConsentImport, job.parameters["import"])
    if stored is None or audience is None or declared is None or audience.retired_at is not None:
        raise NotFound(_("The file or the audience is no longer there. Import the file anew."))
    with files.open_bytes(stored) as file:
        column = job.cursor.get("column")
        place = reading.Place(job.cursor.get("offset", 0), job.cursor.get("line", 1))
        rows = reading.rows_of(file, place)
        if column is None:
            column = place_of(next(rows)[1])
        some = [(line, _cell(cells, column)) for line, cells in islice(rows, AT_ONCE)]
    batch = judge(some, audience.id)
    added = _write(batch, audience.id, declared)
    _tell(job, batch)
    job.cursor = {"offset": place.offset, "line": place.line, "column": column}
    job.done += len(some)
    counts = Counter(job.result) + Counter(added=added, known=batch.known + len(batch.new) - added)
    job.result = dict(counts)
    return len(some) == AT_ONCE


def judge(rows: Sequence[tuple[int, str]], audience_id: int) -> Batch:
    """What becomes of rows: of each its line and what its cell says."""
    batch, lines = Batch(), dict[str, int]()
    for line, text in rows:
        found = _address(text)
        if found is None:
            batch.refused.append((line, text, _("This is no email address")))
        elif found[1] in batch.new:
            batch.known += 1
        else:
            batch.new[found[1]], lines[found[1]] = found[0], line
    if batch.new:
        _leave_out(batch, lines, audience_id)
    return batch


def _leave_out(batch: Batch, lines: Mapping[str, int], audience_id: int) -> None:
    keys = list(batch.new)
    states = _states(keys, audience_id)
    barred = mail.suppressed_among(keys)
    left = _left([key for key in keys if key not in states and key not in barred], audience_id)
    for key in keys:
        state = states.get(key)
        if state is SubscriptionState.ACTIVE:
            batch.known += 1
        elif state is not None or key in left:
            reason = REASONS.get(state, _("Left this audience before. Only they can come back."))
            batch.refused.append((lines[key], batch.new[key], str(reason)))
        elif key in barred:
            batch.refused.append((lines[key], batch.new[key], _("Is not written to: bounced, complained or asked so.")))
        else:
            continue
        del batch.new[key]


def _states(keys: Sequence[str], audience_id: int) -> dict[str, SubscriptionState]:
    mine = sa.select(_subscription.c.email_key, _subscription.c.state)
    mine = mine.where(_subscription.c.audience_id == audience_id, among(_subscription.c.email_key, keys))
    return dict(db.session.execute(mine).tuples().all())


def _left(keys: Sequence[str], audience_id: int) -> set[str]:
    """Those of these addresses of which the ledger knows that they left the audience, erased ones among them."""
    key_of = {code: key for key in keys for code in queries.subject_hashes(key)}
    if not key_of:
        return set()
    withdrawn = sa.select(_event.c.subject_hmac).where(
        among(_event.c.subject_hmac, list(key_of)),
        _event.c.audience_id == audience_id,
        queries.is_departure(),
    )
    return {key_of[code] for code in db.session.scalars(withdrawn)}


def _write(batch: Batch, audience_id: int, declared: ConsentImport) -> int:
    """Subscribe the new ones; of who came in at the same moment by another way nothing is changed. Returns how many."""
    if not batch.new:
        return 0
    moment = now()
    rows = [
        {"audience_id": audience_id, "email": email, "email_key": key, "state": SubscriptionState.ACTIVE}
        | {"created_at": moment, "changed_at": moment}
        for key, email in batch.new.items()
    ]
    new = insert_of(Subscription).on_conflict_do_nothing(index_elements=["audience_id", "email_key"])
    written = db.session.execute(new.returning(Subscription.email_key), rows).scalars().all()
    given_at = datetime.combine(declared.given_on, time(12), UTC)
    chain.write(
        ConsentEvent,
        [
            {"subject_hmac": queries.subject_hashes(key)[0], "email": batch.new[key], "audience_id": audience_id}
            | {"action": ConsentAction.IMPORT, "source": ConsentSource.IMPORT, "at": given_at}
            | {"actor": declared.who, "import_id": declared.id}
            for key in written
        ],
    )
    return len(written)


def _tell(job: Job, batch: Batch) -> None:
    """Note the rows that were left out; a line of its own for each, written together."""
    told = [
        {"job_id": job.id, "line": line, "subject": address[:255].replace("\0", "\N{SYMBOL FOR NULL}")}
        | {"column": "email", "value": "", "reason": reason}
        for line, address, reason in batch.refused
    ]
    if told:
        db.session.execute(sa.insert(JobProblem), told)
        job.refused += len(told)


def _address(text: str) -> tuple[str, str] | None:
    """An address as it is written to, and its key; None when the text is none."""
    if SIMPLE_EMAIL.fullmatch(text) and "--" not in text:
        return text, text
    found = emails.read(text)
    return None if found is None else (found, emails.key(found))


def _cell(cells: Sequence[str], column: int) -> str:
    return reading.plain(cells[column]).strip() if column < len(cells) else ""
