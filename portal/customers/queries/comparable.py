"""Who may be one person with somebody: few look-ups by indexes, in statements that are built once.

SQLAlchemy takes longer to build such a statement than a database to answer it, and a worker asks for every customer.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any

import sqlalchemy as sa

from portal.customers.models import Address, Customer, DuplicateKey, Telephone
from portal.foundation.database import db, table_of

MOST_ALIKE = 20  # who share one telephone, name or mailbox with more than these shares it with a firm, not with himself
MOST_SOUNDING = 200  # who sound alike, of whom birth date and postcode still tell
SOUND, MAILBOX = "sound", "mailbox"  # kinds of DuplicateKey
TELEPHONE, BOX, NAMESAKE = "telephone", "box", "namesake"  # further ways in which somebody is found


def near(**asked: Any) -> dict[str, list[int]]:
    """The ids of who may be like somebody, by the way in which they were found, of each a few more than count.

    Args:
        asked: `numbers` (telephones in E.164), `box` (a mailbox), `sounds` (of the name), `name` (as it sorts),
            `codes` (postcodes) and `born` (a day).
    """
    found: dict[str, list[int]] = defaultdict(list)
    for kind, customer_id in db.session.connection().execute(_ways(), asked).tuples():
        found[kind].append(customer_id)
    return found


def those(ids: Iterable[int]) -> dict[int, sa.Row[Any]]:
    """What customers are compared by (`sort_name`, `born_on`), and whether they are there at all (`is_there`)."""
    wanted = list(set(ids))
    if not wanted:
        return {}
    return {row.id: row for row in db.session.connection().execute(_compared(), {"ids": wanted})}


def postcodes(ids: Iterable[int]) -> dict[int, list[str]]:
    """Where customers live."""
    found: dict[int, list[str]] = defaultdict(list)
    wanted = list(ids)
    if wanted:
        for customer_id, postcode in db.session.connection().execute(_living(), {"ids": wanted}).tuples():
            found[customer_id].append(postcode)
    return found


@cache
def _ways() -> sa.CompoundSelect[tuple[str, int]]:
    customer, phone, key, address = map(table_of, (Customer, Telephone, DuplicateKey, Address))
    box, sounds = (key.c.key == sa.bindparam(name, type_=sa.String) for name in ("box", "sounds"))
    kept = sa.select(key.c.customer_id.label("id"))
    named = sa.select(customer.c.id).where(customer.c.sort_name == sa.bindparam("name"))
    near = sa.select(address.c.customer_id.label("id")).join(customer, customer.c.id == address.c.customer_id)
    near = near.where(customer.c.sort_name == sa.bindparam("name"), _one_of(address.c.postcode, "codes"))
    called = sa.select(phone.c.customer_id.label("id")).where(_one_of(phone.c.e164, "numbers")).distinct()
    return sa.union_all(
        _some(TELEPHONE, called, MOST_ALIKE + 1),
        _some(BOX, sa.select(customer.c.id).where(customer.c.email_key == sa.bindparam("box")), MOST_ALIKE + 1),
        _some(MAILBOX, kept.where(key.c.kind == MAILBOX, box), MOST_ALIKE + 1),
        _some(SOUND, kept.where(key.c.kind == SOUND, sounds), MOST_SOUNDING),
        _some(NAMESAKE, near, MOST_ALIKE),
        _some(NAMESAKE, named.where(customer.c.born_on == sa.bindparam("born")), MOST_ALIKE),
    )


def _some(kind: str, query: "sa.Select[tuple[int]]", most: int) -> "sa.Select[tuple[str, int]]":
    found = query.limit(sa.literal_column(str(most))).subquery()
    return sa.select(sa.literal_column(f"'{kind}'", sa.String), found.c.id)


def _one_of(column: sa.Column[Any], name: str) -> sa.ColumnElement[bool]:
    return column.in_(sa.bindparam(name, expanding=True))


@cache
def _compared() -> sa.Select[Any]:
    customer = table_of(Customer)
    is_there = sa.and_(customer.c.erased_at.is_(None), customer.c.merged_into_id.is_(None)).label("is_there")
    columns = (customer.c.id, customer.c.sort_name, customer.c.born_on, is_there)
    return sa.select(*columns).where(_one_of(customer.c.id, "ids"))


@cache
def _living() -> sa.Select[Any]:
    address = table_of(Address)
    return sa.select(address.c.customer_id, address.c.postcode).where(_one_of(address.c.customer_id, "ids"))
