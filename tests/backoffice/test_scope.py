"""A role for one store: whoever has it meets the customers of that store, and of nobody else hears a word."""

import re

import pytest
import sqlalchemy as sa

from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.customers.models import Customer
from portal.customers.service import duplicates
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.groups.models import ApplicationState
from portal.groups.service import applications, bulk
from portal.staff import queries
from portal.staff.rules import ROLES, Permission
from portal.stores.models import Store
from tests import cast
from tests.accounts import stage
from tests.backoffice.desk import at_desk, seated
from tests.groups.conftest import OTTO

PIA = cast.Person("Pia", "Pune", "pia@demo.example")
VIEW, MODIFY = Permission.CUSTOMER_VIEW, Permission.CUSTOMER_MODIFY
NELL = {"first_name": "Nell", "last_name": "New", "email": "nell@demo.example"}


@pytest.fixture
def pune(app):
    """A second store."""
    return cast.store()


@pytest.fixture
def ann(app):
    """Ann, who buys online."""
    return cast.customer(cast.ANN)


@pytest.fixture
def ben(app, pune):
    """Ben, who buys in Pune."""
    return moved(cast.customer(cast.BEN), pune)


@pytest.fixture
def pia(browsers, pune):
    """Pia, who clerks in Pune, at a browser."""
    return seated(browsers(), cast.member(PIA, "clerk", ROLES["clerk"], pune))


def moved(customer, *stores):
    customer.stores = list(stores)
    db.session.commit()
    return customer


def store_codes(customer):
    db.session.expire_all()
    return sorted(store.code for store in customer.stores)


def test_the_list_its_count_and_its_filters_know_the_store_alone(pia, ann, ben):
    page = pia.open("/staff/customers").text
    assert ("Ann Adeyemi" in page, "Ben Brontë" in page) == (False, True)
    assert "1 customer " in page
    for term in (ann.number, ann.email, "98765 43210", "Adeyemi", "ade"):
        assert "No customers match" in pia.open(f"/staff/customers?q={term}").text
    assert "store=online" in pia.open("/staff/customers?store=online").text.partition("Not understood")[2]


def test_what_the_owner_has_just_seen_is_not_what_a_clerk_of_one_store_sees(pia, browsers, ann, ben):
    owner = at_desk(browsers(), "owner")
    for asked in ("", "?q=demo.example", "?status=active", "?status=active&sort=name", "?q=demo.example&country=IN"):
        everybody = owner.open(f"/staff/customers{asked}").text
        mine = pia.open(f"/staff/customers{asked}").text
        assert "Ann Adeyemi" not in mine
        assert ("Ben Brontë" in mine) == ("Ben Brontë" in everybody)


def test_a_customer_of_another_store_is_answered_as_one_who_does_not_exist(pia, ann, ben):
    assert pia.open(f"/staff/customers/{ben.number}").status_code == 200
    for act in ("", "/edit", "/disable", "/enable", "/identity"):
        real = pia.open(f"/staff/customers/{ann.number}{act}")
        made_up = pia.open(f"/staff/customers/T-NOBODY{act}")
        assert (real.status_code, made_up.status_code) == (404, 404)
        words = [page.text.partition("<main")[2].partition("</main>")[0] for page in (real, made_up)]
        numbers = [page.headers["X-Request-Number"] for page in (real, made_up)]
        assert words[0].replace(numbers[0], "") == words[1].replace(numbers[1], "")


def test_who_buys_in_two_stores_is_met_in_both(pia, ann, pune):
    moved(ann, *ann.stores, pune)
    assert pia.open(f"/staff/customers/{ann.number}").status_code == 200


def test_the_home_page_and_the_menu_count_the_store_alone(pia, ann, ben):
    trade = cast.group("Trade")
    cast.applicant(cast.IVY, trade)
    page = pia.open("/staff").text
    assert '<span class="count' not in page
    assert 'class="value"' not in page, "figures are counted over the whole shop"


def test_a_retired_store_opens_nothing_any_more(pia, ben, pune):
    pune.retired_at = now()
    db.session.commit()
    for path in ("/staff/customers", f"/staff/customers/{ben.number}", "/staff/approvals"):
        assert pia.open(path).status_code == 403
    assert pia.open("/staff").status_code == 200


def test_somebody_new_comes_into_a_store_of_ones_own(pia):
    page = pia.open("/staff/customers/new").text
    assert ('value="pune" checked' in page, 'value="online"' in page) == (True, False)
    pia.send(**NELL)
    assert store_codes(db.session.scalars(sa.select(Customer)).one()) == ["pune"]


@pytest.mark.parametrize("stores", [[], ["online"], ["pune", "online"]])
def test_somebody_new_comes_into_no_store_of_others(pia, stores):
    pia.open("/staff/customers/new")
    page = pia.send(stores=stores or None, **NELL)
    assert page.status_code == 422
    assert 'id="stores-error"' in page.text
    assert db.session.scalars(sa.select(Customer)).all() == []


def test_an_edit_leaves_the_stores_of_others_alone(pia, ann, pune):
    moved(ann, *ann.stores, pune)
    pia.open(f"/staff/customers/{ann.number}/edit")
    pia.send(first_name="Anne")
    assert store_codes(ann) == ["online", "pune"]
    pia.open(f"/staff/customers/{ann.number}/edit")
    pia.send(first_name="Anna", stores=None)
    assert (ann.first_name, store_codes(ann)) == ("Anna", ["online"])
    assert pia.open(f"/staff/customers/{ann.number}").status_code == 404


def test_an_address_that_is_taken_elsewhere_names_nobody(pia, ann, ben):
    pia.open("/staff/customers/new")
    for typed in ({"email": ann.email}, {"customer_number": ann.number}):
        page = pia.send(**(NELL | typed))
        assert page.status_code == 422
        assert "Somebody else has this, perhaps a customer of another store." in page.text
        assert "Adeyemi" not in page.text
    pia.open(f"/staff/customers/{ben.number}/edit")
    assert "Adeyemi" not in pia.send(email=ann.email).text


def test_the_queue_has_the_applications_of_the_store_alone(pia, pune):
    trade = cast.group("Trade")
    far = cast.applicant(cast.IVY, trade)
    near = cast.applicant(cast.ANN, trade)
    moved(near.customer, pune)
    page = pia.open("/staff/approvals").text
    assert ("Ivy Ivanova" in page, "Ann Adeyemi" in page, "1 waiting" in page) == (False, True, True)
    for path in (f"/staff/approvals/{far.id}", f"/staff/approvals/{far.id}/decline"):
        assert pia.client.get(path).status_code == 404
    pia.open(f"/staff/approvals/{near.id}")
    secret = pia.page.text.split('name="csrf_token" value="')[1].split('"')[0]
    forged = pia.client.post(f"/staff/approvals/{far.id}", data={"decision": "approve", "csrf_token": secret})
    assert forged.status_code == 404
    db.session.expire_all()
    assert far.state is ApplicationState.SUBMITTED


def test_how_long_applicants_waited_is_told_of_the_store_alone(pia, pune):
    trade = cast.group("Trade")
    far, near = cast.applicant(cast.IVY, trade), cast.applicant(cast.ANN, trade)
    moved(near.customer, pune)
    applications.approve(far.id, by=OTTO)
    db.session.commit()
    assert "Last 30 days" not in pia.open("/staff/approvals").text
    applications.approve(near.id, by=OTTO)
    db.session.commit()
    assert "Last 30 days: 1 decided" in pia.open("/staff/approvals").text


def test_twins_of_other_stores_are_not_named(pia, pune, app):
    trade = cast.group("Trade")
    row = cast.applicant(cast.ANN, trade)
    moved(row.customer, pune)
    cast.customer(cast.Person("Zoe", "Zander", "zoe@demo.example", cast.ANN.telephone))
    assert "Zander" not in pia.open(f"/staff/approvals/{row.id}").text


def test_groups_count_the_store_alone(pia, browsers, ann, pune):
    trade = cast.group("Trade")
    applications.set_group(ann, trade.id, by=OTTO)
    far, near = cast.applicant(cast.IVY, trade), cast.applicant(cast.BEN, trade)
    moved(near.customer, pune)
    applications.approve(far.id, by=OTTO)
    cast.applicant(cast.Person("Zoe", "Zander", "zoe@demo.example"), trade)
    db.session.commit()
    owner = at_desk(browsers(), "owner")
    path = f"/staff/groups/{trade.id}"
    assert "2 members · 2 applications waiting" in owner.open(path).text
    assert "Last 30 days: 1 decided" in owner.page.text
    assert "0 members · 1 application waiting" in pia.open(path).text
    assert "Last 30 days" not in pia.page.text
    told = [re.search(r"Trade.*?</tr>", browser.open("/staff/groups").text, re.DOTALL)[0] for browser in (owner, pia)]
    figures = [re.findall(r">\s*(\d+)\s*<", re.sub(r"<span.*?</span>", "", row, flags=re.DOTALL)) for row in told]
    assert figures == [["2", "2"], ["0", "1"]]


def test_who_is_said_to_be_somebody_else_stays_unnamed_in_another_store(pia, browsers, ann, ben):
    duplicates.dismiss(duplicates.pair_of(ben, ann), by=OTTO)
    db.session.commit()
    first, second = sorted((ann, ben), key=lambda customer: customer.id)
    near, far = ben.stores, ann.stores
    first.stores, second.stores = list(near), list(far)
    db.session.commit()
    path = f"/staff/customers/{first.number}"
    owner = at_desk(browsers(), "owner")
    for tab in ("profile", "audit", "timeline"):
        page = pia.open(f"{path}?tab={tab}").text
        assert ("another customer" in page, second.number in page) == (True, False)
        page = owner.open(f"{path}?tab={tab}").text
        assert ("another customer" in page, second.number in page) == (False, True)


def test_a_result_names_those_whom_the_right_still_reaches(browsers, pune):
    row = cast.applicant(cast.IVY, cast.group("Trade"))
    moved(row.customer, pune)
    member = cast.member(PIA, "clerk", ROLES["clerk"], pune)
    pia = seated(browsers(), member)
    run = bulk.approve_many([row.id], by=Actor(ActorKind.STAFF, member.id, member.name), member_id=member.id)
    db.session.commit()
    path = f"/staff/approvals/several/{run.id}"
    assert "Ivy Ivanova" in pia.open(path).text
    member.roles[0].store = db.session.scalars(sa.select(Store).where(Store.code == "online")).one()
    db.session.commit()
    page = pia.open(path)
    assert (page.status_code, "Ivanova" in page.text) == (200, False)


def test_who_registers_is_met_by_those_of_the_first_store(pia, browsers, app):
    registration = stage.registered()
    assert pia.open("/staff/registrations").status_code == 404
    assert "/staff/registrations" not in pia.open("/staff/customers").text
    online = db.session.scalars(sa.select(cast.Store).where(cast.Store.code == "online")).one()
    olga = seated(browsers(), cast.member(cast.MARK, "clerk", ROLES["clerk"], online))
    assert registration.email in olga.open("/staff/registrations").text


def test_what_the_whole_shop_has_is_not_opened_by_a_role_for_one_store(browsers, pune):
    who = seated(browsers(), cast.member(PIA, "all", set(Permission), pune))
    for path in ("audit", "outbox", "audiences", "roles", "members", "stores/new", "groups/new"):
        assert who.open(f"/staff/{path}").status_code == 403, path
    for path in ("stores", "groups", "customers"):
        assert who.open(f"/staff/{path}").status_code == 200, path


def test_a_page_offers_what_the_customer_at_hand_allows(browsers, ann, ben, pune):
    looks = cast.member(PIA, "looker", {VIEW})
    looks.roles.append(cast.StaffRole(role=cast.role("changer", {MODIFY}), store=pune))
    who = seated(browsers(), looks)
    for customer, offered in ((ben, True), (ann, False)):
        path = f"/staff/customers/{customer.number}"
        assert (f"{path}/edit" in who.open(path).text) is offered
        assert (who.client.get(f"{path}/edit").status_code == 200) is offered


def test_a_right_given_in_a_store_counts_from_the_next_page(pia, ann):
    assert pia.open(f"/staff/customers/{ann.number}").status_code == 404
    queries.by_email(PIA.email).roles[0].store = None
    assert pia.open(f"/staff/customers/{ann.number}").status_code == 200
