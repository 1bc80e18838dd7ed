"""Who is on record already: the customers that a batch of rows may be about, found with a few statements."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from portal.customers.models import Customer, Telephone
from portal.foundation.database import db, table_of
from portal.transfers.models import ImportRow, Outcome
from portal.transfers.rules.reading import Read

_customer, _phone, _row = table_of(Customer), table_of(Telephone), table_of(ImportRow)
KEPT = (
    *("first_name", "last_name", "email", "email_key", "external_id", "gender", "born_on", "nationality"),
    *("anniversary_on", "preferred_channel", "remarks"),
)
BESIDE = ("id", "version", "account_id", "number", "group_id", "disabled_at", "has_open_application")
_COLUMNS = [_customer.c[name] for name in (*BESIDE, *KEPT)]


@dataclass
class Known:
    """Customers by what they are known by, and what earlier rows of the same file took."""

    by_id: dict[int, dict[str, Any]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    emails: dict[str, int] = field(default_factory=dict)
    externals: dict[str, int] = field(default_factory=dict)
    telephones: dict[str, list[int]] = field(default_factory=dict)
    taken: dict[tuple[str, object], int] = field(default_factory=dict)  # line of the row that had it first
    asked: dict[str, set[str]] = field(default_factory=dict)  # what the rows of the batch say, by columns


def among(column: sa.Column[Any], values: Collection[Any]) -> sa.ColumnElement[bool]:
    """Condition that a column has one of many values: one parameter, whose statement is made once."""
    if db.engine.dialect.name == "postgresql":
        return column == sa.any_(sa.literal(list(values), sa.ARRAY(column.type)))
    listed = sa.func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(sa.select(listed.c.value))


def of_batch(import_id: int, reads: Sequence[Read], *, by_telephone: bool) -> Known:
    """Everybody whom these rows may be about.

    Args:
        import_id: whose earlier rows count, too.
        reads: the rows.
        by_telephone: whether customers are found by it; else nobody is sought by one.
    """
    names = ("number", "email_key", "external_id", "e164")
    known = Known(asked={name: {read.values[name] for read in reads if name in read.values} for name in names})
    asked = known.asked
    for name in ("number", "email_key", "external_id"):
        if asked[name]:
            _keep(known, among(_customer.c[name], asked[name]))
    if by_telephone and asked["e164"]:
        whose = sa.select(_phone.c.customer_id, _phone.c.e164).where(among(_phone.c.e164, asked["e164"]))
        for customer_id, e164 in db.session.execute(whose):
            known.telephones.setdefault(e164, []).append(customer_id)
        missing = {one for ids in known.telephones.values() for one in ids} - known.by_id.keys()
        if missing:
            _keep(known, among(_customer.c.id, missing))
    _telephones(known)
    known.taken.update(_staged(known, import_id))
    return known


def has_more(known: Known, import_id: int, line: int) -> bool:
    """Whether rows from a line on, staged by now, have taken what the batch of these says or is about."""
    return any(taken >= line for _what, taken in _staged(known, import_id))


def _keep(known: Known, condition: sa.ColumnElement[bool]) -> None:
    for found in db.session.execute(sa.select(*_COLUMNS).where(condition)).mappings():
        if found["id"] in known.by_id:
            continue
        row = dict(found) | {"telephone": "", "e164": "", "phones": []}
        known.by_id[row["id"]] = row
        known.numbers[row["number"]] = row["id"]
        if row["email_key"]:
            known.emails[row["email_key"]] = row["id"]
        if row["external_id"]:
            known.externals[row["external_id"]] = row["id"]


def _telephones(known: Known) -> None:
    if not known.by_id:
        return
    columns = (_phone.c.customer_id, _phone.c.typed, _phone.c.e164, _phone.c.is_primary)
    query = sa.select(*columns).where(among(_phone.c.customer_id, known.by_id)).order_by(_phone.c.id)
    for customer_id, typed, e164, is_primary in db.session.execute(query):
        row = known.by_id[customer_id]
        row["phones"].append(e164)
        if is_primary:
            row["telephone"], row["e164"] = typed, e164


def _staged(known: Known, import_id: int) -> Iterator[tuple[tuple[str, object], int]]:
    """What rows before this batch have taken, with their lines."""
    for name in ("number", "email_key"):
        if known.asked[name]:
            yield from _taken(name, import_id, known.asked[name])
    if known.by_id:
        yield from _taken("customer_id", import_id, known.by_id)


def _taken(name: str, import_id: int, values: Collection[Any]) -> Iterator[tuple[tuple[str, object], int]]:
    mine = _taking_on_postgresql(name, values) if db.engine.dialect.name == "postgresql" else _taking(name, values)
    live = (mine.c.import_id == import_id, mine.c.outcome != Outcome.PROBLEM)
    for value, line in db.session.execute(sa.select(mine.c[name], mine.c.line).where(*live)):
        yield (name, value), line


# Both databases know too little of rows that are just being staged, and would read all of their import for each batch.
# So which import it is, is said where no index can be chosen for it.
def _taking(name: str, values: Collection[Any]) -> sa.Subquery:
    columns = ((_row.c.import_id + 0).label("import_id"), _row.c.outcome, _row.c[name], _row.c.line)
    return sa.select(*columns).where(among(_row.c[name], values)).subquery()


def _taking_on_postgresql(name: str, values: Collection[Any]) -> sa.Subquery:
    """As `_taking`; one value after the other, since it takes a list of them for nearly everything that there is."""
    column = _row.c[name]
    listed = sa.func.unnest(sa.literal(list(values), sa.ARRAY(column.type)))
    sought = listed.table_valued(sa.column("value", column.type)).render_derived()
    rows = sa.select(_row.c.import_id, _row.c.outcome, column, _row.c.line).where(column == sought.c.value)
    fenced = rows.offset(0).lateral()  # without an OFFSET the condition on the import would be taken in
    return sa.select(fenced).select_from(sought.join(fenced, sa.true())).subquery()
