"""Of a mail and of whoever stops it at the same moment one comes first, and the other knows."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import sqlalchemy as sa

from portal.foundation.database import db, transaction
from portal.mail.service import suppress
from portal.newsletter.bounces import scoring
from portal.newsletter.models import Delivery, DeliveryState, Subscription
from portal.newsletter.sending.ledger import Ledger
from portal.newsletter.service import preferences
from tests.newsletter.campaigns import launched, subscribe

EMAIL = "Zoe0@demo.example"
WAITING = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")


def by_staff():
    suppress(EMAIL, "They called.")


def by_complaint():
    scoring.take_complaint(EMAIL)


def by_bounce():
    scoring.end_mail_to(EMAIL)


def counting_clicks():
    preferences.set_clicks(EMAIL, counted=True)


STOPS = {by_staff: "suppressed", by_complaint: "suppressed", by_bounce: "cleaned"}


@pytest.fixture
def sender(app):
    """The statements of a sender that has claimed the only recipient."""
    subscribe(1)
    launched()
    with closing(Ledger(db.engine, "sender")) as ledger:
        ledger.connect()
        yield ledger


@pytest.fixture
def beside(app):
    """Start something in a thread of its own, and go on when it waits for a lock or has ended."""
    with ThreadPoolExecutor(1) as pool:

        def start(call):
            def within():
                with app.app_context():
                    return call()

            future = pool.submit(within)
            if db.engine.dialect.name == "postgresql":
                with db.engine.connect() as watcher:
                    while not future.done() and not watcher.scalar(WAITING):
                        watcher.rollback()
            return future

        yield start


def claimed(sender):
    with sender.transaction():
        chunk = sender.claim()
    [who] = sender.waiting(chunk)
    return chunk, who.id


def delivery():
    found = DeliveryState(db.session.scalar(sa.select(Delivery.state)))
    db.session.commit()
    return found


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.__name__)
def test_a_mail_that_is_about_to_begin_waits_for_who_stops_it_and_does_not_begin(sender, beside, stop):
    chunk, who = claimed(sender)
    with transaction():
        stop()
        db.session.flush()
        begun = beside(lambda: sender.begin(chunk, who))
    assert begun.result() == STOPS[stop]
    assert delivery() is DeliveryState.QUEUED


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.__name__)
def test_who_stops_a_mail_that_begins_is_answered_after_it_has_begun(sender, beside, stop):
    chunk, who = claimed(sender)

    def stopped():
        with transaction():
            stop()
        return delivery()

    with sender.transaction():
        assert sender.begin(chunk, who) == ""
        seen = beside(stopped)
    assert seen.result() is DeliveryState.INTENT


def test_a_change_that_stops_nobody_only_has_the_sender_ask_again(sender, beside):
    chunk, who = claimed(sender)
    with transaction():
        counting_clicks()
        db.session.flush()
        begun = beside(lambda: sender.begin(chunk, who))
    assert begun.result() == ""
    assert delivery() is DeliveryState.INTENT
    assert db.session.get_one(Subscription, who).counts_clicks
