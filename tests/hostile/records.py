"""A row of every kind of record that belongs to somebody, made from the tables themselves."""

import enum
import uuid
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.customers.models import Customer
from portal.foundation import clock
from portal.foundation.database import Base, db

OWNERS = ("account_id", "customer_id")


def every_kind(owner: Customer) -> None:
    """Give somebody a row of each table whose rows have an owner, where they have none yet."""
    whose = {"account_id": owner.account_id, "customer_id": owner.id}
    tables = {mapper.local_table.name: mapper.class_ for mapper in Base.registry.mappers}
    for table in db.metadata.sorted_tables:
        mine = [column for column in table.columns if column.name in OWNERS]
        if not mine or table.name not in tables:
            continue
        has_one = sa.select(table).where(*(column == whose[column.name] for column in mine)).limit(1)
        if db.session.execute(has_one).first() is None:
            with db.session.begin_nested():
                db.session.add(tables[table.name](**_values(table, whose)))
                db.session.flush()
    db.session.commit()


def _values(table: sa.Table, whose: dict[str, Any]) -> dict[str, Any]:
    values = {}
    for column in table.columns:
        if column.name in whose:
            values[column.name] = whose[column.name]
        elif not (column.nullable or column.default is not None or column.autoincrement is True or _is_number(column)):
            values[column.name] = something(column)
    return values


def _parent(key: sa.Column[Any]) -> Any:
    """The key of a row made for others to hang on, where its table has none."""
    return db.session.execute(sa.insert(key.table).values(**_values(key.table, {})).returning(key)).scalar()


def _is_number(column: sa.Column[Any]) -> bool:
    """Whether the database counts the column by itself."""
    return (
        column.primary_key
        and isinstance(column.type, sa.Integer)
        and not column.foreign_keys
        and column.autoincrement is not False
    )


def something(column: sa.Column[Any]) -> Any:
    """A value that a column takes."""
    if column.foreign_keys:
        [key] = column.foreign_keys
        return db.session.scalar(sa.select(key.column).limit(1)) or _parent(key.column)
    if isinstance(column.type, sa.Enum) and column.type.enum_class:
        kinds: type[enum.Enum] = column.type.enum_class
        return next(iter(kinds))
    kind = column.type.python_type
    if kind is datetime:
        return clock.now() + timedelta(days=1)
    if kind is str:
        return uuid.uuid4().hex[: getattr(column.type, "length", None) or 32]
    return {bool: False, int: 1, bytes: b"x", dict: {}, list: []}.get(kind, "x")
