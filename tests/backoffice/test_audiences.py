"""Who marketing sees in an audience, and the list as a file."""

import csv
import io
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import SessionKind
from portal.accounts.service import sessions
from portal.accounts.service.sessions import Visitor
from portal.audit.models import AuditEntry
from portal.foundation import csvfile, emails
from portal.foundation.database import db
from portal.newsletter import queries
from portal.newsletter.models import Subscription, SubscriptionState
from portal.newsletter.queries import subscribers
from portal.newsletter.rules.segments import Row
from portal.staff.rules import ROLES, Permission
from tests import cast
from tests.newsletter.people import every, none_of, segment


@pytest.fixture
def at_work(browser):
    """Somebody of a role, signed in."""

    def enter(role, person=cast.MARK, permissions=None):
        member = cast.member(person, role, set(ROLES[role]) if permissions is None else permissions)
        handle = sessions.open_session(member.account, SessionKind.STAFF, Visitor())
        db.session.commit()
        with browser.client.session_transaction() as cookie:
            cookie["staff"] = handle
        return browser

    return enter


def add(*addresses, state=SubscriptionState.ACTIVE):
    audience = queries.default_audience()
    db.session.add_all(
        Subscription(audience_id=audience.id, email=email, email_key=emails.key(email), state=state)
        for email in addresses
    )
    db.session.commit()
    return f"/staff/audiences/{audience.id}"


def rows_of(answer):
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def test_the_list_counts_each_state(at_work):
    add("a@demo.example", "b@demo.example")
    add("c@demo.example", state=SubscriptionState.UNSUBSCRIBED)
    page = at_work("marketing").open("/staff/audiences")
    assert page.status_code == 200
    counts = queries.counts()[queries.default_audience().id]
    assert counts == {SubscriptionState.ACTIVE: 2, SubscriptionState.UNSUBSCRIBED: 1}


def test_subscribers_come_in_pages_newest_first(at_work, browser):
    path = add(*(f"p{n:03}@demo.example" for n in range(120)))
    page = at_work("marketing").open(path)
    seen = []
    for _ in range(3):
        seen.append([f"p{n:03}@demo.example" in page.text for n in range(120)])
        after = page.text.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
        page = browser.open(after)
    assert [sum(found) for found in seen] == [50, 50, 20]
    assert [sum(column) for column in zip(*seen, strict=True)] == [1] * 120


def test_the_list_is_narrowed_by_state_and_address(at_work, browser):
    path = add("ann@demo.example", "ben@demo.example")
    add("cid@demo.example", state=SubscriptionState.UNSUBSCRIBED)
    at_work("marketing")
    assert "cid@demo.example" not in browser.open(path).text
    assert "ben@demo.example" not in browser.open(f"{path}?q=ANN").text
    assert "cid@demo.example" in browser.open(f"{path}?state=unsubscribed").text
    assert "cid@demo.example" in browser.open(f"{path}?state=all").text
    assert "Nobody found" in browser.open(f"{path}?q=%25").text


@pytest.mark.parametrize("query", ["state=x", "q=%00", "q=" + "a" * 3000, "after=x", "before=%F0", "state=all&after=="])
def test_nonsense_in_the_address_leads_to_the_page(at_work, query):
    path = add("ann@demo.example")
    assert at_work("marketing").open(f"{path}?{query}").status_code == 200


@pytest.mark.parametrize(
    "path", ["/staff/audiences/4711", "/staff/audiences/99999999999999999999", "/staff/audiences/0"]
)
def test_an_audience_that_is_none_is_not_found(at_work, path):
    assert at_work("owner").open(path).status_code == 404


def test_the_file_holds_exactly_what_the_page_shows(at_work, browser):
    ann = cast.customer(cast.ANN)
    path = add(cast.ANN.email, "ben@demo.example")
    add("cid@demo.example", state=SubscriptionState.PENDING)
    at_work("marketing")
    head, *rows = rows_of(browser.open(f"{path}/export.csv"))
    assert head == ["email", "state", "since", "customer_number", "first_name", "last_name"]
    assert [row[0] for row in rows] == [cast.ANN.email, "ben@demo.example"]
    assert rows[0][3:] == [ann.number, "Ann", "Adeyemi"]
    assert [row[0] for row in rows_of(browser.open(f"{path}/export.csv?state=pending"))[1:]] == ["cid@demo.example"]
    assert len(rows_of(browser.open(f"{path}/export.csv?state=all&q=b"))) == 2


def test_the_file_is_for_spreadsheets_and_nobody_keeps_it(at_work):
    path = add("ann@demo.example")
    answer = at_work("marketing").open(f"{path}/export.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="newsletter-active.csv"'
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("file", ["export.csv", "segments/{segment}/export.csv"])
def test_the_file_is_for_who_has_just_signed_in(at_work, clock, file):
    path = (
        f"{add(cast.ANN.email)}/{file.format(segment=segment('Customers', every(Row('customer', 'is', 'record'))).id)}"
    )
    browser = at_work("marketing")
    assert browser.client.get(path).mimetype == "text/csv"
    clock.shift(timedelta(minutes=6))
    assert browser.client.get(path).location.startswith("/staff/confirm?next=")


def test_no_cell_is_calculated_by_a_spreadsheet(at_work):
    evil = cast.Person("=HYPERLINK(1)", "@SUM(1)", "+evil@demo.example")
    cast.customer(evil, number="-1")
    path = add(evil.email, "=cmd@demo.example")
    rows = rows_of(at_work("marketing").open(f"{path}/export.csv"))[1:]
    assert [row[0] for row in rows] == ["'+evil@demo.example", "'=cmd@demo.example"]
    assert rows[0][3:] == ["'-1", "'=HYPERLINK(1)", "'@SUM(1)"]
    assert [csvfile.plain(text) for text in rows[0][3:]] == ["-1", "=HYPERLINK(1)", "@SUM(1)"]


def test_the_audit_log_says_who_took_how_many(at_work):
    path = add("ann@demo.example", "ben@demo.example")
    at_work("marketing").open(f"{path}/export.csv")
    [entry] = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.verb == "audience.exported"))
    assert entry.actor_name == "Mark Marketing"
    assert entry.subject_name == "Newsletter"
    assert entry.changes["rows"] == [None, 2]


def test_the_file_is_read_bit_by_bit_and_holds_no_transaction(at_work, browser, monkeypatch):
    monkeypatch.setattr(subscribers, "AT_ONCE", 10)
    path = add(*(f"p{n:03}@demo.example" for n in range(35)))
    at_work("marketing")
    assert len(rows_of(browser.open(f"{path}/export.csv"))) == 36
    found = subscribers.exported(subscribers.Sought(queries.default_audience().id))
    next(found)
    assert not db.session().in_transaction()


def test_who_may_look_may_not_export(at_work, browser):
    path = add("ann@demo.example")
    at_work("looker", permissions={Permission.AUDIENCE_VIEW})
    assert "export.csv" not in browser.open(path).text
    assert browser.open(f"{path}/export.csv").status_code == 403


def test_a_clerk_opens_none_of_it(at_work, browser):
    path = add("ann@demo.example")
    at_work("clerk", cast.CLARA)
    for address in ("/staff/audiences", path, f"{path}/export.csv"):
        assert browser.open(address).status_code == 403


def test_above_the_size_that_asks_for_a_second_member_nobody_takes_a_list_out_alone(at_work, shop_wants):
    shop_wants(export_second_person=2)
    path = add("ann@demo.example", "ben@demo.example", "zoe@demo.example")
    everybody = segment("Everybody", none_of(Row("customer", "is", "record")))
    browser = at_work("owner", cast.OTTO)
    for address in (f"{path}/export.csv", f"{path}/segments/{everybody.id}/export.csv"):
        answer = browser.open(address)
        assert answer.status_code == 409
        assert "3 addresses" in answer.text
        assert "ann@demo.example" not in answer.text
        assert browser.client.head(address).status_code == 409
    assert len(rows_of(browser.open(f"{path}/export.csv?q=ann"))) == 2
    assert db.session.scalars(sa.select(AuditEntry.verb).where(AuditEntry.verb == "audience.exported")).all() == [
        "audience.exported"
    ]
