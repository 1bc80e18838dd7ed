"""One click to leave is answered well also when the database is not there; no mail begins after the answer."""

import contextlib
import sqlite3

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from portal.config import settings
from portal.foundation import signing
from portal.foundation.database import db
from portal.newsletter import mails, queries
from portal.newsletter.models import DeliveryState, Subscription, SubscriptionState
from portal.newsletter.sending import spool
from portal.newsletter.service import spooling
from tests.newsletter.campaigns import launched, send, states, subscribe
from tests.newsletter.sink import sink

pytestmark = pytest.mark.real


@contextlib.contextmanager
def away(monkeypatch):
    """The database takes nothing: another process writes for long, or nobody listens at its address any more."""
    db.session.remove()
    if db.engine.dialect.name == "sqlite":
        monkeypatch.setattr(spooling, "PATIENCE", 50)
        other = sqlite3.connect(str(db.engine.url.database), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
        other.close()
        return
    db.engine.dispose()

    def refuse(*_):
        raise OperationalError("connect", {}, OSError("Connection refused"))

    sa.event.listen(db.engine, "do_connect", refuse)
    try:
        yield
    finally:
        sa.event.remove(db.engine, "do_connect", refuse)


@pytest.fixture
def spooled(app):
    path = spool.path_of(settings().instance)
    path.unlink(missing_ok=True)
    yield path
    path.unlink(missing_ok=True)


def word_of(number):
    found = db.session.scalars(
        sa.select(Subscription).where(Subscription.email_key == f"zoe{number}@demo.example")
    ).one()
    word = signing.sign(mails.UNSUBSCRIBE, found.audience_id, found.id)
    db.session.commit()
    return word, found.id


def state_of(subscription_id):
    db.session.rollback()
    state = db.session.get_one(Subscription, subscription_id, populate_existing=True).state
    db.session.commit()
    return state


def test_a_click_while_the_database_is_away_is_kept_and_brought_in_later(app, client, spooled, monkeypatch):
    subscribe(3)
    word, subscription_id = word_of(1)
    with away(monkeypatch):
        monkeypatch.setattr(spooling, "PATIENCE", 600_000)  # of people at a page; a program would wait in vain
        answer = client.post(f"/u/{word}", data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.text) == (200, "Unsubscribed.\n")
    assert state_of(subscription_id) is SubscriptionState.ACTIVE
    assert spool.waiting(spooled) == [word]
    assert spooling.replay() == 1
    assert state_of(subscription_id) is SubscriptionState.UNSUBSCRIBED
    assert spool.waiting(spooled) == []
    assert spooling.replay() == 0


def test_a_click_on_the_page_is_kept_too(app, client, spooled, monkeypatch):
    subscribe(1)
    word, subscription_id = word_of(0)
    with away(monkeypatch), contextlib.suppress(OperationalError):  # the page itself asks what there is
        client.post(f"/u/{word}", data={"page": "1"})
    assert spool.waiting(spooled) == [word]
    assert spooling.replay() == 1
    assert state_of(subscription_id) is SubscriptionState.UNSUBSCRIBED


def test_who_waits_in_the_spool_is_not_written_to(app, spooled):
    subscribe(5)
    launched()
    word, _ = word_of(2)
    spool.keep(spooled, word)
    with sink() as server:
        send(app, server, connections=1)
    assert len(server.ids) == 4
    assert states() == {DeliveryState.ACCEPTED: 4, DeliveryState.SKIPPED: 1}


def test_a_word_that_nobody_made_is_refused_and_never_kept(app, client, spooled, monkeypatch):
    with away(monkeypatch):
        assert client.post("/u/AAAA", data={"List-Unsubscribe": "One-Click"}).status_code == 404
    assert not spooled.exists()
    assert queries.default_audience() is not None


def test_what_comes_while_the_spool_is_brought_in_stays(spooled):
    spool.keep(spooled, "first")
    before = spool.waiting(spooled)
    spool.keep(spooled, "second")
    spool.done(spooled, before)
    assert spool.waiting(spooled) == ["second"]
