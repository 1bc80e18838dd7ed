"""Holdings: which tables hold something about a person, found how, told how, and what erasure and merging do with it.

Each feature declares its own in its room `holdings`; "my data", erasure and merging go through all of them, so that
none has to know every table. A test compares the declarations with all tables there are.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa

from portal.foundation import crypto
from portal.foundation.database import Base, db

Values = Mapping[str, Any]
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Person:
    """Everything that rows may know somebody by: ids and keys of addresses, of records merged into theirs, too."""

    customers: tuple[int, ...]
    accounts: tuple[int, ...] = ()
    emails: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Holding:
    """One table that holds something about persons.

    Args:
        table: its name.
        by: for each column that says about whom a row is, which part of a Person it holds.
        found: where no column says it plainly, the condition on rows that are about a person.
        via: a column that refers to a row of another holding, where the row itself says nothing of the person.
        title: the heading in "my data"; none where there is nothing to tell, as of secrets.
        hidden: columns that are not told.
        encrypted: columns that are, each with its purpose.
        instead: what is told in place of columns.
        untold: the condition on rows that are not told yet.
        emptied: what erasure writes over columns; None: it deletes the rows.
        kept: erasure leaves it to the feature's own listener, or the law does.
        moves: merging hands the rows to the record that stays.
        same: two rows that agree in these columns say the same, so that only one of them is kept; all of them if none.
        lowered: flags that only one row of a customer has: a row that moves loses them to the one that is there.
    """

    table: str
    by: Mapping[str, str] = field(default_factory=dict)
    found: Callable[[Person], sa.ColumnElement[bool]] | None = None
    via: tuple[str, str] = ("", "")
    title: str = ""
    hidden: frozenset[str] = frozenset()
    encrypted: Mapping[str, str] = field(default_factory=dict)
    instead: Mapping[str, sa.ColumnElement[Any]] = field(default_factory=dict)
    untold: sa.ColumnElement[bool] | None = None
    emptied: Values | None = None
    kept: bool = False
    moves: bool = False
    lowered: tuple[str, ...] = ()
    same: tuple[str, ...] = ()

    @property
    def rows(self) -> sa.Table:
        """The table itself."""
        return Base.metadata.tables[self.table]


# Never told: secrets, and copies that the portal keeps for itself.
UNTOLD = frozenset({"id", "password_hash", "answer_hash", "digest", "email_key", "to_key", "customer_id", "account_id"})
_declared: dict[str, Holding] = {}


def declare(*holdings: Holding) -> None:
    """Say what a feature holds; to say it twice is harmless."""
    _declared.update({holding.table: holding for holding in holdings})


def declared() -> list[Holding]:
    """Every holding, those that others refer to first."""
    order = {table.name: place for place, table in enumerate(Base.metadata.sorted_tables)}

    def place(holding: Holding) -> float:
        """Behind the tables that it refers to, and behind the one that tells about whom its rows are."""
        parent = holding.via[1]
        return max(order[holding.table], place(_declared[parent]) + 0.5 if parent else 0)

    return sorted(_declared.values(), key=place)


def about(holding: Holding, person: Person) -> sa.ColumnElement[bool]:
    """The condition on a table's rows that they are about a person."""
    if holding.found is not None:
        return holding.found(person)
    parts: list[sa.ColumnElement[bool]] = [
        holding.rows.c[column].in_(getattr(person, part)) for column, part in holding.by.items()
    ]
    column, parent = holding.via
    if column:
        above = _declared[parent]
        parts.append(holding.rows.c[column].in_(sa.select(above.rows.c.id).where(about(above, person))))
    return sa.or_(sa.false(), *parts)


def tell(person: Person) -> Iterator[tuple[str, Rows]]:
    """What is held, heading by heading, as plain values."""
    for holding in declared():
        if holding.title:
            rows = _told(holding, person)
            if rows:
                yield str(holding.title), rows


def erase(person: Person) -> None:
    """Delete or empty whatever is held, those that refer to others first."""
    for holding in reversed(declared()):
        if holding.kept:
            continue
        mine = about(holding, person)
        if holding.emptied is None:
            db.session.execute(sa.delete(holding.rows).where(mine))
        elif holding.emptied:
            db.session.execute(sa.update(holding.rows).where(mine).values(**holding.emptied))


def blank(table: sa.Table, kept: Sequence[str]) -> dict[str, Any]:
    """Values that leave nothing in a row but the columns that are kept; also in columns that came later.

    Raises:
        LookupError: a column can be neither empty nor what new rows have.
    """
    return {column.name: _nothing(column) for column in table.c if column.name not in kept}


def _nothing(column: sa.Column[Any]) -> Any:
    if column.nullable:
        return None
    default: Any = column.default
    if default is not None and default.is_scalar:
        return default.arg
    if isinstance(column.type, sa.String) and not isinstance(column.type, sa.Enum):
        return ""
    if isinstance(column.type, sa.Boolean):
        return False
    if isinstance(column.type, sa.JSON):
        return {}
    raise LookupError(f"{column.table.name}.{column.name} is neither empty nor has a beginning; say what it becomes.")


def _told(holding: Holding, person: Person) -> Rows:
    columns = [column for column in holding.rows.c if column.name not in UNTOLD | holding.hidden]
    origin: sa.FromClause = holding.rows
    shown: list[sa.ColumnElement[Any]] = []
    for column in columns:
        named = _name_behind(column)
        if named is None:
            shown.append(holding.instead.get(column.name, column).label(column.name))
            continue
        other = named.table.alias()
        origin = origin.outerjoin(other, other.c.id == column)
        shown.append(other.c[named.name].label(column.name.removesuffix("_id")))
    query = sa.select(*shown).select_from(origin).where(about(holding, person))
    if holding.untold is not None:
        query = query.where(~holding.untold)
    if "id" in holding.rows.c:
        query = query.order_by(holding.rows.c.id)
    readers = {name: _reader(purpose) for name, purpose in holding.encrypted.items()}
    return [_plain(row._asdict(), readers) for row in db.session.execute(query)]


def _name_behind(column: sa.Column[Any]) -> sa.Column[Any] | None:
    """The name, or the words, in the table that a column refers to, which say more than a number."""
    for reference in column.foreign_keys:
        for telling in ("name", "text"):
            if telling in reference.column.table.c:
                found: sa.Column[Any] = reference.column.table.c[telling]
                return found
    return None


def _reader(purpose: str) -> Callable[[str], str]:
    return lambda sealed: crypto.decrypt(purpose, sealed)


def _plain(row: dict[str, Any], readers: Mapping[str, Callable[[str], str]]) -> dict[str, Any]:
    told = {name: readers[name](value) if name in readers and value else value for name, value in row.items()}
    return {name: _value(value) for name, value in told.items() if value not in (None, "", {}, [])}


def _value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else value
