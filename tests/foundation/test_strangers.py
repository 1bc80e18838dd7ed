"""Pages that are kept for strangers: alike for all of them, with secrets of each browser's own, and never anybody's."""

import sqlalchemy as sa

from portal.foundation import strangers
from portal.foundation.database import db
from portal.groups.models import CustomerGroup
from tests import cast
from tests.browsing import Forms
from tests.storefront.newcomer import TYPED
from tests.work import measured

SECRETS = ("csrf_token", "form_key")


def fields_at(browser, path):
    page = browser.open(path)
    [form] = [form for form in Forms(page.text).forms if form["method"] == "post"]
    return form["fields"]


def test_every_browser_gets_secrets_of_its_own_and_its_form_is_taken(browsers):
    mine, theirs = browsers(), browsers()
    first, second = fields_at(mine, "/register"), fields_at(theirs, "/register")
    for name in SECRETS:
        assert first[name]
        assert first[name] != second[name]
    assert {name: first[name] for name in first if name not in SECRETS} == {
        name: second[name] for name in second if name not in SECRETS
    }
    assert mine.send("", follow=False, **TYPED).location == "/check-email"
    assert theirs.send("", follow=False, **TYPED | {"email": "otto@demo.example"}).location == "/check-email"


def test_the_places_of_the_secrets_are_never_seen(browsers):
    for path in ("/sign-in", "/register"):
        for page in (browsers().open(path), browsers().open(path)):
            assert strangers.TOKEN not in page.text
            assert strangers.KEY not in page.text


def test_a_page_that_is_kept_asks_the_database_for_nothing(browsers):
    browsers().open("/register")
    with measured() as work:
        browsers().open("/register")
    assert work.statements == []


def test_what_staff_change_is_on_the_next_page(browsers):
    browsers().open("/register")
    group = db.session.scalars(sa.select(CustomerGroup).where(CustomerGroup.at_registration)).first()
    group.description = "Everybody begins here, with a word of welcome"
    cast.group("Trade counter")
    page = browsers().open("/register")
    assert "a word of welcome" in page.text
    assert "Trade counter" in page.text


def test_who_is_to_be_told_something_is_told_it_on_a_page_of_their_own(browsers, client):
    browsers().open("/sign-in")
    with client.session_transaction() as cookie:
        cookie["_flashes"] = [("ok", "Only for whom it is meant")]
    assert "Only for whom it is meant" in client.get("/sign-in").text
    assert "Only for whom it is meant" not in browsers().open("/sign-in").text


def test_where_somebody_wanted_to_go_is_on_no_page_but_theirs(browsers):
    assert 'value="/account/addresses"' in browsers().open("/sign-in?next=/account/addresses").text
    assert "/account/addresses" not in browsers().open("/sign-in").text
