"""Customers as a file: one query, streamed as it is read, with formulas made harmless while they are written."""

import csv
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.customers.models import Address, Customer, Telephone, customer_store
from portal.foundation import csvfile
from portal.foundation.database import db, table_of
from portal.foundation.engines import READING
from portal.groups.models import CustomerGroup, Membership
from portal.newsletter.models import Audience, Subscription, SubscriptionState
from portal.stores.models import Store
from portal.transfers.rules.columns import EXPORTED

CHUNK = 2000  # customers read at once on SQLite
PIECE = 64 * 1024  # bytes of a file that are sent at once
SAFE = frozenset({"status", "newsletter", "gender", "date_of_birth", "nationality", "anniversary", "created_at"})
NEWSLETTER = {SubscriptionState.ACTIVE: "yes", SubscriptionState.PENDING: "pending"}

Conditions = Sequence[sa.ColumnElement[bool]]


def note_export(conditions: Conditions, said: str, *, format_: str, by: Actor) -> None:
    """Write down who takes which customers out, and how many."""
    number = db.session.scalar(sa.select(sa.func.count()).select_from(Customer).where(*conditions)) or 0
    changes = {"filter": (None, said or None), "rows": (None, number), "format": (None, format_)}
    audit.record("customers.exported", Subject("customer_export", None, said[:255] or "–"), by=by, changes=changes)


def as_csv(conditions: Conditions, *, guarded: bool = True, marked: bool = True) -> Iterator[bytes]:
    """The file piece by piece, its head at once; memory stays flat whatever the number of customers.

    Args:
        conditions: on Customer.
        guarded: put a quote before what a spreadsheet would calculate; off for machines.
        marked: begin with the mark by which spreadsheets know UTF-8; off for machines.
    """
    yield ((csvfile.MARK if marked else "") + ",".join(EXPORTED) + "\r\n").encode()
    query = selected(conditions)
    if db.engine.dialect.name == "postgresql":
        yield from _copied(query, guarded=guarded)
        return
    yield from _lines(_rows(query), guarded=guarded)


def as_xlsx(conditions: Conditions) -> Iterator[bytes]:
    """A workbook whose cells are all text; it is made on disk row by row, then sent piece by piece."""
    # A library of megabytes, for a page that few open; it ships no types.
    import xlsxwriter  # type: ignore[import-untyped]  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "customers.xlsx"
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(path, options) as book:
            sheet = book.add_worksheet("Customers")
            sheet.write_row(0, 0, EXPORTED)
            for number, row in enumerate(_rows(selected(conditions)), start=1):
                for place, text in enumerate(row):
                    if text:
                        sheet.write_string(number, place, _printable(text))
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece


def selected(conditions: Conditions) -> sa.Select[Any]:
    """One row of texts for each customer, in the order of EXPORTED; the id comes last, for reading on."""
    customer, phone, place = table_of(Customer), table_of(Telephone), table_of(Address)
    group, member, sub = table_of(CustomerGroup), table_of(Membership), table_of(Subscription)
    default = sa.select(Audience.id).where(Audience.is_default).scalar_subquery()
    joined = (
        customer.outerjoin(phone, sa.and_(phone.c.customer_id == customer.c.id, phone.c.is_primary))
        .outerjoin(place, sa.and_(place.c.customer_id == customer.c.id, place.c.is_delivery))
        .outerjoin(member, sa.and_(member.c.customer_id == customer.c.id, member.c.is_preferred))
        .outerjoin(group, group.c.id == member.c.group_id)
        .outerjoin(sub, sa.and_(sub.c.email_key == customer.c.email_key, sub.c.audience_id == default))
    )
    state = sa.case(*((sub.c.state == kind, word) for kind, word in NEWSLETTER.items()), else_="no")
    fields: dict[str, Any] = {
        "customer_number": customer.c.number,
        "telephone": phone.c.typed,
        "customer_group": group.c.name,
        "stores": _stores(customer),
        "newsletter": state,
        "gender": sa.cast(customer.c.gender, sa.Text),
        "status": sa.cast(customer.c.status, sa.Text),
        "preferred_channel": sa.cast(customer.c.preferred_channel, sa.Text),
        "date_of_birth": sa.cast(customer.c.born_on, sa.Text),
        "anniversary": sa.cast(customer.c.anniversary_on, sa.Text),
        "created_at": sa.func.substr(sa.cast(customer.c.created_at, sa.Text), 1, 19),
    }
    for name in EXPORTED:
        if name not in fields:
            fields[name] = place.c[name] if name in place.c else customer.c[name]
    columns = [sa.func.coalesce(fields[name], "").label(name) for name in EXPORTED]
    kept = customer.c.erased_at.is_(None)
    query = sa.select(*columns, customer.c.id).select_from(joined).where(kept, *conditions)
    return query.order_by(customer.c.id)


def _stores(customer: sa.Table) -> sa.ScalarSelect[Any]:
    store = table_of(Store)
    joined = customer_store.join(store, store.c.id == customer_store.c.store_id)
    mine = sa.select(store.c.code).select_from(joined).where(customer_store.c.customer_id == customer.c.id)
    codes = mine.correlate(customer).order_by(store.c.id).subquery().c.code
    glue = sa.func.string_agg if db.engine.dialect.name == "postgresql" else sa.func.group_concat
    return sa.select(glue(codes, ";")).scalar_subquery()


def _copied(query: sa.Select[Any], *, guarded: bool) -> Iterator[bytes]:
    """What PostgreSQL writes itself, guards and all."""
    inner = query.subquery()
    cells = [_guarded(inner.c[name]) if guarded and name not in SAFE else inner.c[name] for name in EXPORTED]
    words = literal(sa.select(*cells).order_by(inner.c.id))
    with db.engine.connect().execution_options(**READING) as connection:
        connection.begin()
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY ({words}) TO STDOUT (FORMAT csv)") as copy:
            pieces: list[bytes] = []
            size = 0
            for piece in copy:
                pieces.append(bytes(piece))
                size += len(piece)
                if size >= PIECE:
                    yield b"".join(pieces)
                    pieces, size = [], 0
            yield b"".join(pieces)


def literal(query: sa.Select[Any]) -> str:
    """A query with its values written out, for statements that take no parameters."""
    dialect: sa.Dialect = db.engine.dialect
    if dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - only where it is the database at hand

        dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it so
    return str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def _guarded(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    formula = column.op("~")(sa.literal_column(_pattern()))
    return sa.case((formula, sa.literal_column("''''").concat(column)), else_=column)


@lru_cache(maxsize=1)
def _pattern() -> str:
    """csvfile.FORMULA as PostgreSQL reads it, with every blank written out: which ones it knows hangs on a locale."""
    blanks = (chr(code) for code in range(1, 0x3001) if re.match(r"[^\S\t\r\n]", chr(code)))
    listed = "".join(f"\\u{ord(blank):04X}" for blank in blanks)
    return f"'^''*[{listed}]*[=+@\\t\\r\\n|%＝＋－＠-]'"


def _rows(query: sa.Select[Any]) -> Iterator[Sequence[str]]:
    """Rows in chunks by key, each read on a connection that holds nothing between them."""
    last = 0
    while True:
        with db.engine.connect().execution_options(**READING) as connection:
            chunk = connection.execute(query.where(table_of(Customer).c.id > last).limit(CHUNK)).all()
        for row in chunk:
            yield row[:-1]
        if len(chunk) < CHUNK:
            return
        last = chunk[-1][-1]


def _lines(rows: Iterable[Sequence[str]], *, guarded: bool) -> Iterator[bytes]:
    lines: list[str] = []
    writer = csv.writer(_To(lines))
    for row in rows:
        writer.writerow([_guard(text) for text in row] if guarded else row)
        if len(lines) >= 500:
            yield "".join(lines).encode()
            lines.clear()
    yield "".join(lines).encode()


class _To:
    """Where csv.writer writes to: keeps lines until somebody takes them."""

    def __init__(self, lines: list[str]) -> None:
        self.write = lines.append


# A text that begins with a letter of English or a digit is no formula, which spares most cells the pattern.
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


def _guard(text: str) -> str:
    return text if not text or text[0] in _PLAIN else csvfile.guarded(text)


def _printable(text: str) -> str:
    """Without characters that a workbook cannot hold."""
    return "".join(letter for letter in text if letter >= " " or letter in "\t\n\r")
