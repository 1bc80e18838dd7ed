"""What takes seconds within a request holds nothing that others wait for: SQLite lets one write at a time."""

import io

import pytest

from portal.foundation import pictures
from portal.foundation.database import db
from portal.newsletter import queries
from portal.newsletter.service import domains
from portal.transfers.service import reading
from tests.backoffice.campaigning import PATH, come_from, whole
from tests.backoffice.desk import at_desk
from tests.hostile.pictures import TAKEN

TABLE = b"email\npriya@shop.example\n"


@pytest.fixture
def owner(browser):
    return at_desk(browser, "owner")


@pytest.fixture
def watched(monkeypatch):
    """Whether the database was held each time that a slow thing was begun."""
    held = []

    def watch(room, name):
        slow = getattr(room, name)

        def seen(*args, **kwargs):
            held.append(db.session().in_transaction())
            return slow(*args, **kwargs)

        monkeypatch.setattr(room, name, seen)
        return held

    return watch


def table():
    return io.BytesIO(TABLE), "people.csv"


def test_while_name_servers_are_asked(owner, watched, monkeypatch):
    campaign_id = whole(owner)
    come_from(campaign_id, "Shop <news@shop.com>")
    monkeypatch.setattr(domains, "txt_records", lambda _name: [])
    held = watched(domains, "asked")
    owner.open(f"{PATH}/{campaign_id}/review")
    owner.send("/domain")
    assert held == [False]
    assert "missing for shop.com" in owner.open(f"{PATH}/{campaign_id}/review").text


def test_while_a_picture_is_made(owner, watched):
    held = watched(pictures.subprocess, "run")
    owner.open(f"{PATH}/pictures")
    page = owner.send(picture=(io.BytesIO(TAKEN["a PNG"]()), "dot.png"), name="Dot", alt="A dot")
    assert held == [False]
    assert "“Dot” is in the library." in page.text


def test_while_a_table_of_customers_is_recoded(owner, watched):
    held = watched(reading, "opened")
    owner.open("/staff/transfers")
    owner.send(file=table())
    assert (held, owner.path.rpartition("/")[0]) == ([False], "/staff/transfers")


def test_while_a_table_of_subscribers_is_recoded(owner, watched):
    held = watched(reading, "opened")
    path = f"/staff/audiences/{queries.default_audience().id}/import"
    db.session.rollback()
    owner.open(path)
    page = owner.send(path, file=table(), basis="Asked at the fair", given_on="2026-03-01")
    assert held == [False]
    assert "priya@shop.example" in page.text
