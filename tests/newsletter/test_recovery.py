"""What a sender leaves behind when it dies: its journal tells who got a mail, who did not, and who is in doubt."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.config import settings
from portal.foundation.database import db
from portal.newsletter.models import Delivery, DeliveryState, Subscription
from portal.newsletter.sending import journal, recovery
from portal.newsletter.sending.journal import FOLDER, Journal, Owner
from portal.newsletter.sending.ledger import Ledger
from tests.newsletter.campaigns import launched, send, states, subscribe
from tests.newsletter.sink import sink

NORMAL, FULL = 1, 2  # SQLite's numbers
ANSWERED, STARTED, BEGUN, WAITS = range(4)  # how far the mails of the dead sender came


def left_behind(boot: str, folder: Path, *, journal_is_kept: bool = True) -> list[int]:
    """Begin with three of four recipients and die, on a machine that was started `boot`; the ids of all four."""
    subscribe(4)
    campaign_id = launched()
    ids = list(db.session.scalars(sa.select(Subscription.id).order_by(Subscription.id)))
    db.session.commit()
    owner = Owner(boot, 999_999_999, "1", 0)
    dead = Ledger(db.engine, str(owner))
    dead.connect()
    with dead.transaction():
        chunk = dead.claim()
    for who in ids[:WAITS]:
        dead.begin(chunk, who)
    kept = Journal(folder, owner)
    for who in ids[:BEGUN]:
        kept.start(campaign_id, who, chunk.epoch)
    kept.answer(campaign_id, ids[ANSWERED], "250 2.0.0 OK")
    if not journal_is_kept:
        kept.path.unlink()
    dead.let_go(str(owner))
    dead.close()
    return ids


def recovered(folder: Path) -> list[DeliveryState]:
    """What became of all four, once another sender has taken the chunk."""
    other = Ledger(db.engine, "other")
    other.connect()
    with other.transaction():
        chunk = other.claim()
        recovery.of_former(other, chunk, folder, mine={})
    other.close()
    rows = db.session.scalars(sa.select(Delivery.state).order_by(Delivery.subscription_id)).all()
    db.session.commit()
    return [DeliveryState(row) for row in rows]


def test_an_answer_is_a_result_a_start_alone_is_in_doubt_and_the_others_wait_again(app, tmp_path):
    left_behind(journal.boot(), tmp_path)
    accepted, doubt, queued = DeliveryState.ACCEPTED, DeliveryState.UNKNOWN, DeliveryState.QUEUED
    assert recovered(tmp_path) == [accepted, doubt, queued, queued]


@pytest.mark.parametrize("lost", ["another start of the machine", "no journal"])
def test_without_a_whole_journal_all_that_was_begun_is_in_doubt(app, tmp_path, lost):
    is_kept = lost != "no journal"
    left_behind("another" if is_kept else journal.boot(), tmp_path, journal_is_kept=is_kept)
    found = recovered(tmp_path)
    assert found[ANSWERED] is (DeliveryState.ACCEPTED if is_kept else DeliveryState.UNKNOWN)
    # A power cut takes SQLite's last commits away: who waits may have been begun.
    forgot = is_kept and db.engine.dialect.name == "sqlite"
    waits = DeliveryState.UNKNOWN if forgot else DeliveryState.QUEUED
    assert found[STARTED:] == [DeliveryState.UNKNOWN, DeliveryState.UNKNOWN, waits]


def test_a_chunk_is_taken_and_given_back_on_the_disk(app):
    if db.engine.dialect.name == "postgresql":
        pytest.skip("every commit is")
    ledger = Ledger(db.engine, "mine")
    ledger.connect()

    def mode():
        return ledger._driver.one("PRAGMA synchronous")[0]

    with ledger.transaction(lasts=True):
        inside = mode()
    assert (inside, mode()) == (FULL, NORMAL)
    ledger.close()


def test_a_line_that_was_cut_off_counts_for_nothing(tmp_path):
    path = tmp_path / "cut"
    path.write_bytes(b"D 1 7 1\nA 1 7 250 OK\nD 1 8 1\nA 1 8 25")
    found = journal.read(path)
    assert set(found.started) == {(1, 7), (1, 8)}
    assert found.answers == {(1, 7): "250 OK"}


@pytest.mark.real
def test_who_may_have_got_a_mail_gets_no_second_one(app):
    ids = left_behind(journal.boot(), settings().instance / FOLDER)
    with sink() as server:
        send(app, server, connections=1)
    assert sorted(mail["To"] for mail in server.mails) == ["Zoe2@demo.example", "Zoe3@demo.example"]
    assert states() == {DeliveryState.ACCEPTED: 3, DeliveryState.UNKNOWN: 1}
    assert len(ids) == 4


@pytest.mark.real
@pytest.mark.parametrize("pipelining", [True, False])
def test_the_ledger_and_the_journal_know_of_a_mail_before_its_body_and_of_each_answer(app, pipelining):
    subscribe(5)
    launched()
    seen = []

    def look(who):
        with app.app_context(), db.engine.connect() as connection:
            row = sa.select(Delivery.state, Subscription.id).join(
                Subscription, Subscription.id == Delivery.subscription_id
            )
            state, number = connection.execute(row.where(Subscription.email == who)).one()
        known = "".join(path.read_text() for path in (settings_folder / FOLDER).iterdir())
        campaign_id = known.split(" ", 2)[1]
        seen.append((DeliveryState(state), f"D {campaign_id} {number} " in known, known.count("A ")))
        return b"250 OK"

    settings_folder = settings().instance
    with sink() as server:
        server.pipelining, server.to_data = pipelining, look
        send(app, server, connections=1)
    assert [one[:2] for one in seen] == [(DeliveryState.INTENT, True)] * 5
    assert [one[2] for one in seen] == [0, 1, 2, 3, 4]
