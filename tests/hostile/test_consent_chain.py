"""The chain of the ledgers of consent against somebody who can write to the database as they like, but has no key."""

import json
import sqlite3

import pytest
import sqlalchemy as sa

from portal.audit.service import OPERATOR
from portal.customers.models import Channel, ChannelConsent, ChannelSource
from portal.customers.models.channels import CHANNELS
from portal.customers.service.channels import set_channels
from portal.foundation import crypto, database
from portal.foundation.database import db
from portal.ledgers import anchors, verifying
from portal.ledgers.models import LedgerLink
from portal.newsletter import queries
from portal.newsletter.models import ConsentAction, ConsentEvent, ConsentImport, ConsentSource, FormVersion
from portal.newsletter.models.consent import IMPORTS, NEWSLETTER, WORDS
from portal.newsletter.rules import Step
from portal.newsletter.service import ledger
from portal.newsletter.service.ledger import Evidence, Proof
from tests.cast import ANN, customer

TABLES = ("consent_event", "channel_consent", "form_version", "consent_import", "ledger_link", "ledger_anchor")
EDITS = {
    "subject_hmac": "subject_hmac = '0'",
    "email": "email = 'mallory@demo.example'",
    "audience_id": "audience_id = 7",
    "action": "action = 'withdraw'",
    "source": "source = 'staff'",
    "at": "at = '2020-01-01 00:00:00.000000'",
    "form_version_id": "form_version_id = NULL",
    "import_id": "import_id = 7",
    "page": "page = '/x'",
    "message_id": "message_id = 'x'",
    "reply": "reply = 'x'",
    "address": "address = '198.51.100.1'",
    "browser": "browser = 'Lynx'",
    "actor": "actor = 'Mallory'",
}
HELD = ("email", "address", "browser", "actor")


@pytest.fixture
def lines(app):
    """Three steps of one address, each in its transaction, by their ids."""
    row = ledger.row_of(queries.default_audience(), ANN.email)
    proof = Proof("203.0.113.7", "Firefox on Linux", "/newsletter")
    for action in (ConsentAction.REQUEST, ConsentAction.CONFIRM, ConsentAction.WITHDRAW):
        evidence = Evidence(ConsentSource.PUBLIC_FORM, proof, "Yes, please.", "Clara")
        ledger.take(row, Step.ASK, action, evidence=evidence)
        db.session.commit()
    assert faults() == []
    return list(db.session.scalars(sa.select(ConsentEvent.id).order_by(ConsentEvent.id)))


def faults():
    db.session.expire_all()
    return verifying.verify().faults


def tamper(*statements):
    """Change the database past every guard it has."""
    db.session.commit()
    if db.engine.dialect.name == "sqlite":
        file = sqlite3.connect(db.engine.url.database)
        with file:
            for table in TABLES:
                for change in ("update", "delete"):
                    file.execute(f"DROP TRIGGER IF EXISTS {table}_no_{change}")
            for statement in statements:
                file.execute(statement)
        file.close()
        return
    with db.engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            connection.execute(sa.text(statement))


@pytest.mark.parametrize(
    ("ledger", "model"),
    [(NEWSLETTER, ConsentEvent), (CHANNELS, ChannelConsent), (WORDS, FormVersion), (IMPORTS, ConsentImport)],
)
def test_every_column_of_a_ledger_is_sealed(ledger, model):
    assert {*ledger.sealed, *ledger.held} == set(model.__table__.c.keys())


def test_every_column_is_edited_here():
    assert {*EDITS, "id"} == set(ConsentEvent.__table__.c.keys())


@pytest.mark.parametrize("column", EDITS)
def test_a_line_that_was_edited_is_named(lines, column):
    tamper(f"UPDATE consent_event SET {EDITS[column]} WHERE id = {lines[1]}")
    told = f"Line newsletter {lines[1]}: {column} was changed." if column in HELD else None
    assert faults() == [told or f"Line newsletter {lines[1]} was changed."]


@pytest.mark.parametrize("column", HELD)
def test_what_the_law_makes_us_forget_can_be_emptied_and_the_chain_holds(lines, column):
    empty = "NULL" if column == "email" else "''"
    db.session.execute(sa.text(f"UPDATE consent_event SET {column} = {empty}"))
    db.session.commit()
    assert faults() == []


def test_a_network_address_can_be_shortened_once_and_only_truly(lines):
    db.session.execute(sa.text("UPDATE consent_event SET address = '203.0.113.0/24'"))
    db.session.commit()
    assert faults() == []
    tamper(f"UPDATE consent_event SET address = '198.51.100.0/24' WHERE id = {lines[0]}")
    assert faults() == [f"Line newsletter {lines[0]}: address was changed."]


def test_a_line_that_was_removed_is_named(lines):
    tamper(f"DELETE FROM consent_event WHERE id = {lines[1]}")
    [fault] = faults()
    assert fault.startswith(f"Line newsletter {lines[1]} was removed")


def test_a_line_removed_with_its_link_leaves_a_gap(lines):
    where = f"ledger = 'newsletter' AND line_id = {lines[1]}"
    tamper(f"DELETE FROM ledger_link WHERE {where}", f"DELETE FROM consent_event WHERE id = {lines[1]}")
    [fault] = faults()
    assert "are missing" in fault


def test_two_lines_that_were_swapped_are_named(lines):
    one, two = lines[0], lines[1]
    tamper(
        f"UPDATE ledger_link SET line_id = -1 WHERE ledger = 'newsletter' AND line_id = {one}",
        f"UPDATE ledger_link SET line_id = {one} WHERE ledger = 'newsletter' AND line_id = {two}",
        f"UPDATE ledger_link SET line_id = {two} WHERE ledger = 'newsletter' AND line_id = -1",
    )
    assert any(f"newsletter {one} " in fault for fault in faults())


def test_a_line_that_was_put_in_is_named(lines):
    columns = ", ".join(name for name in EDITS)
    tamper(f"INSERT INTO consent_event (id, {columns}) SELECT 900, {columns} FROM consent_event WHERE id = {lines[1]}")
    assert faults() == ["Line newsletter 900 has no link: it was put in past the portal, or its link was removed."]


@pytest.mark.parametrize("known_by", ["the head of the chain", "the file of anchors"])
def test_an_end_that_was_cut_off_is_told(lines, known_by):
    anchors.drop()
    database.commit()
    last = db.session.scalar(sa.select(sa.func.max(LedgerLink.position)))
    cut = [
        f"DELETE FROM ledger_link WHERE position = {last}",
        f"DELETE FROM consent_event WHERE id = {lines[2]}",
    ]
    if known_by != "the head of the chain":
        code = db.session.scalar(sa.select(LedgerLink.code).where(LedgerLink.position == last - 1))
        cut += [f"UPDATE ledger_head SET position = {last - 1}, code = '{code}'", "DELETE FROM ledger_anchor"]
    tamper(*cut)
    [fault] = faults()
    assert fault.startswith("The end was cut off")


def test_words_that_stood_beside_a_tick_cannot_be_changed_afterwards(lines):
    version = db.session.scalar(sa.select(FormVersion.id))
    tamper(f"UPDATE form_version SET text = 'Sell my data.' WHERE id = {version}")
    assert faults() == [f"Line words {version} was changed."]


def test_a_step_on_another_channel_is_sealed_in_the_same_chain(lines):
    ann = customer(ANN)
    set_channels(ann, {Channel.SMS: True}, source=ChannelSource.STAFF, words="She said yes.", by=OPERATOR)
    db.session.commit()
    [step] = db.session.scalars(sa.select(ChannelConsent.id))
    assert faults() == []
    tamper(f"UPDATE channel_consent SET words = 'She said no.' WHERE id = {step}")
    assert faults() == [f"Line channels {step}: words was changed."]


def test_a_key_that_is_gone_is_told_and_not_called_tampering(lines):
    tamper("UPDATE ledger_link SET key_id = '00000000'")
    assert ["their key 00000000 is not in the ring" in fault for fault in faults()] == [True]


def test_a_link_says_nothing_that_could_be_tried_without_the_key(lines):
    told = json.dumps([list(row) for row in db.session.execute(sa.select(*LedgerLink.__table__.c))])
    for plain in (ANN.email, "203.0.113", "Firefox", crypto.digest(ANN.email)):
        assert plain not in told
