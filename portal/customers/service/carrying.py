"""Carrying rows over when two records become one: which, how they were before, and back again."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.customers.models import COPIES, Customer
from portal.foundation import holdings
from portal.foundation.database import db, table_of
from portal.foundation.holdings import Holding

Row = dict[str, Any]
STAYS = COPIES | {"id", "version"}  # columns of customers that are not given back: the database or others keep them
KEPT, GONE, MOVED = "kept", "gone", "moved"  # in what is remembered: both rows, and those that moved by table


def row_of(kept: Customer, gone: Customer) -> Row:
    """Both customers' own rows, as JSON holds them."""
    rows = table_of(Customer)
    found = db.session.execute(sa.select(rows).where(rows.c.id.in_((kept.id, gone.id))))
    by_id = {row.id: _plain(row._asdict()) for row in found}
    return {KEPT: by_id[kept.id], GONE: by_id[gone.id]}


def carry(kept_id: int, gone_id: int) -> Row:
    """Move what one record holds to the other; returns each moved row as it was and as it is now.

    A row that the other record has already (the same group, the same telephone) stays behind, out of sight with its
    record.
    """
    moved: dict[str, list[Row]] = {}
    for holding in holdings.declared():
        if holding.moves:
            for column in (name for name, part in holding.by.items() if part == "customers"):
                moved.setdefault(holding.table, []).extend(_carry(holding, column, kept_id, gone_id))
    return {MOVED: {table: rows for table, rows in moved.items() if rows}}


def rewrite(before: Row, changes: Iterable[tuple[str, int, Mapping[str, Any]]]) -> None:
    """Give rows of either record other values, and add to what is remembered how they were."""
    for name, row_id, values in changes:
        table = _table(name)
        which = sa.select(table).where(table.c.id == row_id)
        was = _plain(db.session.execute(which).one()._asdict())
        db.session.execute(sa.update(table).where(table.c.id == row_id).values(**values))
        became = _plain(db.session.execute(which).one()._asdict())
        before[MOVED].setdefault(name, []).append({"before": was, "now": became})


def is_as_left(before: Mapping[str, Any]) -> bool:
    """Whether every row that moved is as it was right after."""
    for name, rows in before[MOVED].items():
        table = _table(name)
        for row in rows:
            now = db.session.execute(sa.select(table).where(_is(table, row["now"]))).one_or_none()
            if now is None or _plain(now._asdict()) != row["now"]:
                return False
    return True


def put_back(before: Mapping[str, Any], kept: Customer, gone: Customer) -> None:
    """Give everything back as it was."""
    for name, rows in before[MOVED].items():
        table = _table(name)
        for row in rows:
            values = _typed(table, row["before"])
            db.session.execute(sa.update(table).where(_is(table, row["now"])).values(**values))
    rows_of = table_of(Customer)
    unique = [column.name for column in rows_of.c if column.unique and column.nullable]
    both = rows_of.c.id.in_((kept.id, gone.id))
    aside = {**dict.fromkeys(unique), "number": sa.literal("undone-") + sa.cast(rows_of.c.id, sa.String)}
    db.session.execute(sa.update(rows_of).where(both).values(**aside))
    for row_id, row in ((kept.id, before[KEPT]), (gone.id, before[GONE])):
        values = {key: value for key, value in _typed(rows_of, row).items() if key not in STAYS}
        db.session.execute(sa.update(rows_of).where(rows_of.c.id == row_id).values(**values))
    db.session.expire_all()


def _carry(holding: Holding, column: str, kept_id: int, gone_id: int) -> Iterable[Row]:
    table = holding.rows
    there = [_plain(row._asdict()) for row in db.session.execute(sa.select(table).where(table.c[column] == kept_id))]
    theirs = db.session.execute(sa.select(table).where(table.c[column] == gone_id)).all()
    said = {_said(table, column, holding, row) for row in there}
    for row in (_plain(row._asdict()) for row in theirs):
        if _said(table, column, holding, row) in said:
            continue
        after = {**row, column: kept_id}
        after |= {flag: False for flag in holding.lowered if any(other[flag] for other in there)}
        if _move(table, row, after):
            yield {"before": row, "now": after}


def _move(table: sa.Table, row: Row, after: Row) -> bool:
    """Write a row under its new customer; False where a constraint says that the other record has one already."""
    changed = {name: value for name, value in _typed(table, after).items() if after[name] != row[name]}
    try:
        with db.session.begin_nested():
            db.session.execute(sa.update(table).where(_is(table, row)).values(**changed))
    except IntegrityError:
        return False
    return True


def _said(table: sa.Table, column: str, holding: Holding, row: Row) -> str:
    """What a row says, whoever's it is: two that say the same are one."""
    if holding.same:
        return repr([row[name] for name in holding.same])
    apart = {column, "id", "version", *holding.lowered}
    apart |= {one.name for one in table.c if one.type.python_type is datetime}
    return repr(sorted((name, value) for name, value in row.items() if name not in apart))


def _table(name: str) -> sa.Table:
    return Customer.metadata.tables[name]


def _is(table: sa.Table, row: Row) -> sa.ColumnElement[bool]:
    return sa.and_(*(column == row[column.name] for column in table.primary_key))


def _plain(row: Row) -> Row:
    return {name: _value(value) for name, value in row.items()}


def _value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, datetime | date) else value


def _typed(table: sa.Table, row: Row) -> Row:
    return {name: _read(table.c[name], value) for name, value in row.items() if name in table.c}


def _read(column: sa.Column[Any], value: Any) -> Any:
    if value is None or isinstance(column.type, sa.JSON):
        return value
    kind = column.type.python_type
    if kind in (datetime, date):
        return kind.fromisoformat(value)
    enum = getattr(column.type, "enum_class", None)
    return enum(value) if enum is not None else value
