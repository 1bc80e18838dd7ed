"""Who fits may stand far behind many who do not, as people long gone do in a list with the newest first.

A walk in such an order looks at everybody before it finds a page. What is known of all who fit makes it begin where
they are; where nothing is known, a bounded look ahead tells that the walk would not end soon.
"""

from collections.abc import Hashable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from portal.customers.models import Customer
from portal.foundation import lately
from portal.foundation.database import db, table_of
from portal.foundation.pagination import Order

AHEAD = 5_000  # rows that are looked at: ten milliseconds at the most
ENOUGH = 5  # of them that fit: then a page of fifty is found among ten times as many
REMEMBERED = 60  # seconds
INDEXED = frozenset({"status", "group_id", "country"})  # each has an index in every order of the list

_rows = table_of(Customer)
_older = _rows.alias("older")
# Written out, because SQLite takes a partial index only for the very same words.
SIGN_IN_IS_OLDER = sa.text("older.sign_in_is_older")


def begun(query: sa.Select[Any], before: datetime | None) -> Any:
    """A query of columns of customers, begun where those are who signed in last before a moment.

    They were made before it, too. Whose sign-in is older than the record is marked: few, and looked at one by one.
    """
    if before is None:
        return query
    first = query.where(_rows.c.created_at < before).subquery()
    fits = query.where(_rows.c.id == _older.c.id).order_by(None).limit(None).correlate(_older).exists()
    marked = sa.select(*(_older.c[str(column.key)] for column in query.selected_columns)).where(
        _older.c.created_at >= before, SIGN_IN_IS_OLDER, fits
    )
    return sa.union_all(sa.select(*first.c), marked)


def is_far(conditions: Sequence[sa.ColumnElement[bool]], order: Order, known_as: Hashable) -> bool:
    """Whether hardly any of the first rows in an order fit conditions, of those that one of its indexes leads to.

    Args:
        conditions: on customers, whom the list may show in another order: the newest first.
        order: what is asked for; of the dates, which come from an index themselves, nothing is said.
        known_as: names the conditions, so that the answer is remembered; None for never.
    """
    if order.key is _rows.c.created_at:
        return False

    def ask() -> bool:
        # One: of two, the second is looked for row by row, among a hundred times as many as are to be looked at.
        at_once = [one for one in conditions if _is_indexed(one)][:1]
        keys = [key.desc() if order.descending else key for key in (order.key, order.id)]
        ahead = sa.select(_rows.c.id).where(*at_once).order_by(*keys).limit(AHEAD).correlate(None)
        fitting = sa.select(_rows.c.id).where(_rows.c.id.in_(ahead), *conditions).limit(ENOUGH)
        return len(db.session.execute(fitting).all()) < ENOUGH

    if known_as is None:
        return ask()
    key = ("customers far", known_as, order.key.key, order.descending)
    return lately.known(key, ask, of=(), seconds=REMEMBERED)


def _is_indexed(condition: sa.ColumnElement[bool]) -> bool:
    parts = list(visitors.iterate(condition))
    columns = {part.name for part in parts if isinstance(part, sa.Column)}
    return columns <= INDEXED and not any(isinstance(part, sa.Select) for part in parts)
