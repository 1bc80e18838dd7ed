"""The list where it is easily wrong: shared telephones, ends of pages, limits that are crossed, empty answers."""

import html
import re

import pytest
import sqlalchemy as sa

from portal.audit.service import OPERATOR
from portal.customers import queries
from portal.customers.models import Customer
from portal.customers.queries import finding
from portal.customers.service import profile
from portal.customers.service.profile import Details
from portal.foundation.database import db
from portal.staff.rules import ROLES, Permission
from tests import cast
from tests.backoffice.desk import at_desk

PIA = cast.Person("Pia", "Pune", "pia@demo.example")
DELHI = "Secret Delhi"


def add(first_name, last_name="Same", email="", **more):
    return profile.add_customer(Details(first_name=first_name, last_name=last_name, email=email, **more), by=OPERATOR)


@pytest.mark.parametrize("term", ["tom@x", "tom@ab", "kate@b"])
def test_a_short_address_is_compared_with_its_host(app, term):
    """PostgreSQL looks up only what stands before the @; the whole is compared in what it finds."""
    add("Tom", email="tom@demo.example")
    add("Kate", email="kate@other.example")
    assert [row.email for row in queries.find(term).rows] == []


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_of_nobody_is_an_empty_file(app, browser, kind):
    """Of conditions that nobody fits SQLAlchemy leaves nothing but "false"."""
    cast.customer(cast.ANN)
    answer = at_desk(browser, "owner").open(
        f"/staff/transfers/export.{kind}?status=no-account&signed_in_from=2024-01-01"
    )
    assert (answer.status_code, bool(answer.data)) == (200, True)


def test_many_with_one_telephone_are_paged(app):
    """A till that knows no telephone types nines."""
    made = [add(f"N{number}", telephone="99999 99999").id for number in range(60)]
    for typed in ("99999 99999", "+91 99999 99999", "0091 (0)99999-99999"):
        page = queries.find(typed, size=25)
        seen = [row.id for row in page.rows]
        assert (page.count, len(seen)) == (60, 25)
        while page.page.after:
            page = queries.find(typed, size=25, after=page.page.after)
            seen += [row.id for row in page.rows]
        assert sorted(seen) == made


def test_a_family_with_one_telephone_is_exactly_meant(app):
    made = [add(f"N{number}", telephone="99999 99999").id for number in range(4)]
    assert [row.id for row in queries.find("+91 99999 99999", size=2).exact] == made


@pytest.mark.parametrize("term", ["2024-00", "4-0017", "1990.05"])
def test_a_part_of_a_number_is_found_as_it_is_written(app, term):
    """Digits with signs between them are not a part of a telephone alone."""
    add("Ann", email="1990.05.ann@demo.example", number="2024-0017")
    assert [row.number for row in queries.find(term).rows] == ["2024-0017"]


@pytest.mark.parametrize("filters", ["", "?q=same"])
def test_a_page_behind_the_last_leads_back(app, browser, filters):
    """Whoever stood on the second page is gone meanwhile."""
    made = [add(f"N{number}", email=f"n{number}@demo.example") for number in range(51)]
    db.session.commit()
    owner = at_desk(browser, "owner")
    [following] = set(re.findall(r'href="([^"]*after=[^"]*)"', owner.open(f"/staff/customers{filters}").text))
    db.session.delete(db.session.get(Customer, made[0].id))
    db.session.commit()
    page = owner.open(html.unescape(following)).text
    assert ("No customers" in page, 'href="/staff/customers/' in page) == (False, True)


@pytest.mark.parametrize("change", ["one more", "one less"])
def test_paging_goes_on_where_few_become_too_many_and_back(app, monkeypatch, change):
    """Too many are not sorted; the order of those who are read already does not change on the way."""
    monkeypatch.setattr(finding, "FEW", 6)
    monkeypatch.setattr(finding, "READ", 6)
    made = [add(f"N{number}", email=f"n{number}@demo.example") for number in range(6 if change == "one more" else 7)]
    page = queries.find("same", sort="name", size=2)
    seen = [row.first_name for row in page.rows]
    if change == "one more":
        add("N9", email="n9@demo.example")
    else:
        db.session.execute(sa.delete(Customer).where(Customer.id == made[3].id))
        db.session.expire_all()
    while page.page.after:
        page = queries.find("same", sort="name", size=2, after=page.page.after)
        seen += [row.first_name for row in page.rows]
    assert len(seen) == len(set(seen))


@pytest.fixture
def pia(app, browser):
    """Pia of Pune at a browser; Ben buys there, Ann there and in a store that Pia does not reach."""
    pune, delhi = cast.store(), cast.store("delhi", DELHI)
    may = {*ROLES["clerk"], Permission.CUSTOMER_MODIFY}
    cast.member(PIA, "clerk", may, pune)
    browser.open("/staff/sign-in")
    browser.send(email=PIA.email, password=cast.STAFF_PASSWORD)
    ben, ann = cast.customer(cast.BEN), cast.customer(cast.ANN)
    ben.stores, ann.stores = [pune], [pune, delhi]
    db.session.commit()
    return browser


def test_an_act_on_all_does_not_name_a_store_out_of_reach(pia):
    answer = pia.open("/staff/customers/bulk/disable?select=all&store=delhi")
    assert (answer.status_code, DELHI in answer.text) == (409, False)
    ticked = queries.by_email(cast.BEN.email)
    assert DELHI not in pia.open(f"/staff/customers/bulk/disable?id={ticked.id}&store=delhi").text
