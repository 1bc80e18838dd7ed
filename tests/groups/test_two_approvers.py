"""Two approvers: the first approval is noted, another member gives the second, never the same."""

import pytest

from portal.foundation.database import db
from portal.groups import queries
from portal.groups.errors import AlreadyDecided, SecondApproverNeeded
from portal.groups.models import Application, ApplicationState, Approval, Step
from portal.groups.service import applications
from tests import cast
from tests.groups.conftest import CLARA, OTTO


@pytest.fixture
def waiting(app):
    """Ben waits for the Club, which wants two approvers."""
    return cast.applicant(cast.BEN, cast.group("Club", Approval.UPGRADE, two_approvers=True))


def test_the_first_approval_lets_nobody_in(waiting, outbox, trail):
    row = applications.approve(waiting.id, by=CLARA)
    assert row.state is ApplicationState.SUBMITTED
    assert (row.seconded_by, row.seconded_by_id) == ("Clara Clerk", CLARA.id)
    assert queries.preferred_group(row.customer_id).is_default
    assert outbox() == []
    assert trail() == ["application.seconded"]


def test_the_same_member_never_gives_both(waiting):
    applications.approve(waiting.id, by=CLARA)
    with pytest.raises(SecondApproverNeeded, match="Somebody else"):
        applications.approve(waiting.id, by=CLARA)
    assert waiting.is_open


def test_the_second_approval_lets_in(waiting, outbox):
    applications.approve(waiting.id, by=CLARA)
    row = applications.approve(waiting.id, by=OTTO)
    assert row.state is ApplicationState.APPROVED
    assert row.decided_by == "Otto Owner"
    assert queries.preferred_group(row.customer_id).name == "Club"
    assert [mail.kind for mail in outbox()] == ["groups.approved"]


def test_one_is_enough_to_decline(waiting):
    applications.approve(waiting.id, by=CLARA)
    assert applications.decline(waiting.id, reason="No.", by=OTTO).state is ApplicationState.DECLINED


@pytest.mark.parametrize("deciders", [8, 100])
def test_of_many_at_once_one_gives_the_first_and_one_the_second(waiting, at_once, outbox, deciders):
    number = waiting.id
    calls = [lambda by=(CLARA, OTTO)[place % 2]: applications.approve(number, by=by) for place in range(deciders)]
    results = at_once(*calls)
    row = db.session.get(Application, number)
    steps = [event.step for event in row.events]
    assert steps == [Step.SUBMITTED, Step.SECONDED, Step.APPROVED]
    assert row.events[1].who != row.events[2].who
    assert sum(isinstance(result, AlreadyDecided | SecondApproverNeeded) for result in results) == deciders - 2
    assert len(outbox()) == 1
