"""Double opt-in: from the public form over the mailed link to the state in force."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.foundation import throttle
from portal.foundation.database import db
from portal.mail.models import OutboxMessage, State, Suppression
from portal.newsletter import rules
from portal.newsletter.models import FormVersion, Subscription
from portal.newsletter.service import consent, joining, retention
from tests import cast
from tests.mails import html_of, link_in, text_of
from tests.newsletter.ledger import PROOF, ZOE, ask, at_once, events, join, lines, rewrite, row, state
from tests.work import seen, told_apart


def test_the_form_writes_a_line_and_a_mail_and_subscribes_nobody(browser, mailbox):
    page = ask(browser)
    assert browser.path == "/newsletter/check-email"
    assert ZOE in page.text
    assert (state(), lines()) == ("pending", [("request", "public-form")])
    [mail] = mailbox()
    assert mail["To"] == ZOE
    assert "List-Unsubscribe" not in mail


def test_the_ledger_keeps_who_where_when_and_before_which_words(browser, clock):
    ask(browser)
    [kept] = events()
    assert kept.email == ZOE
    assert len(kept.subject_hmac) == 64
    assert kept.address == "127.0.0.1"
    assert kept.form_version.text.startswith(f"{rules.FORM_TEXT}\nNewsletter")
    assert kept.form_version.locale == "en"


def test_opening_the_link_changes_nothing(browser, mailbox, client):
    ask(browser)
    link = link_in(mailbox()[0], "/newsletter/confirm/")
    for _ in range(3):
        client.get(link)
        client.head(link)
        client.options(link)
    assert (state(), len(lines())) == ("pending", 1)


def test_pressing_the_button_subscribes_and_welcomes(browser, mailbox):
    join(browser, mailbox)
    assert "You’re subscribed" in browser.page.text
    assert state() == "active"
    assert lines() == [("request", "public-form"), ("confirm", "mailed-link")]
    assert events()[1].form_version.text == str(rules.CONFIRM_TEXT)
    welcome = mailbox()[-1]
    assert "subscribed" in welcome["Subject"]
    assert "/u/" in text_of(welcome)
    assert "/u/" in html_of(welcome)


def test_pressing_twice_is_harmless(browsers, mailbox):
    first, second = browsers(), browsers()
    ask(first)
    link = link_in(mailbox()[0], "/newsletter/confirm/")
    for browser in (first, second):
        browser.open(link)
    for browser in (first, second):
        assert "You’re subscribed" in browser.send().text
    assert (state(), len(lines()), len(mailbox())) == ("active", 2, 2)


def test_eight_presses_at_the_same_moment_make_one_subscription(app, browser, mailbox):
    app.config["WTF_CSRF_ENABLED"] = False
    ask(browser)
    link = link_in(mailbox()[0], "/newsletter/confirm/")
    answers = at_once(8, lambda: app.test_client().post(link).status_code)
    app.config["WTF_CSRF_ENABLED"] = True
    assert answers == [303] * 8
    assert lines() == [("request", "public-form"), ("confirm", "mailed-link")]
    assert state() == "active"
    assert len(mailbox()) == 2


def test_eight_wishes_at_the_same_moment_make_one_row(app):
    app.config["WTF_CSRF_ENABLED"] = False
    answers = at_once(8, lambda: app.test_client().post("/newsletter", data={"email": ZOE}).status_code)
    app.config["WTF_CSRF_ENABLED"] = True
    assert answers == [303] * 8
    assert len(lines()) == 8
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Subscription)) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(FormVersion)) == 1


def test_no_word_of_a_stranger_gets_into_the_mail(browser, mailbox):
    browser.open("/newsletter")
    browser.send("/newsletter", email=ZOE, name="Buy gold at spam.example", first_name="spam.example")
    assert "spam.example" not in mailbox()[0].as_string()


def test_who_left_comes_back_through_the_form(browser, mailbox, clock):
    way_out = join(browser, mailbox)
    browser.client.post(way_out, data={"List-Unsubscribe": "One-Click"})
    assert state() == "unsubscribed"
    clock.shift(timedelta(hours=1))
    join(browser, mailbox)
    assert state() == "active"
    assert [action for action, _ in lines()] == ["request", "confirm", "withdraw", "request", "confirm"]


def test_an_old_link_does_not_bring_back_who_has_left(browser, mailbox):
    ask(browser)
    link = link_in(mailbox()[0], "/newsletter/confirm/")
    consent.withdraw(row(), source=consent.ConsentSource.ONE_CLICK, proof=PROOF)
    db.session.commit()
    assert browser.open(link).status_code == 410
    ask(browser)  # or somebody else did
    assert browser.open(link).status_code == 410
    assert state() == "pending"


def test_who_is_subscribed_gets_no_mail_and_nobody_is_told(browser, mailbox):
    join(browser, mailbox)
    before = len(mailbox())
    ask(browser)
    assert len(mailbox()) == before
    assert state() == "active"


def test_a_link_runs_out_after_thirty_days_and_the_wish_is_forgotten(browser, mailbox, clock):
    ask(browser)
    link = link_in(mailbox()[0], "/newsletter/confirm/")
    clock.shift(timedelta(days=30))
    assert browser.open(link).status_code == 410
    assert retention.forget_unconfirmed() == 1
    db.session.commit()
    assert state() is None
    assert lines() == [("request", "public-form")]


def test_a_wish_is_not_forgotten_while_its_link_works(browser, clock):
    ask(browser)
    clock.shift(timedelta(days=29, hours=23))
    assert retention.forget_unconfirmed() == 0


def test_forgetting_a_wish_does_not_forget_that_somebody_left(browser, mailbox, clock):
    browser.client.post(join(browser, mailbox), data={"List-Unsubscribe": "One-Click"})
    ask(browser)
    assert state() == "pending"
    clock.shift(timedelta(days=31))
    retention.forget_unconfirmed()
    db.session.commit()
    assert state() == "unsubscribed"


@pytest.mark.parametrize("after", ["unsubscribed", "cleaned", "complained", "active"])
def test_a_changed_or_forged_confirmation_link_is_unknown(browser, mailbox, after):
    ask(browser)
    link = link_in(mailbox()[0], "/newsletter/confirm/")
    rewrite(state=after)
    for wrong in (link[:-1] + ("A" if link[-1] != "A" else "B"), link + "x", "/newsletter/confirm/x", link + "%00"):
        assert browser.open(wrong).status_code == 404


# Limits of confirmation mails


def test_one_confirmation_in_ten_minutes_and_three_a_day(browser, mailbox, clock):
    sent = []
    for minutes in (0, 5, 10, 10, 10, 60, 23 * 60):
        clock.shift(timedelta(minutes=minutes))
        ask(browser)
        sent.append(len(mailbox()))
    assert sent == [1, 1, 2, 3, 3, 3, 4]


def test_the_limit_is_the_same_for_two_spellings_of_one_mailbox(browser, mailbox, clock):
    for email in (ZOE, "ZOE@DEMO.example", "Zoe@demo.EXAMPLE"):
        ask(browser, email)
    assert [mail["To"] for mail in mailbox()] == [ZOE]


def test_a_network_address_may_ask_thirty_times_an_hour(browser, monkeypatch):
    monkeypatch.setattr(joining, "FORM", throttle.Limit("newsletter form", 3, timedelta(hours=1)))
    answers = [ask(browser, f"n{n}@demo.example").status_code for n in range(3)]
    ask(browser)
    assert answers == [200] * 3
    assert [ask(browser, email).status_code for email in ("n1@demo.example", ZOE)] == [429, 429]


def test_a_household_with_many_addresses_counts_as_one(browser, monkeypatch):
    monkeypatch.setattr(joining, "FORM", throttle.Limit("newsletter form", 3, timedelta(hours=1)))
    answers = []
    for n in range(4):
        browser.client.environ_base["REMOTE_ADDR"] = f"2001:db8::{n}"
        answers.append(ask(browser, f"n{n}@demo.example").status_code)
    assert answers == [200, 200, 200, 429]


# The same for everybody


STATES = ["unknown", "pending", "active", "unsubscribed", "cleaned", "complained", "suppressed", "customer"]


def test_the_form_answers_and_works_alike_for_every_address(browser, browsers, mailbox):
    ask(browser, "warm@demo.example")  # its words are on record from now on
    typed = {how: f"{how}@demo.example" for how in STATES}
    for how, email in typed.items():
        _stage(browser, how, email)
    tries = {how: _asking(browsers(), email) for how, email in typed.items()}
    assert told_apart(tries, typed) == {}


def test_the_page_that_follows_is_the_same_for_every_address(browser, browsers):
    pages = set()
    for how in STATES:
        _stage(browser, how, f"{how}@demo.example")
        pages.add(seen(ask(browsers(), f"{how}@demo.example"), f"{how}@demo.example"))
    assert len(pages) == 1


def _stage(browser, how, email):
    """Bring an address into a state."""
    if how == "customer":
        cast.customer(cast.Person("Zoe", "Zimmer", email))
    elif how == "suppressed":
        db.session.add(Suppression(email_key=email, reason="bounced"))
        db.session.commit()
    elif how != "unknown":
        ask(browser, email)
        db.session.execute(sa.update(Subscription).where(Subscription.email_key == email).values(state=how))
        db.session.commit()


def _asking(browser, email):
    browser.open("/newsletter")
    return lambda: browser.send("/newsletter", follow=False, email=email)


def test_an_address_that_must_not_be_written_to_gets_nothing(browser, mailbox):
    db.session.add(Suppression(email_key=ZOE, reason="bounced"))
    db.session.commit()
    ask(browser)
    assert mailbox() == []
    assert db.session.scalars(sa.select(OutboxMessage.state)).all() == [State.SUPPRESSED]


# Bad input


@pytest.mark.parametrize(
    "email",
    ["", " ", "x", "a@b", "a b@demo.example", "\0@demo.example", "z@demo.example\nBcc: x@y.example", "a" * 10_000],
)
def test_what_is_no_address_is_said_beside_the_field(browser, outbox, email):
    browser.open("/newsletter")
    page = browser.send("/newsletter", email=email)
    assert page.status_code == 422
    assert "There is a problem" in page.text
    assert "<title>Error:" in page.text
    assert outbox() == []


def test_a_form_without_its_secret_is_refused(client, outbox):
    assert client.post("/newsletter", data={"email": ZOE}).status_code == 400
    assert outbox() == []


def test_one_wording_is_kept_once(browser):
    ask(browser)
    ask(browser, "yan@demo.example")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(FormVersion)) == 1
