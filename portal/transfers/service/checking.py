"""The first half of an import: every row read, compared with what is on record, and staged; nobody is changed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa

from portal.config import settings
from portal.customers import custom_queries
from portal.customers.models import Customer, FieldKind, NumberSequence
from portal.customers.rules import names, numbers
from portal.foundation import files
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.groups import queries as groups
from portal.jobs import service as jobs
from portal.jobs.models import Job
from portal.stores import queries as stores
from portal.transfers import queries
from portal.transfers.errors import NotReadable
from portal.transfers.models import Import, Outcome, Stage
from portal.transfers.rules.cells import Reader
from portal.transfers.rules.reading import OwnField, Refused, Shop
from portal.transfers.service import consenting, reading, staging, standing
from portal.transfers.service import known as records
from portal.transfers.service.comparing import Comparison, Line, Terms

KIND = "customers.check"
PURPOSE = "import"
MEDIA_TYPE = "text/csv"
DEFAULT_ELSEWHERE = ("default", "general")  # what OpenCart and Magento call the group that everybody is in
GLANCE = 500  # rows that are checked while whoever asked waits, for the first look

CONSENT = {"consent_at", "channels"}  # of what a row brings
_LAST: dict[int, Reader] = {}  # of the import that this process is at


@dataclass
class Looked:
    """What reading the next rows came to: the rows to stage, and where the file was left."""

    rows: list[dict[str, Any]]
    place: reading.Place
    is_last: bool


def look(job: Job, most: int | None = None) -> Looked:
    """Read the next rows and compare them; nothing is written.

    Args:
        job: the check.
        most: so many rows; as many as a step takes where nothing is said.

    Raises:
        NotFound: the import or its file is gone.
        NotReadable: the file breaks off, or has too many rows.
    """
    wanted = queries.by_id(job.parameters["import"])
    row = files.find(wanted.file_id, PURPOSE) if wanted is not None and wanted.file_id is not None else None
    if wanted is None or row is None or row.media_type != MEDIA_TYPE:
        raise NotFound(_("The file of this import is gone. Upload it once more."))
    place, most = reading.Place(job.cursor.get("offset", 0), job.cursor.get("line", 1)), most or staging.glance()
    if wanted.stage is not Stage.CHECK:  # a glance was enough
        return Looked([], place, is_last=True)
    with files.open_bytes(row) as file:
        rows = reading.rows_of(file, place, of_workbook=wanted.read_as == reading.WORKBOOK)
        if place.offset == 0:
            next(rows, None)
        found = list(islice(rows, most))
    if job.done + len(found) > reading.MOST_ROWS:
        raise NotReadable(_("The file has more than %(n)s rows. Split it.", n=f"{reading.MOST_ROWS:,}"))
    return Looked(_compared(wanted, found, job) if found else [], place, is_last=len(found) < most)


@jobs.reads_first(KIND, look)
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
    _LAST.clear()
    job.total = job.done
    staging.analyze()
    return False


def _compared(wanted: Import, found: Sequence[tuple[int, list[str]]], job: Job) -> list[dict[str, Any]]:
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
    return [comparison.staged(line) for line in lines]


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
        ids = db.session.scalars(sa.select(serial).select_from(sa.func.generate_series(1, len(rows))))
        for row, customer_id in zip(rows, ids, strict=True):
            row["customer_id"] = customer_id
    rows = [row for row in rows if not row["number"]]
    if not rows:
        return
    taken = sa.update(NumberSequence).values(last=NumberSequence.last + len(rows)).returning(NumberSequence.last)
    last = int(db.session.execute(taken).scalar_one())
    for serial_number, row in zip(range(last - len(rows) + 1, last + 1), rows, strict=True):
        row["number"] = numbers.with_check_digit(serial_number)
