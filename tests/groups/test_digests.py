"""Mails to approvers: one a day of what waits, one when something waits too long, however many workers there are."""

from datetime import timedelta

import pytest

from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.groups.models import Approval
from portal.groups.service import applications, deciding, digests, scopes
from portal.staff.rules import ROLES
from tests import cast
from tests.cast import Person
from tests.mails import text_of

IVY = Actor(ActorKind.CUSTOMER, 1, "ivy@demo.example")


@pytest.fixture
def approvers(app, clock):
    """Otto and Clara may approve, Mark may not."""
    return {
        person.first_name: cast.member(person, role, {right.value for right in ROLES[role]})
        for person, role in ((cast.OTTO, "owner"), (cast.CLARA, "clerk"), (cast.MARK, "marketing"))
    }


@pytest.fixture
def rows(approvers):
    """Three wait for Trade, one for the Club."""
    trade, club = cast.group("Trade"), cast.group("Club", Approval.UPGRADE, answer_within=48)
    return [
        cast.applicant(Person(name, "Queue", f"{name}@demo.example"), club if name == "Xan" else trade)
        for name in ("Uma", "Vic", "Wyn", "Xan")
    ]


def to(outbox, kind):
    return sorted(mail.to for mail in outbox() if mail.kind == kind)


def test_each_approver_gets_one_mail_a_day(clock, rows, outbox, mailbox):
    assert digests.send_due() == 2
    assert digests.send_due() == 0
    assert to(outbox, "groups.digest") == ["clara@demo.example", "otto@demo.example"]
    for mail in mailbox():
        assert mail["Subject"] == "4 applications wait"
        assert "/staff/approvals" in text_of(mail)
    clock.shift(timedelta(days=1))
    assert digests.send_due() == 2


def test_what_was_withdrawn_is_not_counted_and_of_nothing_nobody_is_mailed(clock, rows, mailbox):
    assert digests.send_due() == 2
    applications.withdraw(rows[0], by=IVY)
    assert {mail["Subject"] for mail in mailbox() if "wait" in mail["Subject"]} == {"3 applications wait"}
    for row in rows[1:]:
        applications.withdraw(row, by=IVY)
    clock.shift(timedelta(days=1))
    assert digests.send_due() == 0


def test_not_before_the_hour_of_the_shop(clock, rows, shop_wants):
    shop_wants(approval_digest_hour=18)  # noon in UTC is half past five in the shop
    assert digests.send_due() == 0
    clock.shift(timedelta(hours=1))
    assert digests.send_due() == 2


def test_not_at_all_where_the_shop_wants_none(rows, shop_wants):
    shop_wants(approval_digest_hour=-1)
    assert digests.send_due() == 0


def test_nothing_waits_nothing_is_mailed(approvers):
    assert digests.send_due() == 0


def test_two_workers_send_it_once(rows, at_once, outbox):
    at_once(*[digests.send_due] * 6)
    assert len(to(outbox, "groups.digest")) == 2


def test_a_limited_approver_hears_of_what_is_theirs(rows, approvers, mailbox):
    otto = Actor(ActorKind.STAFF, approvers["Otto"].id, "Otto Owner")
    scopes.limit(approvers["Clara"].id, group=rows[3].group, store=None, by=otto)
    digests.send_due()
    subjects = {mail["To"]: mail["Subject"] for mail in mailbox()}
    assert subjects == {"clara@demo.example": "1 application waits", "otto@demo.example": "4 applications wait"}


def test_what_was_decided_before_the_mail_went_is_not_in_it(rows, mailbox):
    digests.send_due()
    for row in rows:
        applications.approve(row.id, by=IVY)
    assert [mail for mail in mailbox() if "wait" in mail["Subject"]] == []


def test_approvers_are_reminded_once_of_what_waits_too_long(clock, rows, outbox, mailbox):
    clock.shift(timedelta(hours=23))
    assert digests.remind_due() == 0
    clock.shift(timedelta(hours=2))
    assert digests.remind_due() == 3
    assert digests.remind_due() == 0
    assert to(outbox, "groups.reminder") == ["clara@demo.example", "otto@demo.example"]
    assert {mail["Subject"] for mail in mailbox()} == {"3 applications wait too long"}
    clock.shift(timedelta(hours=24))
    assert digests.remind_due() == 1


def test_who_waits_for_the_applicant_is_not_late_until_they_answered(clock, rows):
    deciding.ask_for_more(rows[0].id, question="Which shop?", by=IVY)
    clock.shift(timedelta(hours=30))
    assert digests.remind_due() == 2
    applications.answer(rows[0].id, "Pune.", by=IVY)
    assert digests.remind_due() == 0
    clock.shift(timedelta(hours=25))
    assert digests.remind_due() == 2, "the answered one, and the Club’s after 48 hours"


def test_two_workers_remind_once(clock, rows, at_once, outbox):
    clock.shift(timedelta(hours=25))
    at_once(*[digests.remind_due] * 6)
    assert len(to(outbox, "groups.reminder")) == 2


def test_who_left_the_staff_gets_nothing(clock, rows, approvers, mailbox):
    digests.send_due()
    approvers["Clara"].dismissed_at = now()
    db.session.commit()
    assert [mail["To"] for mail in mailbox()] == ["otto@demo.example"]
