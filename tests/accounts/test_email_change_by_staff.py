"""A change of address that staff ask for: the new mailbox, a second member, and three days."""

from datetime import timedelta

import pytest

from portal.accounts.models import ChangeState, EmailChange
from portal.accounts.service import email_change as service
from portal.audit.service import OPERATOR
from portal.foundation import database
from portal.foundation.database import db
from portal.foundation.errors import Expired, NotAllowed
from tests import cast
from tests.accounts.moving import NEW, account, link_to, mails_to, states
from tests.accounts.pressing import press
from tests.mails import text_of

PAGE = "/account/security/email"
PROVE, STOP = "/account/email/", "/account/email/stop/"


def by_staff(wait=timedelta(hours=72)):
    change = service.ask(account(), NEW, by=OPERATOR, staff_member_id=1, wait=wait)
    db.session.commit()
    return change


def apply_due():
    db.session.commit()
    with database.transaction():
        service.apply_due()
    db.session.expire_all()


def test_what_staff_ask_for_needs_the_mailbox_a_second_member_and_three_days(clock, ann, browsers, mailbox):
    change = by_staff()
    assert "our staff" in text_of(mails_to(mailbox, cast.ANN.email)[-1])
    page = press(browsers(), link_to(mailbox, NEW, PROVE))
    assert "takes effect on" in page.text
    clock.shift(timedelta(hours=72))
    apply_due()
    assert account().email == cast.ANN.email, "nobody approved"
    with pytest.raises(NotAllowed):
        service.approve(change, 1, OPERATOR)
    clock.shift(timedelta(hours=-1))
    service.approve(change, 2, OPERATOR)
    apply_due()
    assert account().email == cast.ANN.email, "not due"
    with pytest.raises(NotAllowed):
        service.apply(change)
    clock.shift(timedelta(hours=1))
    apply_due()
    assert account().email == NEW
    assert db.session.get_one(EmailChange, change.id).state is ChangeState.APPLIED
    with pytest.raises(Expired):
        service.approve(change, 2, OPERATOR)
    assert link_to(mailbox, cast.ANN.email, "/account/email/undo/")


def test_a_shop_of_one_person_can_approve_alone_and_nothing_unproven_is_applied(clock, ann, mailbox):
    change = by_staff(wait=timedelta(0))
    service.approve(change, 1, OPERATOR, alone=True)
    apply_due()
    assert account().email == cast.ANN.email


def test_the_owner_stops_what_staff_ask_for(ann, browsers, mailbox):
    by_staff()
    press(browsers(), link_to(mailbox, cast.ANN.email, STOP))
    assert states() == ["cancelled"]


def test_what_became_impossible_while_it_waited_is_cancelled(clock, ann, browsers, mailbox):
    change = by_staff()
    press(browsers(), link_to(mailbox, NEW, PROVE))
    service.approve(change, 2, OPERATOR)
    db.session.commit()
    cast.customer(cast.Person("Else", "Body", NEW))
    clock.shift(timedelta(hours=72))
    apply_due()
    assert account().email == cast.ANN.email
    assert states() == ["cancelled"]
