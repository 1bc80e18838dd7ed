"""Of a mail and of whoever stops it at the same moment one comes first, and the other knows."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import sqlalchemy as sa

from portal.foundation.clock import now
from portal.foundation.database import db, transaction
from portal.mail.service import suppress
from portal.newsletter.bounces import scoring
from portal.newsletter.models import Delivery, DeliveryChunk, DeliveryState, Subscription
from portal.newsletter.sending import recovery, results
from portal.newsletter.sending.journal import Journal, Owner, TakenOver, read
from portal.newsletter.sending.ledger import Ledger
from portal.newsletter.service import preferences
from tests.newsletter.campaigns import launched, send, subscribe
from tests.newsletter.sink import sink

pytestmark = pytest.mark.real
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


def test_who_learns_that_its_chunk_was_taken_from_it_does_not_send_what_it_has_in_hand(app):
    subscribe(4)
    launched()
    engine = db.engine

    def taken_by_another(_):
        server.to_recipient = lambda _: b"250 OK"
        with engine.begin() as beside:
            chunk = sa.update(DeliveryChunk)
            beside.execute(chunk.values(epoch=DeliveryChunk.epoch + 1, state=0, worker="", due_at=now()))
            beside.execute(sa.update(Delivery).values(state=int(DeliveryState.QUEUED)))
        return b"250 OK"

    with sink() as server:
        server.to_recipient = taken_by_another
        send(app, server, connections=1)
    assert len(server.ids) == len(set(server.ids)) == 4


def test_a_connection_whose_journal_was_read_by_another_one_begins_nothing_more(tmp_path):
    journal = Journal(tmp_path, Owner.mine(0))
    journal.start(1, 1, 1)
    journal.take_over()
    with pytest.raises(TakenOver):
        journal.start(1, 2, 1)
    assert set(read(journal.path).started) == {(1, 1)}
    journal.clear()
    journal.start(1, 2, 2)
    assert set(read(journal.path).started) == {(1, 2)}
    journal.close()


def test_a_chunk_is_taken_over_from_a_connection_of_the_same_process_that_is_late(sender, tmp_path):
    chunk, who = claimed(sender)
    sender.begin(chunk, who)
    late = Journal(tmp_path, Owner.mine(7))
    with transaction():
        db.session.execute(sa.update(DeliveryChunk).values(worker=late.path.name, due_at=now()))
    with sender.transaction():
        again = sender.claim()
        recovery.of_former(sender, again, tmp_path, {late.path.name: late})
    with pytest.raises(TakenOver):
        late.start(chunk.campaign_id, who, chunk.epoch)
    late.close()
    assert delivery() is DeliveryState.QUEUED


def test_a_lease_is_counted_from_before_the_statement_that_takes_it(sender, monkeypatch):
    moment = [100.0]
    monkeypatch.setattr(results.time, "monotonic", lambda: moment[0])
    chunk, _ = claimed(sender)
    kept = results.Results(sender)
    settle = sender.settle

    def slow(*words):
        settle(*words)
        moment[0] += sender.lease.total_seconds()

    monkeypatch.setattr(sender, "settle", slow)
    kept.write(chunk)
    assert kept.is_lease_over


def test_what_a_power_cut_left_of_a_journal_counts_for_nothing(tmp_path):
    journal = Journal(tmp_path, Owner.mine(0))
    journal.start(1, 1, 1)
    journal.answer(1, 1, "250 OK")
    journal.start(1, 2, 1)
    with journal.path.open("ab") as file:
        file.write(b"\0" * 99 + b"\nA 1 2 25\nA 1\nD 1 3 x\n\xff\nD 1 4 1\nD 1 5")
    found = read(journal.path)
    assert set(found.started) == {(1, 1), (1, 2), (1, 4)}
    assert found.answers == {(1, 1): "250 OK"}
    journal.close()
