"""Counted links: only where the campaign and the person say so, people apart from programs, and never an open door."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from portal.foundation import signing
from portal.foundation.database import db, transaction
from portal.newsletter.models import CampaignLink, DeliveryEvent, EventKind, Subscription
from portal.newsletter.rules import clicks, links
from portal.newsletter.rules.clicks import Touch
from portal.newsletter.sending.compiling import compiled
from portal.newsletter.sending.links import CLICK
from portal.newsletter.sending.message import Recipient
from portal.newsletter.service import clicking
from tests.newsletter.campaigns import campaign
from tests.newsletter.comings import events, result_of, sent_to, subscriptions, work_on

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
LAMPS, CHAIRS = "https://shop.example/lamps?a=1&b=2", "https://shop.example/chairs"
HTML = (
    '<p><a href="https://shop.example/lamps?a=1&amp;b=2">Brass <b>lamps</b></a> and '
    '<a class="m" href="https://shop.example/chairs"><img src="x" alt="Chairs"></a>, '
    '<a href="https://shop.example/{{ customer_number }}">yours</a>, '
    '<a href="{{ unsubscribe_url }}">Stop</a></p>'
)
TEXT = f"Lamps: {LAMPS}\nChairs: {CHAIRS}.\nMore: {CHAIRS}/more\nStop: {{{{ unsubscribe_url }}}}\n"


@pytest.fixture
def counted(app):
    """A campaign that counts clicks, sent to two people of whom the first lets hers be counted."""
    campaign_id = sent_to(2)
    first, _second = subscriptions()
    with transaction():
        row = campaign()
        row.tracks_clicks = True
        row.content.html, row.content.text = HTML, TEXT
        clicking.write_links(row)
        db.session.execute(sa.update(Subscription).where(Subscription.id == first.id).values(counts_clicks=True))
    return campaign_id, first.id


def link_ids() -> list[int]:
    ids = list(db.session.scalars(sa.select(CampaignLink.id).order_by(CampaignLink.position)))
    db.session.rollback()
    return ids


def address(place: int, subscription_id: int) -> str:
    return f"/c/{signing.sign(CLICK, link_ids()[place], subscription_id)}"


def mail(campaign_id: int, *, subscription_id: int, counts: bool) -> tuple[str, str]:
    made = compiled(campaign_id).make(Recipient(subscription_id, "zoe@demo.example", {"customer_number": "7"}, counts))
    found = message_from_bytes(made.data, policy=policy.default)
    return found.get_body(("html",)).get_content(), found.get_body(("plain",)).get_content()


def test_each_link_is_told_apart_with_what_its_readers_see(counted):
    rows = db.session.execute(
        sa.select(CampaignLink.url, CampaignLink.label).order_by(CampaignLink.position).where(CampaignLink.position > 0)
    )
    assert rows.tuples().all() == [(LAMPS, "Brass lamps"), (CHAIRS, "Chairs")]


def test_who_does_not_let_clicks_be_counted_gets_the_addresses_themselves(counted):
    campaign_id, first = counted
    html, text = mail(campaign_id, subscription_id=first, counts=False)
    assert "/c/" not in html + text
    assert 'href="https://shop.example/lamps?a=1&amp;b=2"' in html
    assert text.startswith(f"Lamps: {LAMPS}\r\nChairs: {CHAIRS}.\r\nMore: {CHAIRS}/more")


def test_who_does_gets_links_that_lead_there_by_a_word_of_their_own(counted, client):
    campaign_id, first = counted
    html, text = mail(campaign_id, subscription_id=first, counts=True)
    assert (html.count("/c/"), text.count("/c/")) == (3, 2)
    assert address(1, first) in html
    assert address(1, first) in text
    assert "https://shop.example/7" in html
    assert "/u/" in html
    assert client.get(address(1, first)).location == LAMPS


def test_a_campaign_that_counts_nothing_is_sent_as_it_was_written(counted):
    campaign_id, first = counted
    with transaction():
        campaign().tracks_clicks = False
    html, text = mail(campaign_id, subscription_id=first, counts=True)
    assert "/c/" not in html + text
    assert "display:none" not in html


def test_a_link_leads_only_where_the_table_says(counted, client):
    _campaign_id, first = counted
    good = address(2, first)
    answer = client.get(good)
    assert (answer.status_code, answer.location, answer.headers["Cache-Control"]) == (302, CHAIRS, "no-store")
    for forged in (good[:-2] + "AA", "/c/x", "/c/" + signing.sign(CLICK, 10**9, first), good + "?url=//evil.example"):
        location = client.get(forged).location
        assert location in (None, CHAIRS)
    other = "/c/" + signing.sign("other purpose", link_ids()[2], first)
    assert client.get(other).status_code == 404


def go(client, place: int, who: int, browser: str = FIREFOX, method: str = "GET", **headers: str) -> None:
    sent = {"User-Agent": browser, **{name.replace("_", "-"): value for name, value in headers.items()}}
    assert client.open(address(place, who), method=method, headers=sent).status_code == 302


def judged(clock) -> list[tuple[EventKind, str]]:
    clock.shift(timedelta(minutes=2))
    work_on()
    return events()


def test_a_link_that_need_not_be_noted_writes_nothing(counted, client, monkeypatch):
    _campaign_id, first = counted
    touch, noted = clicking.touch, []

    def seen(link, who, **more):
        noted.append(who)
        touch(link, who, **more)

    monkeypatch.setattr(clicking, "touch", seen)
    _first, second = subscriptions()
    for who in (first, first, second.id):
        go(client, 1, who)
    assert noted == [first]


def test_a_link_leads_on_while_nothing_can_be_written(counted, client, monkeypatch):
    _campaign_id, first = counted

    def breaks(*_args, **_more):
        raise OperationalError("", {}, Exception("database is locked"))

    monkeypatch.setattr(clicking, "touch", breaks)
    assert client.get(address(1, first)).location == LAMPS


def test_a_click_counts_once_an_hour_for_each_person_and_link(counted, client, clock):
    campaign_id, first = counted
    for _ in range(3):
        go(client, 1, first)
    assert judged(clock) == [(EventKind.CLICK, "")]
    go(client, 1, first)
    assert judged(clock) == [(EventKind.CLICK, "")]
    clock.shift(timedelta(hours=1))
    go(client, 1, first)
    assert len(judged(clock)) == 2
    found = result_of(campaign_id)
    assert (found.clickers, found.clicks, found.scans) == (1, 2, 0)


@pytest.mark.parametrize("asked", [{"DNT": "1"}, {"Sec_GPC": "1"}])
def test_who_asks_not_to_be_followed_is_taken_there_and_not_noted(counted, client, clock, asked):
    go(client, 1, counted[1], **asked)
    assert judged(clock) == []


def test_who_takes_back_that_clicks_are_counted_is_not_noted_from_then_on(counted, client, clock):
    with transaction():
        db.session.execute(sa.update(Subscription).values(counts_clicks=False))
    go(client, 1, counted[1])
    assert judged(clock) == []


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"method": "HEAD"}, "HEAD"),
        ({"browser": "Barracuda Sentinel (EE)"}, "barracuda"),
        (
            {"browser": "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b"},
            "bingpreview",
        ),
        ({"browser": "python-requests/2.32"}, "python"),
        ({"browser": ""}, "no name"),
    ],
)
def test_a_program_is_known_by_its_word_and_so_is_all_around_it(counted, client, clock, how, why):
    _campaign_id, first = counted
    go(client, 1, first, **how)
    go(client, 2, first)
    assert judged(clock) == [(EventKind.SCAN, why), (EventKind.SCAN, "known program")]
    go(client, 2, first)
    assert judged(clock)[2:] == [(EventKind.CLICK, "")]


def test_who_opens_the_link_that_no_person_sees_is_a_program(counted, client, clock):
    go(client, 1, counted[1])
    go(client, 0, counted[1])
    assert {kind for kind, _why in judged(clock)} == {EventKind.SCAN}


NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "programs"),
    [
        ([0, 1, 2], {0, 1, 2}),
        ([0, 1, 3], set()),
        ([0, 0.5], set()),
        ([0, 1, 2, 25, 60], {0, 1, 2, 3}),
        ([0, 20, 40, 60], set()),
    ],
)
def test_three_different_links_within_two_seconds_are_a_program(seconds, programs):
    touches = [Touch(place, place, NOON + timedelta(seconds=at)) for place, at in enumerate(seconds)]
    assert set(clicks.judge(touches)) == programs


def test_the_same_link_three_times_is_somebody_impatient():
    assert clicks.judge([Touch(place, 7, NOON) for place in range(3)]) == {}


@pytest.mark.parametrize(
    "browser", [FIREFOX, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 Safari/604.1"]
)
def test_a_persons_browser_is_no_program(browser):
    assert clicks.named(browser) == ""


def test_what_html_a_link_stands_in_does_not_matter():
    odd = (
        '<A  title="a" HREF="https://a.example/x">\n <b>A</b>\n</A><a href="mailto:x@a.example">m</a><a name="q">n</a>'
    )
    assert [(one.url, one.label) for one in links.found_in(odd)] == [("https://a.example/x", "A")]
    assert links.with_fields("<body><p>x</p></body>", {}).endswith("</a></body>")


def test_the_sums_tell_people_apart_from_programs_by_link_and_hour(counted, client, clock):
    campaign_id, first = counted
    second = subscriptions()[1].id
    with transaction():
        db.session.execute(sa.update(Subscription).values(counts_clicks=True))
    go(client, 1, first)
    go(client, 2, first)
    go(client, 1, second, method="HEAD")
    judged(clock)
    found = result_of(campaign_id)
    assert (found.clickers, found.clicks, found.scans) == (1, 2, 1)
    assert db.session.scalar(sa.select(sa.func.count()).where(DeliveryEvent.kind == EventKind.TOUCH)) == 0
