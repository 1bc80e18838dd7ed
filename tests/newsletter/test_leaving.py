"""The way out: one click for a mailbox, one button for a person, for ever."""

import base64

import pytest
import sqlalchemy as sa

from portal.foundation import crypto, signing
from portal.foundation.crypto import Ring
from portal.foundation.database import db
from portal.newsletter import mails, queries
from portal.newsletter.models import Audience, ConsentEvent, Subscription
from tests.mails import link_in
from tests.newsletter.ledger import ZOE, ask, join, lines, rewrite, row, state

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
JOINED = [("request", "public-form"), ("confirm", "mailed-link")]


@pytest.fixture
def way_out(browsers, mailbox):
    """The path that Zoe's welcome mail carries."""
    return join(browsers(), mailbox)


def header_path(mail):
    return mail["List-Unsubscribe"].strip("<>").removeprefix("http://localhost")


def test_the_welcome_mail_offers_the_mailbox_one_click(way_out, mailbox):
    mail = mailbox()[-1]
    assert mail["List-Unsubscribe"].startswith("<http://localhost/u/")
    assert mail["List-Unsubscribe"].count("<") == 1
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Id"] == "Newsletter <newsletter.localhost>"
    assert header_path(mail) == way_out


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_one_click_ends_it_without_cookie_redirect_or_question(client, way_out, kind):
    answer = client.post(way_out, data=ONE_CLICK, content_type=kind)
    assert answer.status_code == 200
    assert len(answer.data) < 100
    assert "Set-Cookie" not in answer.headers
    assert "Location" not in answer.headers
    assert (state(), lines()) == ("unsubscribed", [*JOINED, ("withdraw", "one-click")])


@pytest.mark.parametrize("body", [b"", b"List-Unsubscribe=One-Click&x=%00", b"\xff\xfe", b"{}"])
def test_a_mailbox_that_sends_something_else_is_understood_all_the_same(client, way_out, body):
    assert client.post(way_out, data=body, content_type="text/plain").status_code == 200
    assert state() == "unsubscribed"


def test_twice_is_harmless(client, way_out):
    answers = [client.post(way_out, data=ONE_CLICK) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200}
    assert lines().count(("withdraw", "one-click")) == 1


def test_opening_the_link_changes_nothing(client, way_out):
    for _ in range(3):
        assert client.get(way_out).status_code == 200
        assert client.head(way_out).status_code == 200
        client.options(way_out)
        client.get(way_out.replace("/u/", "/newsletter/preferences/"))
    assert (state(), lines()) == ("active", JOINED)


def test_a_person_presses_one_button(browser, way_out):
    browser.open(way_out)
    page = browser.send()
    assert page.status_code == 200
    assert "You’re unsubscribed" in page.text
    assert (state(), lines()[-1]) == ("unsubscribed", ("withdraw", "mailed-link"))


def test_the_link_works_signed_out_and_without_the_forms_secret(client, way_out):
    assert client.post(way_out, data={"page": "1"}).status_code == 200
    assert state() == "unsubscribed"


def test_the_link_works_when_the_subscription_is_gone(client, way_out):
    db.session.execute(sa.delete(Subscription))
    db.session.commit()
    assert client.post(way_out, data=ONE_CLICK).status_code == 200
    assert client.get(way_out).status_code == 200
    assert client.get(way_out.replace("/u/", "/newsletter/preferences/")).status_code == 200


def test_the_link_works_when_the_audience_never_was_or_is_gone(app, client):
    gone = f"/u/{signing.sign(mails.UNSUBSCRIBE, 4711, 4712)}"
    assert client.post(gone, data=ONE_CLICK).status_code == 200


def test_an_id_never_comes_to_mean_somebody_else(client, browser, way_out):
    db.session.execute(sa.delete(Subscription))
    db.session.commit()
    ask(browser, "yan@demo.example")
    rewrite(state="active")
    client.post(way_out, data=ONE_CLICK)
    assert state("yan@demo.example") == "active"


@pytest.mark.parametrize("hard", ["cleaned", "complained"])
def test_leaving_softens_nothing(client, way_out, hard):
    rewrite(state=hard)
    assert client.post(way_out, data=ONE_CLICK).status_code == 200
    assert state() == hard


# Forged links


def test_every_flipped_bit_makes_a_link_unknown(client, way_out):
    token = way_out.removeprefix("/u/")
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    assert len(raw) == 32
    for place in range(len(raw) * 8):
        wrong = bytearray(raw)
        wrong[place // 8] ^= 1 << place % 8
        path = f"/u/{base64.urlsafe_b64encode(wrong).decode().rstrip('=')}"
        assert client.post(path, data=ONE_CLICK).status_code == 404, place
    assert state() == "active"


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "A", lambda t: t + "=", lambda t: t.swapcase()])
def test_another_spelling_is_unknown(client, way_out, change):
    wrong = f"/u/{change(way_out.removeprefix('/u/'))}"
    assert client.get(wrong).status_code == 404
    assert client.post(wrong, data=ONE_CLICK).status_code == 404
    assert state() == "active"


@pytest.mark.parametrize("token", ["x", "%00", "a" * 10_000, "é", "..%2f..", "AAAA"])
def test_nonsense_is_unknown(app, client, token):
    assert client.get(f"/u/{token}").status_code == 404
    assert client.get(f"/newsletter/preferences/{token}").status_code == 404


def test_a_signature_for_something_else_is_unknown(app, client, way_out):
    other = signing.sign("something else", row().audience_id, row().id)
    assert client.post(f"/u/{other}", data=ONE_CLICK).status_code == 404


def test_a_key_rotation_ends_no_link(app, client, way_out):
    ring = app.extensions[crypto.EXTENSION]
    app.extensions[crypto.EXTENSION] = Ring(("a newer key, also long enough for anyone", *ring.masters))
    try:
        assert client.post(way_out, data=ONE_CLICK).status_code == 200
        assert state() == "unsubscribed"
        assert len(queries.history_of(ZOE)) == 4  # asked, mailed, confirmed, left
    finally:
        app.extensions[crypto.EXTENSION] = ring


# Preferences behind the same link


@pytest.fixture
def wine(app):
    """A second audience that people may choose."""
    audience = Audience(name="Wine", slug="wine", description="Once a month.")
    db.session.add(audience)
    db.session.commit()
    return audience


def preferences(way_out):
    return way_out.replace("/u/", "/newsletter/preferences/")


def test_unticking_ends_it_at_once(browser, way_out):
    browser.open(preferences(way_out))
    browser.send(audience=None)
    assert "Email preferences saved." in browser.page.text
    assert (state(), lines()[-1]) == ("unsubscribed", ("withdraw", "mailed-link"))


def test_ticking_asks_for_a_confirmation_because_a_mail_may_have_been_forwarded(browser, way_out, wine, mailbox):
    browser.open(preferences(way_out))
    assert "Wine" in browser.page.text
    browser.send(audience=[str(row().audience_id), str(wine.id)])
    assert [found.state.value for found in queries.of_email(ZOE)] == ["active", "pending"]
    browser.open(link_in(mailbox()[-1], "/newsletter/confirm/"))
    browser.send()
    db.session.expire_all()
    assert [found.state.value for found in queries.of_email(ZOE)] == ["active", "active"]


def test_the_ledger_keeps_the_words_beside_the_tick(browser, way_out, wine):
    browser.open(preferences(way_out))
    browser.send(audience=[str(row().audience_id), str(wine.id)])
    event = db.session.scalars(sa.select(ConsentEvent).order_by(ConsentEvent.id.desc())).first()
    assert "Wine" in event.form_version.text
    assert "Once a month." in event.form_version.text


def test_a_private_audience_cannot_be_chosen(browser, way_out, wine):
    wine.is_public = False
    db.session.commit()
    browser.open(preferences(way_out))
    browser.send(audience=[str(row().audience_id), str(wine.id)])
    assert len(queries.of_email(ZOE)) == 1


def test_preferences_need_the_forms_secret(client, way_out):
    assert client.post(preferences(way_out), data={}).status_code == 400
    assert state() == "active"


@pytest.mark.parametrize("tick", ["0", "-1", "x", "\0", "9" * 5000, "٣"])
def test_a_tick_that_is_none_counts_for_nothing(browser, way_out, tick):
    browser.open(preferences(way_out))
    assert browser.send(audience=[str(row().audience_id), tick]).status_code == 200
    assert (state(), len(lines())) == ("active", 2)
