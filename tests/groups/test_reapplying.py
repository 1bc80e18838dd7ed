"""Applying again after a no: at once, after some days, or not; and a message to whoever decides."""

from datetime import timedelta

import pytest

from portal.accounts.models import Account, Hold
from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.foundation.database import db
from portal.groups import pages, queries
from portal.groups.errors import TooEarly
from portal.groups.models import Approval
from portal.groups.service import applications
from tests import cast
from tests.groups.conftest import CLARA
from tests.mails import text_of

BEN = Actor(ActorKind.CUSTOMER, 1, "ben@demo.example")
LATER = timedelta(days=30)


@pytest.fixture
def row(app):
    """Ben applied for the Club."""
    return cast.applicant(cast.BEN, cast.group("Club", Approval.UPGRADE))


def test_at_once_unless_the_approver_says_otherwise(clock, row, mailbox):
    applications.decline(row.id, reason="No.", by=CLARA)
    assert applications.submit(row.customer, row.group_id, by=BEN, message=" A new shop. ").message == "A new shop."
    assert "You can apply again." in text_of(mailbox()[0])


def test_after_some_days_and_the_mail_says_when(clock, row, mailbox):
    applications.decline(row.id, reason="No.", by=CLARA, again_after=LATER)
    with pytest.raises(TooEarly, match="again from 21 Dec 2026"):
        applications.submit(row.customer, row.group_id, by=BEN)
    assert "You can apply again from 21 Dec 2026." in text_of(mailbox()[0])
    clock.shift(LATER)
    assert applications.submit(row.customer, row.group_id, by=BEN).is_open


def test_not_at_all_and_that_is_said(clock, row, mailbox):
    applications.decline(row.id, reason="No.", by=CLARA, again_after=None)
    clock.shift(timedelta(days=3000))
    with pytest.raises(TooEarly, match="no more applications"):
        applications.submit(row.customer, row.group_id, by=BEN)
    assert "no more applications" in text_of(mailbox()[0])


def test_another_group_is_open_meanwhile(row):
    trade = cast.group("Trade")
    applications.decline(row.id, reason="No.", by=CLARA, again_after=None)
    offers = {offer.group.name: offer.why_not for offer in pages.offers(row.customer)}
    assert offers["Trade"] == ""
    assert "no more applications" in offers["Club"]
    assert applications.submit(row.customer, trade.id, by=BEN).is_open


def test_who_applies_from_inside_keeps_the_door_open_whatever_is_decided(row):
    applications.decline(row.id, reason="No.", by=CLARA)
    gate = applications.submit(row.customer, cast.group("Trade", Approval.GATE).id, by=BEN)
    applications.decline(gate.id, reason="No.", by=CLARA)
    assert db.session.get_one(Account, row.customer.account_id).held_for is None


def test_a_declined_applicant_at_the_door_waits_there_again(app):
    row = cast.applicant(cast.IVY, cast.group("Trade"))
    applications.decline(row.id, reason="No.", by=CLARA, again_after=LATER)
    with pytest.raises(TooEarly):
        applications.submit(row.customer, row.group_id, by=BEN)
    assert db.session.get_one(Account, row.customer.account_id).held_for is Hold.DECLINED
    assert queries.count_waiting() == 0
