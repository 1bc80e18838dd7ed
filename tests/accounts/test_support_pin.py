"""The support PIN: made by somebody who has just proven who they are, shown once, used once, soon over."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import SupportPin
from portal.accounts.service import support_pin
from portal.audit.models import AuditEntry
from portal.foundation.database import db
from tests import cast

PAGE = "/account/security/support-pin"


@pytest.fixture
def at_home(ann, browser):
    """Ann, signed in."""
    browser.open("/sign-in")
    browser.send(email=cast.ANN.email, password=cast.PASSWORD)
    return browser


def shown_in(page):
    found = re.search(r"<bdi>(\d{3}) (\d{3})</bdi>", page.text)
    return found[1] + found[2] if found else None


def make(browser):
    browser.open(PAGE)
    pin = shown_in(browser.send("/support-pin"))
    assert pin
    return pin


def use(account_id, pin):
    right = support_pin.use(account_id, pin)
    db.session.commit()
    return right


def another(pin):
    return f"{(int(pin) + 1) % 10**6:06}"


def test_it_is_shown_once_and_stored_nowhere(at_home, ann):
    pin = make(at_home)
    page = at_home.open(PAGE)
    assert shown_in(page) is None
    assert "Your last PIN works until" in page.text
    [row] = db.session.scalars(sa.select(SupportPin))
    assert pin not in row.digest
    assert len(row.digest) == 64
    assert db.session.scalars(sa.select(AuditEntry.verb)).all() == ["account.support_pin_made"]


def test_it_works_once(at_home, ann):
    pin = make(at_home)
    assert [use(ann.account_id, pin), use(ann.account_id, pin)] == [True, False]


def test_it_works_for_fifteen_minutes(clock, at_home, ann):
    pin = make(at_home)
    clock.shift(timedelta(minutes=15))
    assert not use(ann.account_id, pin)
    at_home.open("/sign-in")


def test_five_wrong_tries_are_its_end(at_home, ann):
    pin = make(at_home)
    assert not any(use(ann.account_id, another(pin)) for _ in range(5))
    assert not use(ann.account_id, pin)
    pin = make(at_home)
    assert not any(use(ann.account_id, another(pin)) for _ in range(4))
    assert use(ann.account_id, pin)


def test_a_new_one_takes_the_place_of_the_one_before(at_home, ann):
    first, second = make(at_home), make(at_home)
    assert first == second or not use(ann.account_id, first)
    assert use(ann.account_id, second)


def test_it_is_its_owners_alone(at_home, ann):
    pin = make(at_home)
    ben = cast.customer(cast.BEN)
    assert not use(ben.account_id, pin)


@pytest.mark.parametrize("said", ["", "12345", "1234567", "abcdef", "１２３４５６", "\0", "9" * 5000])
def test_what_is_no_pin_is_no_match(at_home, ann, said):
    make(at_home)
    assert not use(ann.account_id, said)


def test_spaces_in_it_are_no_matter(at_home, ann):
    pin = make(at_home)
    assert use(ann.account_id, f" {pin[:3]} {pin[3:]} ")


def test_who_signed_in_long_ago_is_asked_again_first(clock, at_home, ann):
    at_home.open(PAGE)
    clock.shift(timedelta(minutes=6))
    assert at_home.send("/support-pin", follow=False).status_code == 403
    assert at_home.client.get(PAGE).location.startswith("/account/confirm")
    assert db.session.scalar(sa.select(SupportPin)) is None


def test_nobody_makes_one_without_signing_in(ann, browser):
    assert browser.open(PAGE).request.path == "/sign-in"


def test_what_has_run_out_is_cleared_away(clock, at_home, ann):
    make(at_home)
    support_pin.sweep()
    assert support_pin.works_until(ann.account_id) is not None
    clock.shift(timedelta(minutes=15))
    support_pin.sweep()
    assert db.session.scalar(sa.select(SupportPin)) is None
