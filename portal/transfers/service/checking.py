"""The first half of an import: every row read, compared with what is on record, and staged; nobody is changed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from portal.config import settings
from portal.customers.models import ONLY_NAME, NumberSequence
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
from portal.transfers.models import Import, Outcome, Stage
from portal.transfers.rules import cells
from portal.transfers.rules.cells import Read, Refused, Shop
from portal.transfers.service import known as records
from portal.transfers.service import staging
from portal.transfers.service.known import KEPT, Known

KIND = "customers.check"
PURPOSE = "import"
COMPARED = (*(name for name in KEPT if name != "email_key"), "telephone")


@dataclass
class Line:
    """One row on its way through the check."""

    line: int
    raw: list[str]
    read: Read = field(default_factory=Read)
    refusal: tuple[str, str] | None = None  # our field, and why


@jobs.runs(KIND)
def step(job: Job) -> bool:
    """Stage the next rows; the import is ready after the last."""
    wanted = queries.by_id(job.parameters["import"])
    row = files.find(wanted.file_id, PURPOSE) if wanted is not None and wanted.file_id is not None else None
    if wanted is None or row is None:
        raise NotFound(_("The file of this import is gone."))
    offset, batch = job.cursor.get("offset", 0), staging.batch()
    with files.open_bytes(row) as file:
        file.seek(offset)
        found = [json.loads(line) for line in _some(file, batch)]
        offset = file.tell()
    counts = dict(job.cursor.get("counts", {}))
    if found:
        for outcome, number in _stage(wanted, found).items():
            counts[outcome] = counts.get(outcome, 0) + number
    job.cursor, job.done = {"offset": offset, "counts": counts}, job.done + len(found)
    job.result = counts
    if len(found) == batch:
        return True
    wanted.counts, wanted.stage = counts, Stage.READY
    return False


def _some(file: Any, most: int) -> list[bytes]:
    lines: list[bytes] = []
    while len(lines) < most and (line := file.readline()):
        lines.append(line)
    return lines


def _stage(wanted: Import, found: Sequence[Any]) -> dict[str, int]:
    shop = _shop()
    lines = [_read(Line(line, raw), wanted.mapping, shop) for line, raw in found]
    known = records.of_batch(wanted.id, [line.read for line in lines if line.refusal is None])
    rows = [_compare(line, wanted, known) for line in lines]
    _number([row for row in rows if row["outcome"] == Outcome.NEW and not row["number"]])
    for row in rows:
        if row["outcome"] in (Outcome.NEW, Outcome.CHANGE):
            row["search_text"] = names.search_text(
                row["first_name"], row["last_name"], row["number"], row["email"], row.pop("phones")
            )
            row["sort_name"] = names.sort_name(row["first_name"], row["last_name"])
        else:
            row.pop("phones", None)
    staging.write(rows)
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["outcome"]] = counts.get(row["outcome"], 0) + 1
    return counts


def _shop() -> Shop:
    known = {group.name.casefold(): group.id for group in groups.all_groups()}
    return Shop(
        country=settings().shop_country,
        groups=known,
        stores={store.code.lower(): store.id for store in stores.every()},
        today=now().date(),
    )


def _read(line: Line, mapping: Sequence[str], shop: Shop) -> Line:
    said = {name: cell for name, cell in zip(mapping, line.raw, strict=False) if name and cell}
    try:
        line.read = cells.read(said, shop)
    except Refused as refusal:
        line.refusal = (refusal.field, str(refusal))
    return line


def _compare(line: Line, wanted: Import, known: Known) -> dict[str, Any]:
    """The staged row of a line."""
    if line.refusal is not None:
        return _refused(line, wanted, Refused(*line.refusal))
    try:
        found_by, old = _whose(line.read, wanted.key, known)
        values = line.read.values
        _unique(line, old, known)
        return _new(line, wanted, values) if old is None else _changed(line, wanted, old, found_by)
    except Refused as refusal:
        return _refused(line, wanted, refusal)


def _whose(read: Read, key: str, known: Known) -> tuple[str, dict[str, Any] | None]:
    """Which customer a row is about, and by what they were found."""
    values = read.values
    ways = {
        "customer_number": known.numbers.get(values.get("number", "")),
        "external_id": known.externals.get(values.get("external_id", "")),
        "email": known.emails.get(values.get("email_key", "")),
    }
    if key == "telephone":
        ids = sorted(set(known.telephones.get(values.get("e164", ""), [])))
        if len(ids) > 1:
            raise Refused("telephone", _("Several customers have this telephone"))
        ways = {"telephone": ids[0] if ids else None}
    elif key != "auto":
        ways = {key: ways[key]}
    name = "number" if key == "customer_number" else "e164" if key == "telephone" else key
    if key != "auto" and not values.get(name):
        raise Refused(key, _("The row has nothing to find its customer by"))
    return next(((way, known.by_id[found]) for way, found in ways.items() if found is not None), ("", None))


def _unique(line: Line, old: dict[str, Any] | None, known: Known) -> None:
    """Refuse what belongs to somebody else, on record or earlier in the file, then take it."""
    values, mine = line.read.values, old["id"] if old else None
    holders = {
        "email": known.emails.get(values.get("email_key", "")),
        "external_id": known.externals.get(values.get("external_id", "")),
        "customer_number": known.numbers.get(values.get("number", "")),
    }
    for name, holder in holders.items():
        if holder is not None and holder != mine:
            raise Refused(name, _("Another customer has this"))
    takes = [(name, values[name]) for name in ("email_key", "external_id", "number") if values.get(name)]
    takes += [("customer_id", mine)] if mine is not None else []
    for take in takes:
        if take in known.taken:
            field_name = {"email_key": "email", "number": "customer_number", "customer_id": ""}.get(take[0], take[0])
            raise Refused(field_name, _("Line %(line)s is about the same", line=known.taken[take]))
    known.taken.update(dict.fromkeys(takes, line.line))


def _new(line: Line, wanted: Import, values: dict[str, Any]) -> dict[str, Any]:
    if not values.get("first_name") and not values.get("last_name"):
        raise Refused("first_name", _("A new customer needs a name"))
    if not values.get("email") and not values.get("telephone"):
        raise Refused("email", _("A new customer needs an email or a telephone"))
    told = dict(values)
    told["first_name"] = values.get("first_name") or values["last_name"]
    told["last_name"] = values.get("last_name", ONLY_NAME) if values.get("first_name") else ONLY_NAME
    told["telephone_count"] = 1 if values.get("telephone") else 0
    told["phones"] = [values["e164"]] if values.get("e164") else []
    further = dict(line.read.further)
    if not told.get("email"):
        further.pop("password_hash", None)
    return staging.row(wanted.id, line.line, Outcome.NEW) | told | further


def _changed(line: Line, wanted: Import, old: dict[str, Any], found_by: str) -> dict[str, Any]:
    values = line.read.values
    if values.get("number", old["number"]) != old["number"]:
        raise Refused("customer_number", _("Numbers of customers on record are not changed by an import"))
    if old["account_id"] is not None and values.get("email_key", old["email_key"]) != old["email_key"]:
        raise Refused("email", _("This customer signs in with another address"))
    told = {name: values.get(name, old[name]) for name in (*KEPT, "telephone", "e164")}
    if old["account_id"] is not None or told["email_key"] == old["email_key"]:
        told["email"] = old["email"]
    if told["e164"] == old["e164"]:
        told["telephone"] = old["telephone"]
    before = {name: old[name] for name in COMPARED if told[name] != old[name]}
    outcome = Outcome.CHANGE if before else Outcome.SAME
    old_phones = [phone for phone in old["phones"] if phone != old["e164"]]
    told["phones"] = [told["e164"], *old_phones] if told["e164"] else old_phones
    told["telephone_count"] = len(told["phones"])
    if before:
        before |= {"e164": old["e164"], "email_key": old["email_key"]}
    staged = {"customer_id": old["id"], "version": old["version"], "found_by": found_by, "number": old["number"]}
    kept = json.dumps(before, ensure_ascii=False, default=str) if before else ""
    return staging.row(wanted.id, line.line, outcome) | told | staged | {"before": kept}


def _refused(line: Line, wanted: Import, refusal: Refused) -> dict[str, Any]:
    """A row that is left out, with its cells as they came."""
    place = wanted.mapping.index(refusal.field) if refusal.field in wanted.mapping else None
    return staging.row(wanted.id, line.line, Outcome.PROBLEM) | {
        "column": wanted.columns[place] if place is not None else refusal.field,
        "value": line.raw[place][:500] if place is not None and place < len(line.raw) else "",
        "reason": str(refusal),
        "raw": json.dumps(line.raw, ensure_ascii=False),
    }


def _number(rows: list[dict[str, Any]]) -> None:
    """Give new customers the next numbers, with one statement; those of an import that is given up stay unused."""
    if not rows:
        return
    taken = sa.update(NumberSequence).values(last=NumberSequence.last + len(rows)).returning(NumberSequence.last)
    last = int(db.session.execute(taken).scalar_one())
    for serial, row in zip(range(last - len(rows) + 1, last + 1), rows, strict=True):
        row["number"] = numbers.with_check_digit(serial)
