"""One click to leave is answered well also when the database is not there; no mail begins after the answer."""

import contextlib
import os
import sqlite3
import stat
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from portal.config import settings
from portal.foundation import signing
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.ledgers import verifying
from portal.newsletter import mails, queries
from portal.newsletter.models import (
    ConsentAction,
    ConsentEvent,
    ConsentSource,
    DeliveryState,
    Subscription,
    SubscriptionState,
)
from portal.newsletter.sending import spool
from portal.newsletter.service import spooling
from portal.newsletter.service.ledger import Proof
from portal.newsletter.service.spooling import Click
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


def withdrawals():
    found = list(db.session.scalars(sa.select(ConsentEvent).where(ConsentEvent.action == ConsentAction.WITHDRAW)))
    db.session.commit()
    return found


def test_a_click_while_the_database_is_away_is_kept_and_brought_in_later_as_of_its_moment(
    app, client, spooled, monkeypatch, clock
):
    subscribe(3)
    word, subscription_id = word_of(1)
    answered_at = now()
    with away(monkeypatch):
        monkeypatch.setattr(spooling, "PATIENCE", 600_000)  # of people at a page; a program would wait in vain
        answer = client.post(f"/u/{word}", data={"List-Unsubscribe": "One-Click"}, headers={"User-Agent": "Mailbox/1"})
    assert (answer.status_code, answer.text) == (200, "Unsubscribed.\n")
    assert state_of(subscription_id) is SubscriptionState.ACTIVE
    assert [spooling.left_by(line) for line in spool.waiting(spooled)] == [subscription_id]
    clock.shift(timedelta(hours=1))
    assert spooling.replay() == 1
    assert state_of(subscription_id) is SubscriptionState.UNSUBSCRIBED
    [line] = withdrawals()
    assert (line.at, line.source, line.address) == (answered_at, ConsentSource.ONE_CLICK, "127.0.0.1")
    assert line.page == "/u/<token>"
    assert db.session.get_one(Subscription, subscription_id).changed_at == answered_at
    assert verifying.verify().faults == []
    db.session.commit()
    assert spool.waiting(spooled) == []
    assert spooling.replay() == 0


def test_a_button_that_is_pressed_while_the_database_is_away_is_answered_too(app, client, spooled, monkeypatch):
    subscribe(1)
    word, subscription_id = word_of(0)
    with away(monkeypatch):
        answer = client.post(f"/u/{word}", data={"page": "1"})
    assert answer.status_code == 200
    assert "You’re unsubscribed" in answer.text
    assert spooling.replay() == 1
    assert state_of(subscription_id) is SubscriptionState.UNSUBSCRIBED
    assert [line.source for line in withdrawals()] == [ConsentSource.MAILED_LINK]


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_click_on_somebody_whom_a_lock_holds_goes_to_the_spool(app, client, spooled, monkeypatch, by_hand):
    if db.engine.name == "sqlite":
        pytest.skip("locks no rows")
    monkeypatch.setattr(spooling, "PATIENCE", 50)
    monkeypatch.setitem(spooling.OF_PROGRAMS, "postgresql", 50)
    subscribe(1)
    word, who = word_of(0)
    with db.engine.connect() as holder:
        holder.execute(sa.select(Subscription.id).where(Subscription.id == who).with_for_update())
        data = {"page": "1"} if by_hand else {"List-Unsubscribe": "One-Click"}
        assert client.post(f"/u/{word}", data=data).status_code == 200
        assert len(spool.waiting(spooled)) == 1
    assert state_of(who) is SubscriptionState.ACTIVE
    assert spooling.replay() == 1
    assert state_of(who) is SubscriptionState.UNSUBSCRIBED
    with db.engine.connect() as later:
        assert later.scalar(sa.text("SHOW lock_timeout")) == "0"


def test_who_waits_in_the_spool_is_not_written_to(app, spooled):
    subscribe(5)
    launched()
    word, _ = word_of(2)
    spool.keep(spooled, str(Click(word, ConsentSource.ONE_CLICK, Proof(), now())))
    with sink() as server:
        send(app, server, connections=1)
    assert len(server.ids) == 4
    assert states() == {DeliveryState.ACCEPTED: 4, DeliveryState.SKIPPED: 1}


def test_a_word_is_on_the_disk_when_it_counts_as_kept(spooled, monkeypatch):
    synced, fsync = [], os.fsync

    def noted(file):
        about = os.fstat(file)
        synced.append("its name" if stat.S_ISDIR(about.st_mode) else about.st_size)
        fsync(file)

    monkeypatch.setattr(spool.os, "fsync", noted)
    spool.keep(spooled, "first")
    spool.keep(spooled, "second")
    spool.done(spooled, ["first", "second"])
    assert synced == [len("first\n"), "its name", len("first\nsecond\n"), 0, "its name"]


def test_a_sender_sees_each_word_that_comes(spooled):
    reader = spool.Reader(spooled, int)
    seen = [reader.left()]
    for word in ("7", "8"):
        spool.keep(spooled, word)
        seen.append(reader.left())
    assert seen == [frozenset(), {7}, {7, 8}]


def test_a_line_that_a_power_cut_left_unfinished_spoils_no_other(app, spooled):
    subscribe(1)
    word, subscription_id = word_of(0)
    spool.keep(spooled, "first")
    with spooled.open("a") as file:
        file.write('{"token": "AAAA", "at')
    spool.keep(spooled, str(Click(word, ConsentSource.ONE_CLICK, Proof(), now())))
    assert [spooling.left_by(line) for line in spool.waiting(spooled)] == [None, None, subscription_id]
    assert spooling.replay() == 3
    assert state_of(subscription_id) is SubscriptionState.UNSUBSCRIBED


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
