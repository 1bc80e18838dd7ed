"""Stores are opened, changed by two people, retired and opened again."""

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditEntry
from portal.foundation.database import db
from portal.stores.models import Store
from tests import cast
from tests.backoffice.desk import at_desk, seated

PUNE = {"name": "Pune Camp", "code": "pune", "address": "12 MG Road", "time_zone": "Asia/Kolkata", "currency": "inr"}


@pytest.fixture
def otto(browser):
    """The owner at a browser."""
    return at_desk(browser, "owner")


@pytest.fixture
def pune(app):
    """A second store."""
    return cast.store()


def stored(code="pune"):
    db.session.expire_all()
    return db.session.scalar(sa.select(Store).where(Store.code == code))


def test_a_store_is_opened_and_listed(otto):
    otto.open("/staff/stores/new")
    page = otto.send(**PUNE)
    assert otto.path == "/staff/stores"
    assert "Pune Camp is open." in page.text
    store = stored()
    assert (store.name, store.currency, store.time_zone, store.version) == ("Pune Camp", "INR", "Asia/Kolkata", 1)
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.verb, entry.subject_name, entry.changes["code"]) == ("store.added", "Pune Camp", [None, "pune"])


def test_a_form_sent_twice_opens_one_store(otto):
    page = otto.open("/staff/stores/new")
    otto.send(**PUNE)
    otto._arrive(page)
    assert otto.send(**PUNE).status_code == 200
    assert len(db.session.scalars(sa.select(Store.id)).all()) == 2


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "\u200b"}, "name"),
        ({"code": ""}, "code"),
        ({"code": "all"}, "code"),
        ({"code": "-pune"}, "code"),
        ({"code": "pu ne"}, "code"),
        ({"code": "पुणे"}, "code"),
        ({"code": "x" * 33}, "code"),
        ({"code": "Online"}, "code"),
        ({"address": "x" * 256}, "address"),
        ({"address": "x" * 10_000}, "address"),
        ({"time_zone": "Asia/Atlantis"}, "time_zone"),
        ({"time_zone": ""}, "time_zone"),
        ({"currency": "XXYY"}, "currency"),
        ({"currency": "QQQ"}, "currency"),
        ({"currency": ""}, "currency"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_the_rest_is_kept(otto, typed, field):
    otto.open("/staff/stores/new")
    page = otto.send(**(PUNE | typed))
    assert page.status_code == 422
    assert f'id="{field}-error"' in page.text
    assert ("12 MG Road" in page.text) is (field != "address")
    assert len(db.session.scalars(sa.select(Store.id)).all()) == 1


def test_the_second_of_two_editors_sees_both_versions(browsers, pune):
    otto, dora = at_desk(browsers(), "owner"), seated(browsers(), cast.member(cast.MARK, "owner", ()))
    for who in (otto, dora):
        who.open(f"/staff/stores/{pune.id}")
    otto.send(name="Pune Cantonment")
    page = dora.send(name="Poona")
    assert page.status_code == 409
    assert "Pune Cantonment" in page.text
    assert "Poona" in page.text
    assert stored().name == "Pune Cantonment"
    dora.send(name="Poona")
    assert stored().name == "Poona"


def test_a_code_stays_for_ever(otto, pune):
    otto.open(f"/staff/stores/{pune.id}")
    otto.send(name="Poona", code="poona")
    assert stored("pune").name == "Poona"


def test_a_store_retires_and_says_who_keeps_it(otto, pune):
    ann = cast.customer(cast.ANN)
    ann.stores = [pune]
    db.session.commit()
    cast.member(cast.CLARA, "clerk", (), pune)
    page = otto.open(f"/staff/stores/{pune.id}/retire")
    assert "1 customer keeps it." in page.text
    assert "1 member has a role for it alone" in page.text
    page = otto.send("/retire")
    assert "Pune Camp is retired. 1 customer keeps it." in page.text
    assert stored().is_retired
    assert [store.code for store in ann.stores] == ["pune"]
    assert "Pune Camp" not in otto.open("/staff/customers/new").text
    assert "Pune Camp" in otto.open(f"/staff/customers/{ann.number}/edit").text
    assert otto.open(f"/staff/stores/{pune.id}/retire").status_code == 200
    assert otto.send("/retire").status_code == 409


def test_a_retired_store_opens_again(otto, pune):
    otto.open(f"/staff/stores/{pune.id}/retire")
    otto.send("/retire")
    otto.open(f"/staff/stores/{pune.id}")
    otto.send("/reopen")
    assert not stored().is_retired
    assert "Pune Camp" in otto.open("/staff/customers/new").text


def test_the_first_store_stays_open_so_that_there_is_always_one(otto):
    online = stored("online")
    assert "/retire" not in otto.open(f"/staff/stores/{online.id}").text
    assert otto.open(f"/staff/stores/{online.id}/retire").status_code == 200
    assert otto.send("/retire").status_code == 409
    assert not stored("online").is_retired


def test_who_may_only_look_has_no_form(browser, pune):
    who = seated(browser, cast.member(cast.MARK, "looker", {"backoffice.store_control.store.view"}))
    page = who.open(f"/staff/stores/{pune.id}")
    assert 'name="currency"' not in page.text
    assert "Add store" not in who.open("/staff/stores").text


@pytest.mark.parametrize("number", [987654, 2**31 - 1])
def test_a_store_that_is_not_there_is_not_found(otto, number):
    for path in ("", "/retire"):
        assert otto.client.get(f"/staff/stores/{number}{path}").status_code == 404
