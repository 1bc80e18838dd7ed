"""The audit chain: one link for each act, anchors once an hour, commands that tell what holds."""

import json
import threading

import pytest
import sqlalchemy as sa

from portal.audit import anchors
from portal.audit.models import AuditAnchor, AuditEntry, AuditHead, AuditLink
from portal.foundation import database
from portal.foundation.database import db
from tests.hostile.tampering import act, faults, five_entries, tamper
from tests.work import measured


@pytest.fixture
def trail(app):
    """Five entries in four transactions, by their ids."""
    return five_entries()


def links():
    db.session.expire_all()
    return list(db.session.scalars(sa.select(AuditLink).order_by(AuditLink.position)))


def test_an_act_that_was_taken_back_leaves_neither_entry_nor_link(app):
    act("kept")
    step = db.session.begin_nested()
    act("taken back")
    db.session.flush()
    step.rollback()
    with db.session.begin_nested():
        act("kept, too")
    db.session.commit()
    act("rolled back")
    db.session.flush()
    db.session.rollback()
    act("last")
    db.session.commit()
    assert [link.position for link in links()] == [1, 2, 3]
    assert faults() == []


def test_what_was_written_before_there_was_a_chain_is_sealed_with_the_first_act_after_it(trail):
    tamper("DELETE FROM audit_link", "UPDATE audit_head SET position = 0, code = ''")
    act("first of the chain")
    db.session.commit()
    assert [link.entry_id for link in links()[:5]] == trail
    assert len(links()) == 6
    assert faults() == []


def test_eight_at_once_make_one_chain_without_a_gap(app):
    start, broken = threading.Barrier(8), []

    def work(number):
        try:
            with app.app_context():
                start.wait()
                for _ in range(5):
                    with database.transaction():
                        act(f"worker {number}")
        except Exception as error:  # noqa: BLE001 - whatever it is fails the test, which a thread cannot
            broken.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    assert [link.position for link in links()] == list(range(1, 41))
    assert faults() == []


def test_an_act_costs_three_statements_more_and_no_act_none(app):
    act()
    db.session.commit()
    with measured() as work:
        act()
        act()
        db.session.commit()
    chained = [one for one in work.statements if "audit_link" in one or "audit_head" in one]
    assert len(chained) == 3
    with measured() as work:
        db.session.scalars(sa.select(AuditEntry)).all()
        db.session.commit()
    assert [one for one in work.statements if "audit_link" in one or "audit_head" in one] == []


@pytest.mark.parametrize("table", ["audit_link", "audit_anchor"])
@pytest.mark.parametrize("change", ["UPDATE {} SET code = 'x'", "DELETE FROM {}"])
def test_the_database_refuses_to_change_links_and_anchors(trail, table, change):
    with database.transaction():
        anchors.drop()
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        db.session.execute(sa.text(change.format(table)))
    db.session.rollback()


# Anchors and commands


def test_an_anchor_is_dropped_once_an_hour_and_only_when_the_chain_has_grown(trail, clock, caplog):
    def drop_due():
        with caplog.at_level("INFO"), database.transaction():
            return anchors.drop_due()

    assert [drop_due(), drop_due()] == [5, 0]
    clock.shift(anchors.EVERY)
    assert drop_due() == 0
    act()
    db.session.commit()
    assert [drop_due(), drop_due()] == [6, 0]
    kept = [json.loads(line) for line in anchors.file().read_text().splitlines()][-2:]
    stored = db.session.execute(sa.select(AuditAnchor.position, AuditAnchor.code)).tuples().all()
    assert [(line["position"], line["code"]) for line in kept] == stored
    assert [record.code for record in caplog.records][-1] == stored[-1][1]


def test_an_anchor_of_a_transaction_that_failed_is_nowhere(trail):
    anchors.drop()
    database.rollback()
    database.commit()
    assert not anchors.file().exists()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditAnchor)) == 0


def test_the_commands_say_what_holds_and_exit_with_one_when_it_does_not(app, trail):
    run = app.test_cli_runner().invoke
    assert run(args=["audit", "anchor"]).output == "Anchored at link 5.\n"
    good = run(args=["audit", "verify"])
    assert (good.exit_code, good.output) == (
        0,
        f"5 entries verified, the newest is {trail[-1]}; 2 anchors agree.\n",
    )
    tamper(f"UPDATE audit_entry SET verb = 'x' WHERE id = {trail[1]}")
    bad = run(args=["audit", "verify"])
    assert bad.exit_code == 1
    assert f"Entry {trail[1]} was changed.\n" in bad.output
    assert "not whole: 1 found" in bad.output


def test_the_head_moves_with_its_links(trail):
    head = db.session.get_one(AuditHead, 1)
    assert (head.position, head.code) == (5, links()[-1].code)
