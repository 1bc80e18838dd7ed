"""Erasure: every field of every table sings, and after it no word is left anywhere, while the audit chain holds."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.audit import queries as audit
from portal.audit import verifying
from portal.audit.models import AuditEntry
from portal.audit.service import OPERATOR
from portal.customers import queries
from portal.customers.models import Customer
from portal.customers.service import erasure
from portal.foundation import database
from portal.foundation.database import Base, db
from portal.foundation.errors import Conflict
from portal.newsletter import queries as newsletter
from portal.newsletter.errors import ConsentNeeded
from portal.newsletter.service import consent
from portal.newsletter.service.consent import Proof
from tests import cast
from tests.customers.canaries import Canaries, fill


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
