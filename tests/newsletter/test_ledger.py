"""The ledger is added to and never changed, on both databases."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from portal.foundation.database import db
from portal.newsletter import queries
from portal.newsletter.models import ConsentAction, ConsentEvent, ConsentSource, FormVersion
from portal.newsletter.rules import Step
from portal.newsletter.service import ledger
from portal.newsletter.service.ledger import Evidence, Proof
from tests.newsletter.ledger import PROOF, ZOE, ask, events

NAUGHTY = json.loads((Path(__file__).parents[1] / "vendor" / "blns.json").read_text("utf-8"))
CHANGES = {
    "subject_hmac": "0" * 64,
    "email": "other@demo.example",
    "audience_id": 2,
    "action": "withdraw",
    "source": "staff",
    "at": sa.text("'2020-01-01 00:00:00'"),
    "form_version_id": None,
    "address": "x",
    "browser": "x",
    "actor": "x",
}


@pytest.fixture
def line(browser):
    ask(browser)
    return events()[0].id


@pytest.mark.parametrize("column", CHANGES)
def test_no_column_of_a_line_can_be_changed(line, column):
    change = sa.update(ConsentEvent.__table__).values({column: CHANGES[column]})
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(change)
    db.session.rollback()


def test_no_line_can_be_removed(line):
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(sa.delete(ConsentEvent.__table__))
    db.session.rollback()


def test_the_address_of_an_erased_person_can_be_emptied_and_the_proof_stays(line):
    db.session.execute(sa.update(ConsentEvent.__table__).values(email=None))
    db.session.commit()
    [kept] = queries.history_of(ZOE)
    assert kept.quote
    assert events()[0].email is None


def test_naughty_words_and_browsers_are_kept_as_they_are(app):
    row = ledger.row_of(queries.default_audience(), ZOE)
    for text in [text for text in NAUGHTY if text and "\0" not in text]:
        evidence = Evidence(ConsentSource.PUBLIC_FORM, Proof("203.0.113.7", text), text, text)
        ledger.take(row, Step.ASK, ConsentAction.REQUEST, evidence=evidence)
    db.session.commit()
    kept = events()
    assert [event.form_version.text for event in kept] == [text for text in NAUGHTY if text]
    assert {len(event.browser) <= 255 for event in kept} == {True}


def test_two_wordings_are_two_versions_and_the_same_one_is_kept_once(app):
    row = ledger.row_of(queries.default_audience(), ZOE)
    for text in ("Yes.", "Yes!", "Yes."):
        evidence = Evidence(ConsentSource.PUBLIC_FORM, PROOF, text)
        ledger.take(row, Step.ASK, ConsentAction.REQUEST, evidence=evidence)
    db.session.commit()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(FormVersion)) == 2
    assert events()[0].form_version_id == events()[2].form_version_id
