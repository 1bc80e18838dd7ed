"""Whoever is signed in can leave from every page, without going back first."""

import pytest

from portal.staff.rules import ROLES
from tests import cast
from tests.accounts.test_sessions import sign_in
from tests.backoffice.calling import enter
from tests.browsing import Forms
from tests.hostile import doors


def pages(app, browser, *, of_staff):
    """The pages that need no record in their address, as somebody sees them."""
    found = {
        door.rule.rule
        for door in doors.every(app, unsafe=False)
        if door.right != "public" and door.of_staff == of_staff and not door.rule.arguments
    }
    for path in sorted(found):
        answer = browser.client.get(path)
        if answer.status_code == 200 and answer.mimetype == "text/html" and "<main" in answer.text:
            yield path, answer.text


def leads_out(text, where):
    return any(form["action"] == where and form["method"].lower() == "post" for form in Forms(text).forms)


@pytest.fixture
def at_work(browsers):
    """Otto, who may do everything."""
    return enter(browsers(), cast.OTTO, set(ROLES["owner"]), role="owner")


def test_every_page_of_a_customer_has_a_way_out(app, browser, ann):
    sign_in(browser)
    without = [path for path, text in pages(app, browser, of_staff=False) if not leads_out(text, "/sign-out")]
    assert without == []


def test_every_page_of_staff_has_a_way_out(app, at_work):
    without = [path for path, text in pages(app, at_work, of_staff=True) if not leads_out(text, "/staff/sign-out")]
    assert without == []


def test_there_are_pages_to_look_at(app, browser, ann, at_work):
    sign_in(browser)
    assert len(list(pages(app, browser, of_staff=False))) > 10
    assert len(list(pages(app, at_work, of_staff=True))) > 20
