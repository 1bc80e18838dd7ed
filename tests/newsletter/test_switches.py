"""Subscribing with an account: at registration, on the account's page, by staff; and what the page tells."""

import pytest

from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.foundation.database import db
from portal.newsletter import queries, rules
from portal.newsletter.errors import ConsentNeeded
from portal.newsletter.models import ConsentSource, SubscriptionState
from portal.newsletter.service import consent
from tests import cast
from tests.newsletter.ledger import PROOF, ask, events, lines, rewrite, row, sign_in, state

CLARA = Actor(ActorKind.STAFF, 1, "Clara Clerk")
EMAIL = cast.ANN.email


@pytest.fixture
def ann(app):
    return cast.customer(cast.ANN)


@pytest.fixture
def at_home(browser, ann):
    """Ann's browser, signed in."""
    sign_in(browser, ann)
    return browser


def register(ann):
    consent.subscribe_with_account(ann, text=str(rules.TICK_TEXT), source=ConsentSource.REGISTRATION, proof=PROOF)
    db.session.commit()


def test_the_tick_at_registration_counts_at_once(ann, mailbox):
    register(ann)
    assert state(EMAIL) == "active"
    assert lines() == [("request", "registration"), ("confirm", "registration")]
    assert {event.form_version.text for event in events()} == {str(rules.TICK_TEXT)}
    assert row(EMAIL).customer_id == ann.id
    [welcome] = mailbox()
    assert welcome["List-Unsubscribe"]


@pytest.mark.parametrize("before", list(SubscriptionState))
def test_a_proven_tick_brings_back_from_every_state(ann, browser, before):
    ask(browser, EMAIL)
    rewrite(state=before)
    register(ann)
    assert state(EMAIL) == "active"
    assert len(queries.of_customer(ann)) == 1


def test_a_switch_turns_it_on_and_off(at_home, mailbox):
    audience = str(queries.default_audience().id)
    at_home.open("/account/newsletters")
    at_home.send("/account/newsletters", audience=audience)
    assert "Email preferences saved." in at_home.page.text
    assert "You subscribed on" in at_home.page.text
    assert state(EMAIL) == "active"
    at_home.send("/account/newsletters", audience=None)
    assert state(EMAIL) == "unsubscribed"
    assert lines() == [("request", "account"), ("confirm", "account"), ("withdraw", "account")]
    assert mailbox() == []


def test_saving_what_is_so_already_writes_nothing(at_home, ann):
    register(ann)
    at_home.open("/account/newsletters")
    at_home.send("/account/newsletters")
    assert (state(EMAIL), len(lines())) == ("active", 2)


def test_saving_another_tick_does_not_end_a_wish_that_waits(at_home, browsers):
    ask(browsers(), EMAIL)
    at_home.open("/account/newsletters")
    assert "Not confirmed yet" in at_home.page.text
    at_home.send("/account/newsletters")
    assert state(EMAIL) == "pending"


def test_the_page_knows_what_was_subscribed_before_there_was_an_account(at_home, browsers):
    ask(browsers(), EMAIL.upper())
    rewrite(state="active")
    assert " checked" in at_home.open("/account/newsletters").text


def test_the_switch_is_for_the_signed_in_only(client):
    assert client.get("/account/newsletters").status_code == 303
    assert client.post("/account/newsletters").status_code in (400, 401)


# Staff


def test_staff_can_take_somebody_out(ann):
    register(ann)
    consent.set_by_staff(ann, wanted=False, by=CLARA, proof=PROOF)
    assert state(EMAIL) == "unsubscribed"
    assert (lines()[-1], events()[-1].actor) == (("withdraw", "staff"), "Clara Clerk")


def test_staff_can_only_ask_whether_somebody_wants_it(ann, mailbox):
    consent.set_by_staff(ann, wanted=True, by=CLARA, proof=PROOF)
    assert (state(EMAIL), lines()) == ("pending", [("admin", "staff")])
    assert "Confirm" in mailbox()[0]["Subject"]


@pytest.mark.parametrize("gone", ["unsubscribed", "cleaned", "complained"])
def test_staff_bring_nobody_back(ann, gone):
    register(ann)
    rewrite(state=gone)
    before = lines()
    with pytest.raises(ConsentNeeded):
        consent.set_by_staff(ann, wanted=True, by=CLARA, proof=PROOF)
    db.session.rollback()
    assert (state(EMAIL), lines()) == (gone, before)


# What others ask


def test_lists_of_customers_can_be_narrowed_by_the_newsletter(ann):
    import sqlalchemy as sa

    from portal.customers.models import Customer

    ben = cast.customer(cast.BEN)
    register(ann)

    def found(condition):
        return db.session.scalars(sa.select(Customer.id).where(condition)).all()

    assert found(queries.subscribed()) == [ann.id]
    assert found(~queries.subscribed()) == [ben.id]
    assert found(queries.state_is(SubscriptionState.PENDING)) == []


def test_the_history_of_an_address_is_told_in_words_newest_first(ann):
    register(ann)
    consent.withdraw(row(EMAIL), source=ConsentSource.ONE_CLICK, proof=PROOF)
    db.session.commit()
    told = queries.history_of(EMAIL.upper())
    assert [line.what for line in told] == [
        "Left Newsletter, by one click in the mailbox",
        "Confirmed Newsletter, at registration",
        "Asked for Newsletter, at registration",
    ]
    assert told[0].who == "203.0.113.7 · Firefox on Linux"
    assert told[1].quote == str(rules.TICK_TEXT)
