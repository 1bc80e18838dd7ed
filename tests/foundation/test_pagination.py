"""Pages by key: there and back without gaps or repeats, and only with cursors of our own making."""

import pytest
import sqlalchemy as sa

from portal.foundation.database import db
from portal.foundation.pagination import Order, count_of, slice_of
from portal.stores.models import Store

BY_NAME = Order(Store.name, Store.id)
BY_NAME_BACK = Order(Store.name, Store.id, descending=True)
BY_CODE = Order(Store.code, Store.id)


@pytest.fixture
def shops(app):
    """Ten stores of which some have the same name, beside the first."""
    for n in range(10):
        db.session.add(Store(code=f"s{n}", name=f"Store {n // 3}", time_zone="UTC", currency="EUR"))
    db.session.commit()
    return sa.select(Store)


@pytest.mark.parametrize("order", [BY_NAME, BY_NAME_BACK])
@pytest.mark.parametrize("size", [1, 3, 4, 11, 50])
def test_there_and_back_again_shows_every_row_once(shops, order, size):
    pages = [slice_of(shops, order, size=size)]
    while pages[-1].after:
        pages.append(slice_of(shops, order, after=pages[-1].after, size=size))
    there = [[row.id for row in page.rows] for page in pages]
    assert sorted(row_id for page in there for row_id in page) == sorted(db.session.scalars(sa.select(Store.id)))
    back = [there[-1]]
    page = pages[-1]
    while page.before:
        page = slice_of(shops, order, before=page.before, size=size)
        back.insert(0, [row.id for row in page.rows])
    assert back == there


@pytest.mark.parametrize("cursor", ["x", "AAAA", "é", "A" * 500, "_" * 500])
def test_a_cursor_that_is_not_ours_leads_to_the_first_page(shops, cursor):
    assert slice_of(shops, BY_NAME, after=cursor, size=3) == slice_of(shops, BY_NAME, size=3)


def test_a_cursor_of_another_order_leads_to_the_first_page(shops):
    other = slice_of(shops, BY_CODE, size=3).after
    assert slice_of(shops, BY_NAME, after=other, size=3) == slice_of(shops, BY_NAME, size=3)


def test_a_count_stops_where_it_costs_more_than_it_tells(shops):
    assert count_of(shops) == 11
    assert count_of(shops, most=5) == 6
