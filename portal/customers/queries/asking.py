"""Pages of the list whose statements are made once: to make one takes longer than to run it.

A list with the same filters is asked for page after page, and by many; of a search, only the words change.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from portal.customers.queries.shown import Row
from portal.customers.queries.wanted import Wanted
from portal.foundation import lately
from portal.foundation.database import db
from portal.foundation.pagination import Way, place_of
from portal.foundation.straight import Straight

REMEMBERED = 60  # seconds: how a condition is best put may change with how many fit

Begun = Sequence[Any] | None  # parameters for the place where a page begins, None where that is an end of the list


def asked(
    kind: str,
    wanted: Wanted,
    way: Way,
    size: int,
    make: Callable[[Begun], sa.Select[Any]],
    *,
    values: Mapping[str, object] = MappingProxyType({}),
) -> Sequence[Row]:
    """The rows of a page.

    Args:
        kind: tells the statements of different questions apart.
        wanted: what is looked for; conditions that have no name are put together each time.
        way: to the page.
        size: of the page.
        make: the statement.
        values: of more parameters than those of words and place.
    """
    begun = None if way.start is None else place_of(way.order)
    told = {**way.place, **wanted.asked, **values}
    if not wanted.is_known:
        return db.session.execute(make(begun), told).all()
    place = way.order.key.key, way.falling, begun is not None, size
    name = ("customers", kind, wanted.narrowed_as, wanted.signed_in_before, *wanted.asked, place)
    statement = lately.known(name, lambda: Straight(make(begun), plans_anew=True), of=(), seconds=REMEMBERED)
    found = statement.rows(told)
    statement.settle()
    return found
