"""The throttle counts every try, by anybody, for anything, and forgets when the window is over."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.foundation import throttle
from portal.foundation.database import db
from portal.foundation.errors import TooMany
from portal.foundation.throttle import Limit, ThrottleCount

LIMIT = Limit("sign-in", 3, timedelta(minutes=15))


def test_the_try_past_the_limit_is_refused_and_the_window_ends(clock, app):
    for _ in range(3):
        throttle.count((LIMIT, "ann@demo.example"))
    with pytest.raises(TooMany):
        throttle.count((LIMIT, "ann@demo.example"))
    throttle.count((LIMIT, "ben@demo.example"))
    clock.shift(timedelta(minutes=15))
    throttle.count((LIMIT, "ann@demo.example"))


def test_a_refused_try_is_counted_under_its_other_keys_too(app):
    for _ in range(3):
        throttle.count((LIMIT, "one"))
    with pytest.raises(TooMany):
        throttle.count((LIMIT, "one"), (Limit("address", 9, timedelta(hours=1)), "192.0.2.1"))
    assert sorted(db.session.scalars(sa.select(ThrottleCount.hits))) == [1, 4]


def test_the_right_password_starts_anew(app):
    for _ in range(3):
        throttle.count((LIMIT, "ann@demo.example"))
    throttle.forget(LIMIT, "ann@demo.example")
    db.session.commit()
    throttle.count((LIMIT, "ann@demo.example"))


def test_no_try_is_lost_when_many_come_at_once(app):
    def hit(_):
        with app.app_context():
            throttle.count((Limit("many", 1000, timedelta(hours=1)), "x"))

    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(hit, range(80)))
    assert db.session.scalars(sa.select(ThrottleCount.hits)).one() == 80


def test_the_table_holds_nobodys_address(app):
    throttle.count((LIMIT, "ann@demo.example"))
    assert "ann" not in db.session.scalars(sa.select(ThrottleCount.key)).one()


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("somewhere", "somewhere"),
    ],
)
def test_an_address_counts_as_the_household_that_it_belongs_to(address, counted):
    assert throttle.network(address) == counted


def test_windows_that_are_over_are_swept(clock, app):
    throttle.count((LIMIT, "ann@demo.example"))
    clock.shift(timedelta(minutes=16))
    assert throttle.sweep() == 1
