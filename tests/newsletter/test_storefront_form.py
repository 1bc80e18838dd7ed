"""The form on a storefront's page: another origin, no cookie, no script, the same answer for everybody."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.config import settings
from portal.foundation.database import db
from portal.mail.models import OutboxMessage
from portal.mail.service import suppress
from portal.newsletter import queries
from portal.newsletter.models import Audience, Subscription
from tests.mails import link_in, text_of
from tests.newsletter.ledger import ZOE, join, lines

ELSEWHERE = {"Origin": "https://www.shop.example", "Sec-Fetch-Site": "cross-site"}
JOIN = "/newsletter/join"


@pytest.fixture
def wine(app):
    audience = Audience(name="Wine", slug="wine", description="Once a month.")
    db.session.add(audience)
    db.session.commit()
    return audience


@pytest.fixture(autouse=True)
def shop_page(app, monkeypatch):
    """A page of a host that the shop named."""
    object.__setattr__(settings(), "storefront_hosts", ("www.shop.example",))
    yield "https://www.shop.example/thanks?x=1"
    object.__setattr__(settings(), "storefront_hosts", ())


def sent(client, **fields):
    return client.post(JOIN, data={"email": ZOE, **fields}, headers=ELSEWHERE)


def states():
    db.session.expire_all()
    return {row.audience.slug: row.state.value for row in queries.of_email(ZOE)}


def test_a_page_of_another_origin_may_ask_without_cookie_and_secret(client):
    answer = sent(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/newsletter/check-email")
    assert "Set-Cookie" not in answer.headers
    assert states() == {"newsletter": "pending"}
    assert lines() == [("request", "public-form")]


@pytest.mark.parametrize("origin", ["https://evil.example", "https://www.shop.example.evil.example", "null"])
def test_the_page_of_a_stranger_leads_to_our_own_form_with_what_was_typed(client, wine, origin):
    answer = client.post(JOIN, data={"email": ZOE, "audience": "wine"}, headers={"Origin": origin})
    assert answer.status_code == 200
    assert f'value="{ZOE}"' in answer.text
    assert 'name="audience" value="wine"' in answer.text
    assert (states(), lines()) == ({}, [])


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://localhost"}])
def test_our_own_pages_and_programs_without_a_page_may_ask(client, headers):
    assert client.post(JOIN, data={"email": ZOE}, headers=headers).status_code == 303
    assert states() == {"newsletter": "pending"}


def test_several_audiences_are_asked_for_by_one_mail_and_confirmed_by_one_press(client, browser, wine, mailbox):
    sent(client, audience=["newsletter", "wine"])
    [mail] = mailbox()
    assert "Newsletter”, “Wine" in text_of(mail)
    browser.open(link_in(mail, "/newsletter/confirm/"))
    assert states() == {"newsletter": "pending", "wine": "pending"}
    browser.send()
    assert states() == {"newsletter": "active", "wine": "active"}
    assert [action for action, _source in lines()] == ["request", "request", "confirm", "confirm"]


def test_who_left_one_of_them_meanwhile_is_not_brought_back_to_it(client, browser, wine, mailbox):
    sent(client, audience=["newsletter", "wine"])
    db.session.execute(sa.update(Subscription).where(Subscription.audience_id == wine.id).values(state="unsubscribed"))
    db.session.commit()
    browser.open(link_in(mailbox()[0], "/newsletter/confirm/"))
    browser.send()
    assert states() == {"newsletter": "active", "wine": "unsubscribed"}


@pytest.mark.parametrize("slug", ["picks", "no-such", "\0", "a" * 5000, "wine"])
def test_only_public_audiences_in_use_can_be_named(client, wine, slug):
    wine.retired_at = queries.default_audience().created_at
    db.session.add(Audience(name="Staff picks", slug="picks", is_public=False))
    db.session.commit()
    assert sent(client, audience=slug).status_code == 303
    assert states() == {"newsletter": "pending"}


def test_a_program_that_fills_everything_gets_the_same_answer_and_nothing_happens(client):
    answer = sent(client, website="https://gold.example")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/newsletter/check-email")
    assert (states(), lines()) == ({}, [])


def test_an_address_that_is_none_is_answered_by_our_own_page(client):
    answer = sent(client, email="zoe@")
    assert answer.status_code == 422
    assert "name@example.com" in answer.text


def test_the_way_back_leads_to_hosts_that_the_shop_named(client, shop_page):
    assert sent(client, next=shop_page).headers["Location"] == shop_page


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "https://www.shop.example@evil.example/",
        "https://www.shop.example:8443/",
        "https://www.shop.example\\@evil.example/",
        "javascript:alert(1)//www.shop.example",
        "https://www.shop.example/\r\nSet-Cookie: a=b",
        "https://[",
        "\0",
    ],
)
def test_it_leads_nowhere_else(client, shop_page, target):
    assert sent(client, next=target).headers["Location"] == "/newsletter/check-email"


def test_known_unknown_and_suppressed_addresses_get_the_same_answer(client, browser, mailbox):
    join(browser, mailbox)
    suppress("sue@demo.example", "bounced")
    db.session.commit()
    answers = [sent(client, email=email) for email in (ZOE, "sue@demo.example", "new@demo.example")]
    assert len({(answer.status_code, answer.headers["Location"], answer.data) for answer in answers}) == 1


def test_one_address_gets_three_mails_a_day_whatever_is_named(client, wine, mailbox, clock):
    for _hour in range(6):
        sent(client, audience="wine")
        clock.shift(timedelta(hours=1))
    assert len(mailbox()) == 3


def test_the_same_wish_twice_in_ten_minutes_is_one_mail(client, wine, mailbox, clock):
    for audience in (["wine"], ["wine"], ["newsletter", "wine"]):
        sent(client, audience=audience)
        clock.shift(timedelta(minutes=1))
    assert len(mailbox()) == 2  # the last one asks for something new
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == 3


# Single opt-in


def test_single_opt_in_takes_a_new_address_at_once_and_keeps_the_evidence(client, wine, mailbox):
    wine.single_opt_in = True
    db.session.commit()
    sent(client, audience="wine")
    assert states() == {"wine": "active"}
    assert lines() == [("request", "public-form"), ("confirm", "public-form")]
    assert ["subscribed" in mail["Subject"] for mail in mailbox()] == [True]


@pytest.mark.parametrize("hard", ["unsubscribed", "cleaned", "complained"])
def test_single_opt_in_brings_back_nobody_by_itself(client, wine, hard):
    wine.single_opt_in = True
    sent(client, audience="wine")
    db.session.execute(sa.update(Subscription).values(state=hard))
    db.session.commit()
    sent(client, audience="wine")
    assert states()["wine"] != "active"


def test_single_opt_in_does_not_take_who_left_or_is_not_written_to(client, browser, wine, mailbox, clock):
    wine.single_opt_in = True
    db.session.commit()
    sent(client, audience="wine")
    browser.client.post(link_in(mailbox()[-1], "/u/"), data={"List-Unsubscribe": "One-Click"})
    db.session.execute(sa.delete(Subscription))
    suppress("sue@demo.example", "bounced")
    db.session.commit()
    sent(client, audience="wine")
    assert states() == {"wine": "pending"}
    sent(client, email="sue@demo.example", audience="wine")
    assert queries.of_email("sue@demo.example")[0].state.value == "pending"
