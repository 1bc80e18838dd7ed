"""The list of customers: filters in the address, pages by key, a fixed number of queries."""

import re

import pytest

from portal.audit.service import OPERATOR
from portal.backoffice.customers.finding import total
from portal.customers.models import CustomerStatus
from portal.customers.queries import finding
from portal.customers.service import addresses
from portal.customers.service.addresses import Entry
from portal.foundation import clock, lately
from portal.foundation.database import db
from portal.groups import queries as groups
from portal.groups.models import ApplicationState
from portal.staff.rules import ROLES
from tests import cast
from tests.work import measured

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


@pytest.mark.parametrize("asked", ["signed_in_from=2020-01-01", "signed_in_to=2050-01-01"])
def test_who_signed_in_without_an_account_is_answered_without_a_search(clerk, asked):
    cast.customer(cast.ANN)
    db.session.commit()
    with measured() as work:
        assert names_on(clerk.open(f"{LIST}?status=no-account&{asked}")) == []
    assert [one for one in work.statements if "customer.sort_name" in one] == []
    assert names_on(clerk.open(f"{LIST}?status=no-account")) == []
    assert len(names_on(clerk.open(f"{LIST}?status=enabled&created_from=2020-01-01"))) == 1


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
        "country=XX",
        "signed_in_from=never",
        "signed_in_to=9999-12-31",
        "view=7",
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
    assert [total(1), total(2002), total(9_999)] == ["1 customer", "2,002 customers", "9,999 customers"]
    assert total(120_000, is_about=True) == "About 120,000 customers"


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


def test_a_page_of_the_list_takes_four_statements(clerk):
    """Who is signed in, what they may do, the count, the rows; what the whole back office shows is remembered."""
    for n in range(60):
        person = cast.Person(f"N{n}", "Same", f"n{n}@demo.example", "+91 98765 43210")
        cast.customer(person, with_account=False)
    queries = ["", "?sort=name", "?status=no-account", "?q=same&sort=name", "?q=n7@demo.example", "?q=98765+43210"]
    day = "2020-01-01"
    queries += [f"?created_from={day}&newsletter=no&store=online&group=1&status=no-account&signed_in_to={day}"]
    for query in queries:
        lately.forget()
        clerk.open(f"{LIST}{query}")
        with measured() as work:
            page = clerk.open(f"{LIST}{query}")
        assert page.status_code == 200
        asked = [words for words in work.statements if not words.startswith("BEGIN")]
        assert len(asked) <= 4, f"{query}: {asked}"


def test_a_page_costs_as_many_queries_for_fifty_as_for_one(clerk):
    def cost():
        with measured() as work:
            assert clerk.open(f"{LIST}?q=same&sort=name").status_code == 200
        return len(work.statements)

    cast.customer(cast.Person("One", "Same", "one@demo.example"), with_account=False)
    lately.forget()
    clerk.open(LIST)
    for_one = cost()
    for n in range(60):
        cast.customer(cast.Person(f"N{n}", "Same", f"n{n}@demo.example", "+91 98765 43210"), with_account=False)
    lately.forget()
    clerk.open(LIST)
    assert cost() <= for_one


def test_what_waits_is_counted_anew_as_soon_as_it_changed(clerk):
    def waiting():
        return re.findall(r'<span class="count">(\d+)<', clerk.open(LIST).text)

    assert waiting() == []
    application = cast.applicant(cast.IVY, cast.group())
    assert waiting() == ["1"]
    application.state = ApplicationState.WITHDRAWN
    db.session.commit()
    assert waiting() == []


def test_a_group_has_its_new_name_at_once(clerk):
    cast.customer(cast.ANN)
    assert "Retail" in clerk.open(LIST).text
    groups.default_group().name = "Everybody"
    db.session.commit()
    page = clerk.open(LIST)
    assert "Everybody" in page.text
    assert "Retail" not in page.text


def test_people_are_filtered_by_country_and_last_sign_in(clerk):
    ann, ben = cast.customer(cast.ANN), cast.customer(cast.BEN)
    addresses.add_address(ann, Entry(recipient="Ann", country="IN", address_1="1 MG Road"), by=OPERATOR)
    ben.account.last_sign_in_at = clock.now().replace(year=2021)
    db.session.commit()
    assert names_on(clerk.open(f"{LIST}?country=IN")) == ["Ann Adeyemi"]
    assert "Country: India" in clerk.page.text
    assert names_on(clerk.open(f"{LIST}?signed_in_from=2021-01-01&signed_in_to=2021-12-31")) == ["Ben Brontë"]
    assert names_on(clerk.open(f"{LIST}?signed_in_from=2022-01-01")) == []
    assert names_on(clerk.open(f"{LIST}?signed_in_to=2022-01-01&country=IN")) == []


def test_more_hits_than_can_be_sorted_show_the_newest_first_and_say_so(clerk, monkeypatch):
    for n in range(9):
        cast.customer(cast.Person(f"N{n}", f"Same{9 - n}", f"n{n}@demo.example"), with_account=False)
    in_order = [f"N{n} Same{9 - n}" for n in range(8, -1, -1)]
    assert names_on(clerk.open(f"{LIST}?q=same&sort=-name")) == in_order[::-1]
    monkeypatch.setattr(finding, "FEW", 5)
    monkeypatch.setattr(finding, "READ", 5)
    monkeypatch.setattr(finding, "COUNTED", 5)
    page = clerk.open(f"{LIST}?q=same&sort=-name")
    assert names_on(page) == in_order
    assert "Too many customers match to be sorted" in page.text
    assert "About 9 customers" in page.text
    assert "Too many" not in clerk.open(f"{LIST}?q=same").text


def test_a_list_that_is_fetched_into_its_page_comes_without_the_frame(clerk):
    cast.customer(cast.ANN)
    page = clerk.open(LIST)
    part = clerk.client.get(LIST, headers={"HX-Request": "true"})
    assert "<aside" in page.text
    assert "<aside" not in part.text
    assert '<div id="list"' in part.text
    assert "<title>Customers – " in part.text
    assert cast.ANN.email in part.text


def test_a_page_of_the_list_asks_the_database_four_times_at_most(clerk):
    cast.customer(cast.ANN)
    clerk.open(LIST)
    for query in ("", "?status=enabled", "?q=ann", "?newsletter=no&country=IN&sort=name"):
        clerk.open(f"{LIST}{query}")
        with measured() as work:
            clerk.open(f"{LIST}{query}")
        asked = [statement for statement in work.statements if not statement.startswith("BEGIN")]
        assert len(asked) <= 4, asked
