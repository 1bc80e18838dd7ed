"""What a member keeps of the list: columns and views, theirs alone."""

import re

import pytest
import sqlalchemy as sa

from portal.foundation.database import db
from portal.staff import saved_views
from portal.staff.models import SavedView, StaffMember
from tests import cast
from tests.backoffice.desk import at_desk
from tests.browsing import Forms

LIST = "/staff/customers"


@pytest.fixture
def clerk(browser):
    """Clara at her desk, and Ann and Ben in the shop."""
    cast.customer(cast.ANN)
    cast.customer(cast.BEN, with_account=False)
    return at_desk(browser, "clerk")


def heads(page):
    found = re.findall(r"<th role=.columnheader.*?</th>", page.text, re.DOTALL)
    words = [re.sub(r"<[^>]+>|\s*[↑↓]", "", head).strip() for head in found]
    return [word for word in words if word]  # the box that ticks all has none


def names_on(page):
    return re.findall(r'class="row-link"[^>]*><bdi>(.*?)</bdi>', page.text)


def tabs_on(page):
    """The words of the views, and of the one that is open."""
    tabs = re.search(r'<ul class="view-tabs">.*?</ul>', page.text, re.DOTALL)[0]
    words = [re.sub(r"<[^>]+>", "", link) for link in re.findall(r"<a .*?</a>", tabs)]
    now = [re.sub(r"<[^>]+>", "", link) for link in re.findall(r"<a [^>]*aria-current.*?</a>", tabs)]
    return words, now


def test_the_list_shows_the_columns_that_a_member_chose(clerk):
    assert heads(clerk.open(LIST)) == ["Customer", "Number", "Status", "Group", "Telephone", "Created"]
    clerk.open(f"{LIST}/columns?status=enabled")
    clerk.send(columns=["stores", "newsletter", "signed_in", "waiting", "country"])
    assert clerk.address == f"{LIST}?status=enabled"
    page = clerk.open(LIST)
    assert heads(page) == ["Customer", "Country", "Stores", "Newsletter", "Last sign-in", "Applies for"]
    assert "Online" in page.text
    clerk.open(f"{LIST}/columns")
    clerk.send(columns=[])
    assert len(heads(clerk.open(LIST))) == 6


def test_more_columns_than_fit_are_refused_with_the_choice_kept(clerk):
    clerk.open(f"{LIST}/columns")
    page = clerk.send(columns=["number", "status", "group", "telephone", "created", "country", "stores", "signed_in"])
    assert page.status_code == 422
    assert "Choose 7 columns or fewer" in page.text
    assert page.text.count(" checked") == 8


def test_columns_nobody_knows_are_left_out(clerk):
    clerk.open(f"{LIST}/columns")
    clerk.send(columns=["password_hash", "status"])
    assert heads(clerk.open(LIST)) == ["Customer", "Status"]


def test_a_view_opens_what_was_saved(clerk):
    clerk.open(f"{LIST}/views?status=enabled&sort=name&nonsense=1")
    clerk.send(name="Awake")
    page = clerk.open(clerk.address)
    assert names_on(page) == ["Ann Adeyemi"]
    assert tabs_on(page) == (["All", "Waiting", "Not confirmed", "Disabled", "Awake"], ["Awake"])
    assert db.session.scalar(sa.select(SavedView.query)) == "status=enabled&sort=name"
    assert tabs_on(clerk.open(LIST))[1] == ["All"]


def test_a_view_keeps_its_columns_where_that_was_wanted(clerk):
    clerk.open(f"{LIST}/columns")
    clerk.send(columns=["country"])
    clerk.open(f"{LIST}/views?newsletter=no")
    clerk.send(name="Lands", with_columns="y")
    there = clerk.address
    clerk.open(f"{LIST}/columns")
    clerk.send(columns=["number"])
    assert heads(clerk.open(there)) == ["Customer", "Country"]
    assert heads(clerk.open(LIST)) == ["Customer", "Number"]


def test_a_view_is_replaced_renamed_and_deleted(clerk):
    for status in ("enabled", "disabled"):
        clerk.open(f"{LIST}/views?status={status}")
        clerk.send(name="  Mine ")
    row = db.session.scalars(sa.select(SavedView)).one()
    assert (row.name, row.query) == ("Mine", "status=disabled")
    there = f"{LIST}/views/{row.id}"
    clerk.open(there)
    clerk.send(name="Yours")
    assert "Yours" in tabs_on(clerk.open(LIST))[0]
    clerk.open(there)
    clerk.send("/delete")
    assert "Yours" not in tabs_on(clerk.open(LIST))[0]
    assert clerk.open(there).status_code == 404


def test_two_views_never_have_one_name(clerk):
    for name in ("North", "South"):
        clerk.open(f"{LIST}/views")
        clerk.send(name=name)
    row = db.session.scalars(sa.select(SavedView).where(SavedView.name == "South")).one()
    clerk.open(f"{LIST}/views/{row.id}")
    page = clerk.send(name="NORTH")
    assert page.status_code == 422
    assert "You have a view of this name already" in page.text


@pytest.mark.parametrize("name", ["", "   ", "n" * 41, "a\x00b"])
def test_a_name_that_is_none_is_refused_at_its_field(clerk, name):
    clerk.open(f"{LIST}/views")
    page = clerk.send(name=name)
    assert page.status_code == 422
    assert db.session.scalars(sa.select(SavedView)).all() == []


def test_there_is_room_for_some_views(clerk, monkeypatch):
    monkeypatch.setattr(saved_views, "MOST", 1)
    for name in ("First", "Second"):
        clerk.open(f"{LIST}/views")
        page = clerk.send(name=name)
    assert page.status_code == 422
    assert "There is room for 1 views" in page.text


def test_a_view_is_nobody_elses(clerk, browsers):
    clerk.open(f"{LIST}/views?q=ann")
    clerk.send(name="Secret")
    row = db.session.scalars(sa.select(SavedView)).one()
    other = at_desk(browsers(), "owner")
    page = other.open(f"{LIST}?view={row.id}")
    assert f"view={row.id}" in re.search(r"Not understood and left out: [^<]*", page.text)[0]
    assert "Secret" not in page.text
    assert other.open(f"{LIST}/views/{row.id}").status_code == 404
    other.open(f"{LIST}/views")
    token = Forms(other.page.text).forms[-1]["fields"]["csrf_token"]
    for path in (f"{LIST}/views/{row.id}", f"{LIST}/views/{row.id}/delete"):
        assert other.client.post(path, data={"name": "Mine", "csrf_token": token}).status_code == 404
    assert db.session.scalars(sa.select(SavedView.name)).all() == ["Secret"]


def test_who_may_not_look_at_customers_keeps_nothing_of_the_list(browser):
    at_desk(browser, "marketing")
    assert browser.open(f"{LIST}/columns").status_code == 403
    assert browser.open(f"{LIST}/views").status_code == 403
    assert db.session.scalars(sa.select(StaffMember.list_columns)).all() == [""]
