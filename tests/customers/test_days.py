"""Days as people type them."""

from datetime import date

import pytest

from portal.customers.rules import days


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (("3", "3", "1990"), date(1990, 3, 3)),
        (("03", "Mar", "1990"), date(1990, 3, 3)),
        ((" 29 ", "FEBRUARY", "2000"), date(2000, 2, 29)),
        (("३", "३", "१९९०"), date(1990, 3, 3)),
        (("29", "2", "1999"), None),
        (("3", "Ma", "1990"), None),
        (("3", "13", "1990"), None),
        (("0", "1", "1990"), None),
        (("3", "3", "0"), None),
        (("3", "", "1990"), None),
        (("³", "3", "1990"), date(1990, 3, 3)),
        (("9" * 5000, "3", "1990"), None),
        (("\x00", "\x00", "\x00"), None),
    ],
)
def test_three_boxes_say_one_day(app, typed, meant):
    assert days.read(*typed) == meant


@pytest.mark.parametrize(
    ("text", "meant"), [("1990-03-31", date(1990, 3, 31)), ("1990-3", None), ("31.3.1990", None), ("", None)]
)
def test_the_box_of_a_browser_is_read(app, text, meant):
    assert days.from_iso(text) == meant


def test_nobody_was_born_tomorrow_or_in_another_age():
    today = date(2026, 11, 22)
    assert days.is_sensible(today, today)
    assert not days.is_sensible(date(2026, 11, 23), today)
    assert not days.is_sensible(date(1790, 1, 1), today)
