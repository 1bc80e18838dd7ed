"""The audit chain against somebody who can write to the database as they like, but has no key."""

import json

import pytest
import sqlalchemy as sa

from portal.audit import anchors, chain
from portal.audit.models import AuditEntry, AuditLink
from portal.foundation import crypto, database
from portal.foundation.database import db
from tests.hostile.tampering import act, faults, five_entries, tamper


@pytest.fixture
def trail(app):
    """Five entries in four transactions, by their ids."""
    return five_entries()


EDITS = {
    "id": "id = id + 100",
    "at": "at = '2020-01-01 00:00:00.000000'",
    "actor_kind": "actor_kind = 'system'",
    "actor_id": "actor_id = 7",
    "actor_name": "actor_name = 'Mallory'",
    "subject_kind": "subject_kind = 'group'",
    "subject_id": "subject_id = NULL",
    "subject_name": "subject_name = 'Somebody else'",
    "verb": "verb = 'customer.enabled'",
    "changes": "changes = '{\"email\": [1, 2]}'",
    "reason": "reason = 'Asked “so” '",
    "request_number": "request_number = 'x'",
    "subject_words": "subject_words = 'x'",
    "actor_words": "actor_words = ''",
}


def test_every_column_of_an_entry_is_sealed():
    assert {*chain.SEALED, *chain.WORDS} == set(EDITS) == set(AuditEntry.__table__.c.keys())


@pytest.mark.parametrize("column", [name for name in EDITS if name != "id"])
def test_an_entry_that_was_edited_is_named(trail, column):
    tamper(f"UPDATE audit_entry SET {EDITS[column]} WHERE id = {trail[1]}")
    assert faults() == [f"Entry {trail[1]} was changed."]


@pytest.mark.parametrize("place", [0, 2, 4])
def test_so_is_the_first_one_and_the_last_one(trail, place):
    tamper(f"UPDATE audit_entry SET verb = 'x' WHERE id = {trail[place]}")
    [fault] = faults()
    assert f"Entry {trail[place]} " in fault


def test_an_entry_that_was_given_another_id_is_named(trail):
    tamper(f"UPDATE audit_entry SET {EDITS['id']} WHERE id = {trail[1]}")
    removed, outside = faults()
    assert removed == f"Entry {trail[1]} was removed; its link 2 is still there."
    assert outside.startswith(f"Entry {trail[1] + 100} has no link")


def test_an_entry_that_was_removed_is_named(trail):
    tamper(f"DELETE FROM audit_entry WHERE id = {trail[2]}")
    assert faults() == [f"Entry {trail[2]} was removed; its link 3 is still there."]


def test_an_entry_removed_with_its_link_leaves_a_gap(trail):
    tamper("DELETE FROM audit_link WHERE position = 3", f"DELETE FROM audit_entry WHERE id = {trail[2]}")
    assert faults() == [f"Links 3 to 3 are missing, after entry {trail[1]}."]


def test_a_gap_that_was_closed_is_found_too(trail):
    tamper(
        "DELETE FROM audit_link WHERE position = 3",
        f"DELETE FROM audit_entry WHERE id = {trail[2]}",
        "UPDATE audit_link SET position = 3 WHERE position = 4",
        "UPDATE audit_link SET position = 4 WHERE position = 5",
    )
    found = faults()
    assert f"Entry {trail[3]} or its link was changed." in found
    assert any(fault.startswith("The end was cut off") for fault in found)


def test_an_entry_without_its_link_is_named(trail):
    tamper("DELETE FROM audit_link WHERE position = 3")
    gap, outside = faults()
    assert gap.startswith("Links 3 to 3 are missing")
    assert outside.startswith(f"Entry {trail[2]} has no link")


def test_two_entries_that_changed_places_are_named(trail):
    tamper(
        f"UPDATE audit_entry SET subject_name = 'Clara' WHERE id = {trail[0]}",
        f"UPDATE audit_entry SET subject_name = 'Ann' WHERE id = {trail[4]}",
    )
    assert faults() == [f"Entry {trail[0]} was changed.", f"Entry {trail[4]} or its link was changed."]


def test_two_links_that_changed_places_are_found(trail):
    tamper(
        "UPDATE audit_link SET position = 90 WHERE position = 2",
        "UPDATE audit_link SET position = 2 WHERE position = 3",
        "UPDATE audit_link SET position = 3 WHERE position = 90",
    )
    assert {fault.split(" or ")[0] for fault in faults()} >= {f"Entry {trail[2]}", f"Entry {trail[1]}"}


def test_an_entry_put_in_past_the_portal_is_named(trail):
    columns = "at, actor_kind, actor_name, subject_kind, subject_name, verb, changes, reason, request_number"
    tamper(
        f"INSERT INTO audit_entry (id, {columns}) SELECT 900, {columns} FROM audit_entry WHERE id = {trail[0]}",
    )
    [fault] = faults()
    assert fault.startswith("Entry 900 has no link")


def test_an_entry_put_in_with_a_link_of_the_attackers_own_is_named(trail):
    forged = crypto.digest("no key")
    columns = "at, actor_kind, actor_name, subject_kind, subject_name, verb, changes, reason, request_number"
    key_id = db.session.scalars(sa.select(AuditLink.key_id)).first()
    tamper(
        f"INSERT INTO audit_entry (id, {columns}) SELECT 900, {columns} FROM audit_entry WHERE id = {trail[0]}",
        f"INSERT INTO audit_link (position, entry_id, key_id, code) VALUES (6, 900, '{key_id}', '{forged}')",
        f"UPDATE audit_head SET position = 6, code = '{forged}'",
    )
    assert faults() == ["Entry 900 or its link was changed."]


def test_a_link_that_was_edited_is_told_from_its_entry(trail):
    tamper(f"UPDATE audit_link SET code = '{'0' * 64}' WHERE position = 2")
    assert faults() == [f"The link of entry {trail[1]} was changed; the entry was not."]


@pytest.mark.parametrize("head", [True, False])
def test_an_end_that_was_cut_off_is_found_by_the_head_or_else_by_the_anchor_in_the_file(trail, head):
    with database.transaction():
        anchors.drop()
    code = db.session.scalar(sa.select(AuditLink.code).where(AuditLink.position == 3))
    cut = [
        "DELETE FROM audit_anchor",
        "DELETE FROM audit_link WHERE position > 3",
        f"DELETE FROM audit_entry WHERE id > {trail[2]}",
    ]
    tamper(*cut, *([] if head else [f"UPDATE audit_head SET position = 3, code = '{code}'"]))
    [fault] = faults()
    assert fault.startswith(f"The end was cut off: the chain ends at link 3 (entry {trail[2]}), but")
    assert ("the head of the chain knows link 5" if head else f"line 1 of {anchors.file()}") in fault


def test_a_chain_begun_anew_is_found_by_the_anchor_in_the_file(trail):
    with database.transaction():
        anchors.drop()
    tamper(
        "DELETE FROM audit_anchor",
        "DELETE FROM audit_link",
        f"DELETE FROM audit_entry WHERE id = {trail[1]}",
        "UPDATE audit_head SET position = 0, code = ''",
    )
    for _ in range(3):
        act("Ben")
        db.session.commit()
    [fault] = faults()
    assert fault.startswith("Link 5 (entry ")
    assert "is not the one that line 1 of" in fault


def test_an_anchor_that_was_edited_is_named(trail):
    with database.transaction():
        anchors.drop()
    kept = json.loads(anchors.file().read_text())
    anchors.file().write_text(json.dumps(kept | {"code": "0" * 64}) + "\nnonsense\n")
    other, nonsense = sorted(faults())
    assert other.startswith("Link 5 (entry")
    assert nonsense == f"line 2 of {anchors.file()} can’t be read as an anchor."


def test_a_removed_head_is_found_and_stops_every_further_act(trail):
    tamper("DELETE FROM audit_head")
    assert faults() == ["The head of the chain is missing."]
    act()
    with pytest.raises(sa.exc.NoResultFound):
        db.session.commit()
    db.session.rollback()


def test_a_lost_key_is_named_with_the_entries_that_only_it_could_verify(trail, rotation):
    rotation.rotate()
    act("Later")
    db.session.commit()
    assert faults() == []
    rotation.drop()
    [fault] = faults()
    assert fault.startswith(f"5 entries, {trail[0]} to {trail[-1]}, can’t be verified: their key")
