"""The list of customers: filters in the address, pages by key, a fixed number of queries."""

import re

import pytest
import sqlalchemy as sa

from portal.backoffice.customers.finding import total
from portal.customers.models import CustomerStatus
from portal.foundation import clock
from portal.foundation.database import db
from portal.groups import queries as groups
from portal.staff.rules import ROLES
from tests import cast

LIST = "/staff/customers"


@pytest.fixture
def clerk(app, browser):
    """Clara, signed in."""
    cast.member(cast.CLARA, "clerk", set(ROLES["clerk"]))
    browser.open("/staff/sign-in")
    browser.send(email=cast.CLARA.email, password=cast.STAFF_PASSWORD)
    return browser


def names_on(page):
    return re.findall(r'class="row-link"[^>]*><bdi>(.*?)</bdi>', page.text)


def test_the_list_filters_by_what_its_address_says(clerk):
    ann, ben = cast.customer(cast.ANN), cast.customer(cast.BEN)
    cast.applicant(cast.IVY, cast.group())
    ann.disabled_at, ann.status = clock.now(), CustomerStatus.DISABLED
    ben.created_at = ben.created_at.replace(year=2020)
    db.session.commit()
    assert len(names_on(clerk.open(LIST))) == 3
    assert names_on(clerk.open(f"{LIST}?status=disabled")) == ["Ann Adeyemi"]
    assert names_on(clerk.open(f"{LIST}?waiting=1")) == ["Ivy Ivanova"]
    assert names_on(clerk.open(f"{LIST}?status=waiting")) == ["Ivy Ivanova"]
    assert names_on(clerk.open(f"{LIST}?created_to=2020-12-31")) == ["Ben Brontë"]
    assert names_on(clerk.open(f"{LIST}?created_from=2021-01-01&sort=name")) == ["Ann Adeyemi", "Ivy Ivanova"]
    assert names_on(clerk.open(f"{LIST}?q=bronte")) == ["Ben Brontë"]
    assert names_on(clerk.open(f"{LIST}?q=98765+43210")) == ["Ann Adeyemi"]
    assert len(names_on(clerk.open(f"{LIST}?group={groups.default_group().id}&newsletter=no&store=online"))) == 3
    assert names_on(clerk.open(f"{LIST}?newsletter=yes")) == []


@pytest.mark.parametrize(
    "query",
    [
        "status=locked",
        "group=99999999999999999999",
        "newsletter=maybe",
        "waiting=2",
        "store=nowhere",
        "created_from=yesterday",
        "created_to=9999-12-31",
        "sort=password",
    ],
)
def test_what_a_filter_does_not_know_is_left_out_and_said(clerk, query):
    cast.customer(cast.ANN)
    page = clerk.open(f"{LIST}?{query}")
    assert page.status_code == 200
    assert query in page.text
    assert names_on(page) == ["Ann Adeyemi"]


def test_a_search_alone_is_no_further_filter(clerk):
    assert "More filters</summary>" in clerk.open(f"{LIST}?q=nobody").text
    assert "More filters (1)</summary>" in clerk.open(f"{LIST}?q=nobody&status=enabled").text


def test_a_count_reads_with_its_thousands(app):
    assert [total(1), total(2002), total(10_001)] == ["1 customer", "2,002 customers", "More than 10,000 customers"]


def test_pages_of_the_list_reach_everybody_once(clerk):
    for n in range(120):
        person = cast.Person(f"N{n:03}", "Same", f"n{n}@demo.example")
        cast.customer(person, with_account=False)
    page, seen = clerk.open(f"{LIST}?sort=name"), []
    while True:
        seen += names_on(page)
        following = re.search(r'href="([^"]*after=[^"]*)" rel="next"', page.text)
        if following is None:
            break
        page = clerk.open(following[1].replace("&amp;", "&"))
    assert seen == [f"N{n:03} Same" for n in range(120)]


def test_a_list_costs_as_many_queries_for_fifty_as_for_one(clerk):
    def cost():
        counted = []
        engine = db.engine

        def count(*_args):
            counted.append(1)

        sa.event.listen(engine, "after_cursor_execute", count)
        try:
            assert clerk.open(f"{LIST}?q=same&sort=name").status_code == 200
        finally:
            sa.event.remove(engine, "after_cursor_execute", count)
        return len(counted)

    cast.customer(cast.Person("One", "Same", "one@demo.example"), with_account=False)
    for_one = cost()
    for n in range(60):
        cast.customer(cast.Person(f"N{n}", "Same", f"n{n}@demo.example", "+91 98765 43210"), with_account=False)
    assert cost() <= for_one + 1
    assert for_one <= 16
