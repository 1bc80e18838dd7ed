"""The first half of an import: every row read, compared with what is on record, and staged; nobody is changed."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from portal.config import settings
from portal.customers import custom_queries
from portal.customers.models import Customer, FieldKind, NumberSequence
from portal.customers.rules import names, numbers
from portal.foundation import companions, files
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.groups import queries as groups
from portal.jobs import service as jobs
from portal.jobs.models import IS_OPEN, Job
from portal.stores import queries as stores
from portal.transfers import queries
from portal.transfers.errors import NotReadable
from portal.transfers.models import Import, Outcome, Stage
from portal.transfers.rules.cells import Reader
from portal.transfers.rules.reading import OwnField, Refused, Shop
from portal.transfers.service import consenting, reading, staging, standing
from portal.transfers.service import known as records
from portal.transfers.service.comparing import Comparison, Line, Terms
from portal.transfers.service.known import Known

KIND = "customers.check"
PURPOSE = "import"
MEDIA_TYPE = "text/csv"
DEFAULT_ELSEWHERE = ("default", "general")  # what OpenCart and Magento call the group that everybody is in
GLANCE = 500  # rows that are checked while whoever asked waits, for the first look

LOOK = 0.01  # seconds between two looks at whether the rows before are staged
Found = list[tuple[int, list[str]]]
_LAST: dict[int, Reader] = {}  # of the import that this process is at


@dataclass
class Looked:
    """What reading the next rows came to: the rows to stage, and where the file was left."""

    rows: list[dict[str, Any]]
    place: reading.Place
    is_last: bool


@dataclass
class _Ahead:
    """How far the file of a check was read for pieces that some thread of this process has in hand or has staged."""

    place: reading.Place
    rows: int
    is_over: bool = False


_LOCK = threading.Lock()
_AT: dict[tuple[int, datetime, int], _Ahead] = {}  # of the job that this process is at


def look(job: Job, most: int | None = None) -> Looked:
    """Read the next rows and compare them; nothing is written.

    Args:
        job: the check, at which nobody else is.
        most: so many rows; as many as a step takes where nothing is said.

    Raises:
        NotFound: the import or its file is gone.
        NotReadable: the file breaks off, or has too many rows.
    """
    wanted, ahead, most = _wanted(job), _begin(job), most or staging.glance()
    found = _read_on(wanted, ahead, most)
    return Looked(_compared(wanted, found, job)[0], ahead.place, ahead.is_over)


def take(job: Job) -> Looked | None:
    """Read the next rows that no thread has in hand, compare them, and wait until those before are staged.

    None where no rows are left, or the job is not this worker's any more.

    Raises:
        NotFound: the import or its file is gone.
        NotReadable: the file breaks off, or has too many rows.
    """
    if not job.tries:  # nobody claimed it: it is done at once
        return look(job)
    wanted, most, known_to = _wanted(job), staging.glance(), _begin(job).place
    with _LOCK:
        ahead = _ahead(job)
        if ahead.is_over:
            return None
        begin = replace(ahead.place)
        found = _read_on(wanted, ahead, most)
        looked = Looked([], replace(ahead.place), ahead.is_over)
    looked.rows, known = _compared(wanted, found, job)
    if begin.offset != known_to.offset:
        if not _is_next(job, begin):
            return None
        if known is not None and records.has_more(known, wanted.id, known_to.line):
            looked.rows, _known = _compared(wanted, found, job)
    return looked


def _wanted(job: Job) -> Import:
    wanted = queries.by_id(job.parameters["import"])
    if wanted is None:
        raise NotFound(_("The file of this import is gone. Upload it once more."))
    return wanted


def _begin(job: Job) -> _Ahead:
    return _Ahead(reading.Place(job.cursor.get("offset", 0), job.cursor.get("line", 1)), job.done)


def _ahead(job: Job) -> _Ahead:
    key = (job.id, job.created_at, job.tries)
    if key not in _AT:
        _AT.clear()
        _AT[key] = _begin(job)
    return _AT[key]


def _read_on(wanted: Import, ahead: _Ahead, most: int) -> Found:
    """The next rows of a file, and how far it was read with them."""
    row = files.find(wanted.file_id, PURPOSE) if wanted.file_id is not None else None
    if row is None or row.media_type != MEDIA_TYPE:
        raise NotFound(_("The file of this import is gone. Upload it once more."))
    if wanted.stage is not Stage.CHECK:  # a glance was enough
        ahead.is_over = True
        return []
    with files.open_bytes(row) as file:
        rows = reading.rows_of(file, ahead.place, of_workbook=wanted.read_as.startswith(reading.WORKBOOK))
        if ahead.place.offset == 0:
            next(rows, None)
        found = list(islice(rows, most))
    ahead.rows += len(found)
    if ahead.rows > reading.MOST_ROWS:
        raise NotReadable(_("The file has more than %(n)s rows. Split it.", n=f"{reading.MOST_ROWS:,}"))
    ahead.is_over = len(found) < most
    return found


def _is_next(job: Job, begin: reading.Place) -> bool:
    """Wait until all rows before a place are staged; whether the job is still this worker's."""
    mine = (Job.id == job.id, Job.tries == job.tries, IS_OPEN, Job.cancel_asked_at.is_(None))
    while (cursor := db.session.scalar(sa.select(Job.cursor).where(*mine, Job.due_at > now()))) is not None:
        if cursor.get("offset") == begin.offset:
            return True
        time.sleep(LOOK)
    return False


@jobs.shares(KIND, take, lambda _job, looked: looked, companions.writers)
def step(job: Job, looked: Looked) -> bool:
    """Stage the rows that were read, in the caller's transaction; the import is ready after the last."""
    wanted = queries.by_id(job.parameters["import"])
    if wanted is None or wanted.stage is not Stage.CHECK:
        return False
    _number([row for row in looked.rows if row["outcome"] == Outcome.NEW])
    for row in looked.rows:
        _find_by(row)
    staging.write(looked.rows)
    counts = Counter(job.cursor.get("counts", {}))
    counts.update(row["outcome"] for row in looked.rows)
    job.cursor = {"offset": looked.place.offset, "line": looked.place.line, "counts": dict(counts)}
    job.done += len(looked.rows)
    job.result = wanted.counts = dict(counts)
    if not looked.is_last:
        job.total = max(job.total or 0, job.done)
        return True
    wanted.stage, wanted.rows = Stage.READY, job.done
    _LAST.clear()  # how far it was read stays: a thread that read the job before this is stored would begin anew
    job.total = job.done
    staging.analyze()
    return False


def _compared(wanted: Import, found: Found, job: Job) -> tuple[list[dict[str, Any]], Known | None]:
    if not found:
        return [], None
    reader, most = _reader(wanted), reading.MOST_COLUMNS + 1
    lines = [_read(Line(line, raw[:most]), reader) for line, raw in found]
    reads = [line.read for line in lines if line.refusal is None]
    known = records.of_batch(wanted.id, reads, by_telephone=wanted.key == "telephone")
    comparison = Comparison(
        wanted,
        known,
        standing.of(known.by_id.keys(), wanted.mapping),
        _terms(job),
        consenting.in_ledger(
            [read for read in reads if not read.further.keys().isdisjoint(("consent_at", "channels"))]
        ),
    )
    return [comparison.staged(line) for line in lines], known


def _find_by(row: dict[str, Any]) -> None:
    """Give a row what its customer is found and sorted by, now that it has its number."""
    phones = row.pop("phones", ())
    if row["outcome"] in (Outcome.NEW, Outcome.CHANGE):
        first, last = row["first_name"], row["last_name"]
        row["search_text"] = names.search_text(first, last, row["number"], row["email"], phones)
        row["sort_name"] = names.sort_name(first, last)


def _reader(wanted: Import) -> Reader:
    """What read the rows of the step before, with all that it has in mind, as long as the shop is the same."""
    shop = _shop()
    if (reader := _LAST.get(wanted.id)) is None or (reader.shop, reader.mapping) != (shop, wanted.mapping):
        _LAST.clear()
        reader = _LAST[wanted.id] = Reader(wanted.mapping, shop)
    return reader


def _read(line: Line, reader: Reader) -> Line:
    try:
        line.read = reader.read(line.raw)
    except Refused as refusal:
        line.refusal = (refusal.field, str(refusal))
    return line


def _shop() -> Shop:
    fields = custom_queries.fields_in_use()
    known = groups.all_groups()
    elsewhere = {word: group.id for group in known if group.is_default for word in DEFAULT_ELSEWHERE}
    return Shop(
        country=settings().shop_country,
        groups=elsewhere | {group.name_key: group.id for group in known},
        stores={store.code.lower(): store.id for store in stores.every()},
        today=now().date(),
        bcrypt_cost=settings().bcrypt_cost,
        fields={
            one.key: OwnField(one.id, one.name, FieldKind(one.kind), one.example, one.pattern, list(one.choices))
            for one in fields
        },
    )


def _terms(job: Job) -> Terms:
    return Terms(
        gated=frozenset(group.id for group in groups.all_groups() if group.asks_approval),
        may_approve=bool(job.parameters.get("may_approve")),
        may_set_credit=bool(job.parameters.get("may_set_credit")),
    )


def _number(rows: list[dict[str, Any]]) -> None:
    """Give new customers their ids where the database hands them out ahead, and the next numbers to who has none.

    One statement each; those of an import that is given up stay unused.
    """
    if rows and db.engine.dialect.name == "postgresql":
        sequence = sa.select(sa.func.pg_get_serial_sequence(Customer.__tablename__, "id")).scalar_subquery()
        serial = sa.func.nextval(sequence)  # looked up once, not for each row
        series = sa.select(serial.label("id")).select_from(sa.func.generate_series(1, len(rows))).subquery()
        ids = db.session.scalar(sa.select(sa.func.array_agg(series.c.id, type_=sa.ARRAY(sa.Integer))))
        for row, customer_id in zip(rows, ids or (), strict=True):
            row["customer_id"] = customer_id
    rows = [row for row in rows if not row["number"]]
    if not rows:
        return
    taken = sa.update(NumberSequence).values(last=NumberSequence.last + len(rows)).returning(NumberSequence.last)
    last = int(db.session.execute(taken).scalar_one())
    for serial_number, row in zip(range(last - len(rows) + 1, last + 1), rows, strict=True):
        row["number"] = numbers.with_check_digit(serial_number)
