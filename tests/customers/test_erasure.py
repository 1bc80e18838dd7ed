"""Erasure: every field of every table sings, and after it no word is left anywhere, while the audit chain holds."""

import logging
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal import worker
from portal.audit import queries as audit
from portal.audit import sealing, verifying
from portal.audit.models import AuditEntry
from portal.audit.service import OPERATOR, Actor, Subject, record
from portal.customers import queries
from portal.customers.models import Customer
from portal.customers.service import erasure, profile
from portal.foundation import database
from portal.foundation.database import Base, db
from portal.foundation.errors import Conflict
from portal.mail.models import OutboxMessage, State
from portal.mail.service import post, suppress
from portal.newsletter import queries as newsletter
from portal.newsletter.errors import ConsentNeeded
from portal.newsletter.service import consent
from portal.newsletter.service.consent import Proof
from tests import cast
from tests.customers.canaries import Canaries, fill
from tests.hostile.tampering import faults, tamper


def everything(app):
    """All that the portal keeps: the database to the last byte, or every row of it, and every file."""
    db.session.commit()
    instance = Path(app.extensions["portal.settings"].instance)
    kept = b"".join(path.read_bytes() for path in (instance / "files").rglob("*") if path.is_file())
    if db.engine.dialect.name == "sqlite":
        return kept + b"".join(path.read_bytes() for path in instance.glob("portal.db*"))
    with database.reading():
        rows = [db.session.execute(sa.select(table)).all() for table in Base.metadata.sorted_tables]
    return kept + repr(rows).encode()


@pytest.fixture
def canaries():
    return Canaries()


@pytest.fixture
def ann(app, canaries):
    return fill(canaries)


def erase(customer):
    with database.transaction():
        erasure.erase(customer, by=OPERATOR, reason="Asked by letter")


def test_more_than_forty_fields_sing_before_it(app, ann, canaries):
    assert len(canaries.left_in(everything(app))) > 40


def test_no_word_of_any_field_is_left_after_it(app, ann, canaries):
    erase(ann)
    assert canaries.left_in(everything(app)) == {}


def test_the_database_overwrites_what_is_deleted(app):
    if db.engine.dialect.name == "sqlite":
        assert db.session.execute(sa.text("PRAGMA secure_delete")).scalar() == 1


def test_no_word_is_written_to_the_log(app, ann, canaries, caplog):
    caplog.set_level(logging.DEBUG, logger="portal")
    erase(ann)
    assert canaries.left_in(caplog.text.encode()) == {}


ODD = "Zqxjvkwq"  # of letters that stand together in no other word, so that no part of it hides in another's


def parts_in_index():
    """Which parts of the odd name the index of the search holds, to the last byte; on PostgreSQL, the rows' texts."""
    db.session.commit()
    if db.engine.dialect.name == "sqlite":
        held = b"".join(db.session.scalars(sa.text("SELECT block FROM customer_fts_data")).all())
    else:
        held = "".join(db.session.scalars(sa.text("SELECT search_text FROM customer")).all()).encode()
    name = ODD.lower().encode()
    return [part for start in range(len(name) - 2) if (part := name[start : start + 3]) in held]


@pytest.mark.parametrize("by_worker", [False, True])
def test_the_index_of_the_search_keeps_no_part_of_a_name(app, monkeypatch, by_worker):
    ben = cast.customer(cast.BEN)
    odd = cast.customer(cast.Person(ODD, "Nemo", "odd@demo.example"), with_account=False)
    profile.update_profile(odd, version=odd.version, by=OPERATOR, last_name="Nemo")
    assert parts_in_index()
    monkeypatch.setattr(erasure, "STEPS", 0 if by_worker else 8)
    erase(odd)
    if by_worker:
        monkeypatch.setattr(erasure, "STEPS", 8)
        worker.clear_deleted()
    assert parts_in_index() == []
    assert [row.id for row in queries.find("Ben").rows] == [ben.id]


def test_entries_of_before_there_were_keys_lose_their_words_and_are_named(app, monkeypatch):
    ann = cast.customer(cast.ANN)
    herself = Actor("customer", ann.account_id, "Ann Canaria")
    with monkeypatch.context() as past:
        past.setattr(sealing, "_persons_of", lambda _entries: [])  # as the portal wrote them then
        for by in (OPERATOR, herself):
            changes = {"email": ("canary-before@demo.example", "canary-after@demo.example")}
            record(
                "customer.changed",
                Subject("customer", ann.id, "Ann Canaria"),
                by=by,
                changes=changes,
                reason="canary-why",
            )
        record("group.changed", Subject("group", 1, "Trade"), by=OPERATOR, reason="Stays")
        db.session.commit()
    plain = [row.id for row in db.session.scalars(sa.select(AuditEntry)) if not row.is_sealed]
    assert b"canary-before" in everything(app)
    erase(ann)
    kept = everything(app)
    assert [word for word in (b"canary-before", b"canary-after", b"canary-why", b"Canaria") if word in kept] == []
    assert verifying.verify().faults == []
    last = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert last.changes["emptied"][1] == f"{plain[0]}-{plain[1]}"
    assert db.session.get_one(AuditEntry, plain[2]).reason == "Stays"


def test_who_emptied_an_entry_without_an_erasure_is_found_out(app):
    ann = cast.customer(cast.ANN)
    act_on = Subject("customer", ann.id, "Ann")
    record("customer.changed", act_on, by=OPERATOR, reason="Why")
    db.session.commit()
    emptied = "subject_name = '', changes = '{}', reason = '', subject_words = ''"
    tamper(f"UPDATE audit_entry SET {emptied}")
    assert faults() != []


def test_the_audit_chain_holds_and_tells_of_the_erasure(app, ann):
    erase(ann)
    assert verifying.verify().faults == []
    last = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (last.verb, last.subject_id, last.reason) == ("person.erased", ann.id, "Asked by letter")


def test_what_was_done_to_them_is_still_told_without_their_words(app, ann):
    before = [(entry.verb, entry.at) for entry in audit.trail("customer", ann.id)]
    erase(ann)
    after = audit.trail("customer", ann.id)
    assert [(entry.verb, entry.at) for entry in after][-len(before) :] == before
    assert {str(entry.subject_name) for entry in after} == {"(erased)"}
    assert all(entry.changes == {} for entry in after)


def test_an_import_that_brings_the_address_again_finds_that_it_has_left(app, ann):
    address = ann.email
    erase(ann)
    for audience in newsletter.audiences():
        assert newsletter.has_left(address, audience.id)


def test_staff_cannot_ask_for_a_newsletter_to_the_address_either(app, ann):
    address = ann.email
    erase(ann)
    again = cast.customer(cast.Person("Ann", "Again", address), with_account=False, number="T-AGAIN")
    with pytest.raises(ConsentNeeded):
        consent.set_by_staff(again, wanted=True, by=OPERATOR, proof=Proof())


def test_an_address_that_is_not_written_to_stays_so_and_nobody_can_read_which(app, mailbox):
    ann = cast.customer(cast.ANN)
    suppress(ann.email, "Bounced")
    db.session.commit()
    erase(ann)
    assert cast.ANN.email.encode() not in everything(app)
    again = cast.customer(cast.Person("Ann", "Again", cast.ANN.email), with_account=False, number="T-AGAIN")
    post("customers.my_data", again.email, customer=again.id)
    assert mailbox() == []
    assert db.session.scalars(sa.select(OutboxMessage)).one().state is State.SUPPRESSED


def test_nobody_else_loses_anything(app, ann):
    ben = cast.customer(cast.BEN)
    db.session.commit()
    erase(ann)
    assert db.session.get_one(Customer, ben.id).email == cast.BEN.email
    assert [row.e164 for row in db.session.get_one(Customer, ben.id).telephones] == ["+447700900123"]


def test_nobody_is_erased_twice(app, ann):
    erase(ann)
    with pytest.raises(Conflict):
        erase(ann)


def test_no_list_and_no_search_shows_them(app, ann):
    number = ann.number
    erase(ann)
    assert queries.find("").rows == []
    assert queries.by_number(number) is None
