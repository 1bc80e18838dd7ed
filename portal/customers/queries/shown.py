"""What a list shows of customers: the rows of a page, and the pages of everybody, whose statements are made once."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from portal.customers.models import Customer, Telephone
from portal.customers.queries.wanted import IDS, IS_LEFT
from portal.foundation import pagination
from portal.foundation.database import table_of
from portal.foundation.pagination import Order, Page
from portal.foundation.straight import Straight

Row = Any  # with the columns below by their names

_rows = table_of(Customer)

# Made once, since every page needs them: to build a statement takes longer than to run it.
_shown = tuple(
    _rows.c[name]
    for name in (
        *("id", "number", "first_name", "last_name", "email", "email_key", "account_id", "status", "created_at"),
        *("created_by", "created_through", "group_id", "has_open_application", "country", "sort_name"),
    )
)
_calls = table_of(Telephone).c
_TELEPHONE = (
    sa.select(sa.case((_calls.e164 != "", _calls.e164), else_=_calls.typed))
    .where(_calls.customer_id == _rows.c.id, _calls.is_primary)
    .order_by(_calls.id)
    .limit(1)
    .scalar_subquery()
    .label("telephone")
)
ROWS = sa.select(*_shown, _TELEPHONE)


def shown_in_order(ids: Any, keys: Sequence[Any], *, falling: bool) -> sa.Select[Any]:
    """A query for what is shown of the customers whose ids a query finds, in the order of these keys."""
    own = [_rows.c[key.key] for key in keys]  # the id of the text index is that of its row
    query = ROWS.where(_rows.c.id.in_(ids))
    return query.order_by(*(key.desc() if falling else key for key in own))


def page_of_all(order: Order, *, after: str = "", before: str = "", size: int = 50) -> Page[Row]:
    """A page of the list as it stands without a filter."""
    way = pagination.way_to(order, after=after, before=before)
    query = _prepared(order.key.key, way.falling, way.start is not None, size)
    return way.page(query.rows(way.place), size)


@cache
def _prepared(key: str, falling: bool, begun: bool, size: int) -> Straight:  # noqa: FBT001 - they name it
    way = pagination.Way(Order(_rows.c[key], _rows.c.id), None, back=falling)
    ids = way.limited(IDS.where(IS_LEFT), pagination.place_of(way.order) if begun else None, size)
    ids = ids.limit(sa.literal_column(str(size + 1)))  # written out for a plan that is kept: of a few rows
    return Straight(shown_in_order(ids, way.keys, falling=falling))
