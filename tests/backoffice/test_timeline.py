"""The timeline of a customer: one order over all sources, each entry once, however it is paged."""

import re
from datetime import timedelta

import pytest

from portal.accounts.models import SessionKind
from portal.accounts.service import sessions
from portal.accounts.service.sessions import Visitor
from portal.audit.service import SYSTEM, Subject, record
from portal.backoffice.customers import timeline
from portal.customers.service import records, status
from portal.foundation.database import db
from portal.mail import service as mail
from portal.newsletter import queries as newsletter
from portal.newsletter.service import consent
from portal.newsletter.service.consent import Proof
from tests import cast
from tests.backoffice.desk import at_desk

PATH = "/staff/customers/T-ANN?tab=timeline"


@pytest.fixture
def busy(app, clock):
    """Ann, to whom thirty things of four kinds happened, some of them at the same moment."""
    ann = cast.customer(cast.ANN)
    for number in range(10):
        record("customer.changed", records.subject(ann), by=SYSTEM, reason=f"change {number}")
        mail.post("customers.invitation", ann.email, customer=ann.id)
        sessions.open_session(ann.account, SessionKind.CUSTOMER, Visitor("192.0.2.1", f"Browser {number}"))
        db.session.commit()
        if number % 2:
            clock.shift(timedelta(minutes=1))
    consent.invite(ann, newsletter.default_audience(), by=SYSTEM, proof=Proof())
    db.session.commit()
    return ann


def pages(customer, size):
    found, after = [], ""
    while True:
        stream = timeline.page(customer, after=after, size=size)
        found.append(stream)
        if not stream.after:
            return found
        after = stream.after


def told(stream):
    return [(entry["what"], entry["when"], entry.get("who"), entry.get("quote")) for entry in stream.entries]


@pytest.mark.parametrize("size", [1, 3, 7])
def test_every_entry_is_shown_once_however_the_stream_is_paged(busy, size):
    whole = told(timeline.page(busy))
    assert len(whole) == 32  # with the line and the mail of the newsletter
    assert [entry for stream in pages(busy, size) for entry in told(stream)] == whole
    moments = [when for _, when, _, _ in whole]
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize("size", [1, 4])
def test_the_way_back_shows_the_same_pages(busy, size):
    forth = pages(busy, size)
    back, before = [], forth[-1].before
    while before:
        stream = timeline.page(busy, before=before, size=size)
        back.append(told(stream))
        before = stream.before
    assert back[::-1] == [told(stream) for stream in forth[:-1]]


def test_the_page_shows_all_sources_and_narrows_to_one(busy, browser):
    clerk = at_desk(browser, "clerk")
    page = clerk.open(PATH).text
    for words in ("Details changed", "change 9", "Mail: Invitation", "Signed in", "Browser 9", "by staff"):
        assert words in page
    page = clerk.open(PATH + "&only=sign-ins").text
    assert "Signed in" in page
    assert "Mail: Invitation" not in page


def test_somebody_without_account_or_address_has_a_timeline(app, browser):
    tom = cast.customer(cast.Person("Tom", "Till", "", "+91 98765 00000"), with_account=False)
    tom.email_key = None
    db.session.commit()
    clerk = at_desk(browser, "clerk")
    assert "Nothing is on record yet" in clerk.open("/staff/customers/T-TOM?tab=timeline").text
    status.disable(tom, "Asked to", SYSTEM)
    db.session.commit()
    assert "Disabled" in clerk.open("/staff/customers/T-TOM?tab=timeline").text


def test_entries_of_others_stay_with_them(busy, browser):
    ben = cast.customer(cast.BEN)
    record("customer.changed", Subject("customer", ben.id, ben.name), by=SYSTEM, reason="of Ben alone")
    db.session.commit()
    assert "of Ben alone" not in at_desk(browser, "clerk").open(PATH).text


@pytest.mark.parametrize(
    "mark",
    [
        "x",
        "~~",
        "2026-11-21T12:00:00+00:00~0~99999999999999",
        "2026-11-21T12:00:00~0~1",
        "9999-01-01T00:00:00+00:00~0~1",
        "2026-11-21T12:00:00+00:00~٣~1",
        "\0",
    ],
)
@pytest.mark.parametrize("way", ["after", "before"])
def test_a_mark_that_is_none_leads_to_the_first_page(busy, way, mark):
    assert told(timeline.page(busy, **{way: mark})) == told(timeline.page(busy))


def test_marks_survive_an_address(busy, browser, monkeypatch):
    monkeypatch.setattr(timeline.page, "__kwdefaults__", {**timeline.page.__kwdefaults__, "size": 5})
    clerk = at_desk(browser, "clerk")
    page = clerk.open(PATH)
    following = re.search(r'href="([^"]+)" rel="next"', page.text)[1].replace("&amp;", "&")
    assert clerk.open(following).text.count('<div class="when">') == 5
