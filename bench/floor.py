"""The same customers bare: the rows that an import made, once more into the same tables, with nothing looked at.

Their indexes, keys and triggers are kept all the same, so this is as fast as the tables of the portal can be filled.
"""

import time
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from bench.shops import Portal
from portal.customers.models import Address, Customer, Telephone, customer_store
from portal.foundation import engines
from portal.foundation.database import db, table_of
from portal.groups.models import Membership

SHORT = 500  # customers that SQLite takes in one transaction
TABLES = (table_of(Customer), table_of(Telephone), customer_store, table_of(Membership), table_of(Address))
Row = Sequence[Any]
OF_ONE = {"email_key": "'again-' || email_key", "number": "number || 'A'", "external_id": "NULL", "account_id": "NULL"}


def seconds(portal: Portal, import_id: int) -> tuple[int, float]:
    """How many customers an import made, and for how long they were written once more; they stay."""
    with portal.app.app_context(), db.engine.connect() as connection:
        top = connection.scalar(sa.text("SELECT max(id) FROM customer"))
        made = (
            f"SELECT customer_id FROM customer_import_row WHERE import_id = {import_id:d} AND outcome = 'new' "  # noqa: S608 - a number
            "AND customer_id IS NOT NULL"
        )
        number, first = connection.execute(sa.text(f"SELECT count(*), min(customer_id) FROM ({made}) AS made")).one()  # noqa: S608 - as above
        connection.rollback()
        driver: Any = connection.connection.driver_connection
        shift = f"{int(top or 0) - int(first or 0) + 1:d}"
        if portal.database == "postgresql":
            return number, _copied(driver, made, shift)
        return number, _inserted(driver, made, shift)


def _columns(table: sa.Table, shift: str) -> tuple[str, str]:
    """Names of the columns that are written, and what they are read as: of somebody else with the same properties."""
    key = "id" if table.name == "customer" else "customer_id"
    told = {name: name for name in table.c.keys() if name == key or name != "id"}  # noqa: SIM118 - a collection
    told |= {name: words for name, words in OF_ONE.items() if key == "id"}
    told[key] = f"{key} + {shift}"
    return ", ".join(told), ", ".join(told.values())


def _reading(table: sa.Table, made: str, shift: str) -> str:
    key = "id" if table.name == "customer" else "customer_id"
    return f"SELECT {_columns(table, shift)[1]} FROM {table.name} WHERE {key} IN ({made}) ORDER BY {key}"  # noqa: S608 - our own names


def _copied(driver: Any, made: str, shift: str) -> float:
    """By COPY, table after table, in one transaction; the server's own text goes back to it as it came."""
    with driver.cursor() as cursor:
        texts = []
        for table in TABLES:
            with cursor.copy(f"COPY ({_reading(table, made, shift)}) TO STDOUT") as copy:
                texts.append(b"".join(copy))
        driver.rollback()
        start = time.perf_counter()
        for table, text in zip(TABLES, texts, strict=True):
            with cursor.copy(f"COPY {table.name} ({_columns(table, shift)[0]}) FROM STDIN") as copy:
                copy.write(text)
        driver.commit()
        took = time.perf_counter() - start
        cursor.execute("SELECT setval(pg_get_serial_sequence('customer', 'id'), (SELECT max(id) FROM customer))")
        driver.commit()
    return took


def _inserted(driver: Any, made: str, shift: str) -> float:
    """By `executemany`, some customers in each transaction, which is stored before the next."""
    for pragma in engines.SQLITE_WIDE:
        driver.execute(f"PRAGMA {pragma}")
    parts = []
    for table in TABLES:
        names = _columns(table, shift)[0].split(", ")
        place = names.index("id" if table.name == "customer" else "customer_id")
        into = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608 - as above
        parts.append((into, place, driver.execute(_reading(table, made, shift)).fetchall()))
    _into, place, customers = parts[0]
    start = time.perf_counter()
    for begin in range(0, len(customers), SHORT):
        some = customers[begin : begin + SHORT]
        driver.execute("BEGIN IMMEDIATE")
        for into, at, rows in parts:
            driver.executemany(into, _between(rows, at, some[0][place], some[-1][place]))
        driver.execute("COMMIT")
    return time.perf_counter() - start


def _between(rows: Sequence[Row], place: int, first: int, last: int) -> Sequence[Row]:
    """Those of some customers, of rows in the order of a column."""
    key = itemgetter(place)
    return rows[bisect_left(rows, first, key=key) : bisect_right(rows, last, key=key)]
