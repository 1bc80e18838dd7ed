"""Asking for more: the question reaches the applicant, the answer brings the application back to its approvers."""

from datetime import timedelta

import pytest

from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.groups import pages, queries, rules
from portal.groups.errors import AlreadyDecided, AnswerMissing, QuestionMissing
from portal.groups.models import Application, ApplicationState, Approval, Step
from portal.groups.service import applications, deciding
from tests import cast
from tests.groups.conftest import CLARA, OTTO
from tests.mails import text_of

IVY = Actor(ActorKind.CUSTOMER, 1, "ivy@demo.example")


@pytest.fixture
def waiting(app):
    """Ivy waits for the gate group Trade."""
    return cast.applicant(cast.IVY, cast.group("Trade"))


def test_a_question_is_mailed_and_the_application_waits_for_the_answer(waiting, mailbox, trail):
    row = deciding.ask_for_more(waiting.id, question=" Which shop? ", by=CLARA)
    assert row.state is ApplicationState.NEEDS_INFORMATION
    assert pages.question_of(row) == "Which shop?"
    assert trail() == ["application.asked"]
    [mail] = mailbox()
    assert mail["Subject"] == "A question about your application for Trade"
    assert "Which shop?" in text_of(mail)
    assert queries.count_waiting() == 1


def test_the_answer_brings_it_back_and_starts_the_wait_anew(waiting, trail):
    waiting.submitted_at = now() - timedelta(days=5)
    deciding.ask_for_more(waiting.id, question="Which shop?", by=CLARA)
    assert not rules.is_late(waiting, now())
    row = applications.answer(waiting.id, "The one in Pune.\n", by=IVY)
    assert row.state is ApplicationState.SUBMITTED
    assert [event.step for event in row.events] == [Step.SUBMITTED, Step.ASKED, Step.ANSWERED]
    assert row.events[-1].reason == "The one in Pune."
    assert not rules.is_late(row, now())
    assert rules.is_late(row, now() + timedelta(hours=25))
    assert pages.question_of(row) == ""
    assert trail() == ["application.asked", "application.answered"]


def test_one_question_at_a_time_and_the_second_hears_who_asked(waiting, outbox):
    deciding.ask_for_more(waiting.id, question="Which shop?", by=CLARA)
    with pytest.raises(AlreadyDecided, match="Clara Clerk asked for more on"):
        deciding.ask_for_more(waiting.id, question="Since when?", by=OTTO)
    assert len(outbox()) == 1


def test_an_answer_to_nothing_is_refused(waiting):
    with pytest.raises(AlreadyDecided, match="waits for a decision"):
        applications.answer(waiting.id, "Here.", by=IVY)
    applications.approve(waiting.id, by=CLARA)
    with pytest.raises(AlreadyDecided, match="approved this on"):
        applications.answer(waiting.id, "Here.", by=IVY)


@pytest.mark.parametrize("words", ["", " \n"])
def test_questions_and_answers_have_words(waiting, outbox, words):
    with pytest.raises(QuestionMissing):
        deciding.ask_for_more(waiting.id, question=words, by=CLARA)
    deciding.ask_for_more(waiting.id, question="Which shop?", by=CLARA)
    with pytest.raises(AnswerMissing):
        applications.answer(waiting.id, words, by=IVY)
    assert waiting.state is ApplicationState.NEEDS_INFORMATION
    assert len(outbox()) == 1


@pytest.mark.parametrize("decide", ["approve", "decline", "withdraw"])
def test_whoever_is_asked_can_still_be_decided_about_and_withdraw(waiting, mailbox, decide):
    deciding.ask_for_more(waiting.id, question="Which shop?", by=CLARA)
    if decide == "approve":
        applications.approve(waiting.id, by=OTTO)
    elif decide == "decline":
        applications.decline(waiting.id, reason="No.", by=OTTO)
    else:
        applications.withdraw(waiting, by=IVY)
    assert not waiting.is_open
    assert all("question" not in mail["Subject"] for mail in mailbox()), "what is no longer asked is not mailed"


def test_a_question_makes_the_first_of_two_approvals_void(app):
    club = cast.group("Club", Approval.UPGRADE, two_approvers=True)
    row = cast.applicant(cast.BEN, club)
    applications.approve(row.id, by=CLARA)
    deciding.ask_for_more(row.id, question="Which shop?", by=OTTO)
    applications.answer(row.id, "Pune.", by=IVY)
    assert applications.approve(row.id, by=CLARA).is_open


def test_eight_answers_at_once_are_one(waiting, at_once):
    number = waiting.id
    deciding.ask_for_more(number, question="Which shop?", by=CLARA)
    results = at_once(*[lambda: applications.answer(number, "Pune.", by=IVY)] * 8)
    assert sum(isinstance(result, AlreadyDecided) for result in results) == 7
    assert len(db.session.get(Application, number).events) == 3


def test_question_and_approval_at_once_leave_one_truth(waiting, at_once):
    number = waiting.id
    at_once(
        *[lambda: deciding.ask_for_more(number, question="Which shop?", by=CLARA)] * 4,
        *[lambda: applications.approve(number, by=OTTO)] * 4,
    )
    row = db.session.get(Application, number)
    assert row.state is ApplicationState.APPROVED
    assert [event.step for event in row.events].count(Step.APPROVED) == 1
    assert [event.step for event in row.events].count(Step.ASKED) <= 1
