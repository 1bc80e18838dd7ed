"""Approvers at work: asking, undoing, several at once, filters, limits, reasons and the pages of groups."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.foundation.clock import now
from portal.foundation.database import db
from portal.groups import queries, rules
from portal.groups.models import Application, ApplicationState, Approval, ApproverScope, DecisionRun
from portal.groups.service import applications, scopes, settling
from portal.staff.models import StaffMember
from tests import cast
from tests.backoffice.desk import at_desk
from tests.browsing import Forms
from tests.cast import Person
from tests.groups.conftest import OTTO

PEOPLE = [Person(name, "Queue", f"{name.lower()}@demo.example") for name in ("Uma", "Vic", "Wyn")]


@pytest.fixture
def clara(browser):
    """The clerk at a browser."""
    return at_desk(browser, "clerk")


@pytest.fixture
def otto(browsers):
    """The owner at a browser."""
    return at_desk(browsers(), "owner")


@pytest.fixture
def queue(app):
    """Uma, Vic and Wyn, in this order, wait for Trade, whose decisions can be undone."""
    trade = cast.group("Trade", may_undo=True)
    rows = []
    for place, person in enumerate(PEOPLE):
        row = cast.applicant(person, trade)
        row.submitted_at = now() - timedelta(hours=50 - 20 * place)
        db.session.commit()
        rows.append(row)
    return rows


def state_of(row):
    db.session.expire_all()
    return db.session.get(Application, row.id).state


def token_of(page):
    return next(form["fields"]["csrf_token"] for form in Forms(page.text).forms if "csrf_token" in form["fields"])


def several(browser, decision, rows, **fields):
    """Tick rows of the list, press the button, and confirm."""
    token = token_of(browser.open("/staff/approvals/list"))
    data = {"csrf_token": token, "id": [str(row.id) for row in rows]}
    asked = browser.client.post(f"/staff/approvals/several/{decision}", data=data)
    form = next(form for form in Forms(asked.text).forms if form["action"].endswith("/done"))
    sent = {**form["fields"], **data, **fields}
    return asked, browser._arrive(browser.client.post(form["action"], data=sent, follow_redirects=True))


def test_a_question_goes_out_and_the_next_opens(clara, queue, outbox):
    clara.open(f"/staff/approvals/{queue[0].id}/ask")
    page = clara.send(f"/{queue[0].id}", message="Which shop?")
    assert clara.path == f"/staff/approvals/{queue[1].id}"
    assert "Uma Queue gets an email with your question." in page.text
    assert state_of(queue[0]) is ApplicationState.NEEDS_INFORMATION
    assert [mail.kind for mail in outbox()] == ["groups.question"]
    page = clara.open(f"/staff/approvals/{queue[0].id}").text
    assert "Which shop?" in page
    assert "/ask" not in page


@pytest.mark.parametrize("message", ["", " \n", "x" * 1001, "a\0b"])
def test_a_question_without_words_that_can_be_told_is_mended(clara, queue, outbox, message):
    clara.open(f"/staff/approvals/{queue[0].id}/ask")
    page = clara.send(f"/{queue[0].id}", message=message)
    assert page.status_code == 422
    assert 'href="#message"' in page.text
    assert outbox() == []


def test_a_decline_says_when_to_apply_again(clara, queue):
    clara.open(f"/staff/approvals/{queue[0].id}/decline")
    page = clara.send(f"/{queue[0].id}", reason="unsuited", again="later", again_days="0")
    assert page.status_code == 422
    assert 'href="#again_days"' in page.text
    clara.send(f"/{queue[0].id}", reason="unsuited", again="later", again_days="30")
    row = db.session.get(Application, queue[0].id)
    assert round((row.may_reapply_at - row.decided_at) / timedelta(days=1), 3) == 30
    clara.open(f"/staff/approvals/{queue[1].id}/decline")
    clara.send(f"/{queue[1].id}", reason="unsuited", again="never")
    assert db.session.get(Application, queue[1].id).may_reapply_at is None


def test_a_decision_is_undone_from_the_queue(clara, queue, mailbox):
    clara.open(f"/staff/approvals/{queue[0].id}")
    page = clara.send(f"/{queue[0].id}", decision="approve")
    assert "is let into" in page.text
    page = clara.send(f"/{queue[0].id}/undo")
    assert clara.path == f"/staff/approvals/{queue[0].id}"
    assert "is taken back" in page.text
    assert state_of(queue[0]) is ApplicationState.SUBMITTED
    assert mailbox() == []


def test_an_undo_that_comes_too_late_is_refused_with_words(clara, queue):
    applications.approve(queue[0].id, by=OTTO)
    page = clara.open(f"/staff/approvals/{queue[0].id}")
    db.session.get(Application, queue[0].id).undo_until = now() - timedelta(seconds=1)
    answer = clara.client.post(f"/staff/approvals/{queue[0].id}/undo", data={"csrf_token": token_of(page)})
    assert answer.status_code == 409
    assert "any more" in answer.text


def test_several_are_approved_after_a_page_that_asks(clock, clara, queue, outbox):
    asked, page = several(clara, "approve", queue)
    assert "Approve 3 customers?" in asked.text
    assert "3 of 3 approved" in page.text
    assert clara.path.startswith("/staff/approvals/several/")
    assert {state_of(row) for row in queue} == {ApplicationState.APPROVED}
    assert outbox() == []
    clock.shift(rules.UNDO)
    settling.settle_due()
    assert [message.kind for message in outbox()] == ["groups.approved"] * 3


def test_rows_decided_by_others_meanwhile_are_reported_and_not_decided_again(clock, clara, queue, outbox):
    clara.open("/staff/approvals/list")
    applications.decline(queue[1].id, reason="No.", by=OTTO)
    db.session.commit()
    _asked, page = several(clara, "approve", queue)
    assert "2 of 3 approved" in page.text
    assert "Otto Owner declined this on" in page.text
    assert state_of(queue[1]) is ApplicationState.DECLINED
    clock.shift(rules.UNDO)
    settling.settle_due()
    assert sorted(message.kind for message in outbox()) == ["groups.approved", "groups.approved", "groups.declined"]


def test_several_are_declined_with_one_reason(clara, queue):
    _asked, page = several(clara, "decline", queue[:2], reason="")
    assert page.status_code == 422
    _asked, page = several(clara, "decline", queue[:2], reason="own", message="Not now.", again="never")
    assert "2 of 2 declined" in page.text
    assert queries.application(queue[0].id).reason == "Not now."
    assert state_of(queue[2]) is ApplicationState.SUBMITTED


def test_several_pressed_twice_are_decided_once(clara, queue):
    token = token_of(clara.open("/staff/approvals/list"))
    data = {"csrf_token": token, "id": [str(queue[0].id)], "form_key": "the same"}
    first = clara.client.post("/staff/approvals/several/approve/done", data=data)
    second = clara.client.post("/staff/approvals/several/approve/done", data=data)
    assert first.location == second.location
    assert len(db.session.scalars(sa.select(DecisionRun)).all()) == 1


@pytest.mark.parametrize("ids", [[], ["x"], ["0"], ["9" * 40], ["424242"], ["a\0b"]])
@pytest.mark.parametrize("end", ["", "/done"])
def test_several_of_nobody_decide_nothing(clara, queue, ids, end):
    token = token_of(clara.open("/staff/approvals/list"))
    answer = clara.client.post(f"/staff/approvals/several/approve{end}", data={"csrf_token": token, "id": ids})
    assert answer.status_code == 422
    assert "Tick the applications" in answer.text


def test_a_result_is_shown_to_whoever_decided_alone(clara, otto, queue):
    several(clara, "approve", queue[:1])
    assert clara.open(clara.path).status_code == 200
    assert otto.open(clara.path).status_code == 404
    assert clara.open("/staff/approvals/several/424242").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("longer=1d", {"Uma", "Vic"}),
        ("longer=late", {"Uma", "Vic"}),
        ("longer=30d", set()),
        ("state=submitted", {"Uma", "Vic", "Wyn"}),
        ("state=needs-information", set()),
        ("store=online", {"Uma", "Vic", "Wyn"}),
        ("sent_from=2000-01-01&sent_to=2001-01-01", set()),
        ("sent_from=2000-01-01", {"Uma", "Vic", "Wyn"}),
        ("q=uma&longer=1d", {"Uma"}),
    ],
)
@pytest.mark.parametrize("path", ["/staff/approvals", "/staff/approvals/list"])
def test_filters_stand_in_the_address_and_as_chips(clara, queue, query, found, path):
    page = clara.open(f"{path}?{query}").text
    assert {name for name in ("Uma", "Vic", "Wyn") if f"{name} Queue" in page} == found
    assert "Filters on:" in page
    assert "Clear" in page


@pytest.mark.parametrize(
    "query", ["longer=x", "state=approved", "store=moon", "sent_from=x", "sent_to=9999-99-99", "store=%00", "group=²"]
)
def test_filters_that_nobody_understands_are_left_out(clara, queue, query):
    page = clara.open(f"/staff/approvals?{query}").text
    assert "Uma Queue" in page
    assert "Filters on:" not in page


def test_the_waits_are_told_in_figures(clara, queue):
    applications.approve(queue[0].id, by=OTTO)
    assert "1 decided, half of them within 2 days" in clara.open("/staff/approvals").text


def test_a_limited_approver_neither_sees_nor_decides_about_the_rest(clara, queue):
    club = cast.applicant(cast.BEN, cast.group("Club", Approval.UPGRADE))
    member = db.session.scalars(sa.select(StaffMember)).one()
    scopes.limit(member.id, group=club.group, store=None, by=OTTO)
    page = clara.open("/staff/approvals")
    assert "Uma Queue" not in page.text
    assert "1 waiting" in page.text
    assert clara.open(f"/staff/approvals/{queue[0].id}").status_code == 403
    data = {"csrf_token": token_of(page), "decision": "approve"}
    assert clara.client.post(f"/staff/approvals/{queue[0].id}", data=data).status_code == 403
    data = {"csrf_token": token_of(page), "id": [str(queue[0].id)]}
    assert clara.client.post("/staff/approvals/several/approve/done", data=data).status_code == 422
    assert state_of(queue[0]) is ApplicationState.SUBMITTED


def test_an_owner_limits_a_clerk_and_lifts_it(otto, clara, queue):
    member = db.session.scalars(sa.select(StaffMember).where(StaffMember.name == "Clara Clerk")).one()
    path = f"/staff/groups/{queue[0].group_id}/approvers"
    otto.open(path)
    assert otto.send("/approvers", member="").status_code == 422
    page = otto.send("/approvers", member=str(member.id), about="this", store="online")
    assert "Clara Clerk decides about that" in page.text
    assert otto.send("/approvers", member=str(member.id), about="this", store="online").status_code == 409
    otto.open(path)
    assert "Lift" in otto.page.text
    otto.send("/approvers/lift")
    assert db.session.scalars(sa.select(ApproverScope)).all() == []
    assert clara.open(path).status_code == 200
    assert "Add the limit" not in clara.page.text


def test_the_reasons_of_the_shop_are_added_changed_moved_and_removed(otto):
    otto.open("/staff/approvals/reasons")
    assert "We only serve framers." in otto.send("/reasons", sentence="We only serve framers.").text
    own = queries.reasons()[-1].id
    assert otto.send("/reasons", sentence="we only serve FRAMERS.").status_code == 422
    otto.open(f"/staff/approvals/reasons/{own}")
    assert "Framers only." in otto.send(f"/reasons/{own}", sentence="Framers only.").text
    otto.send(f"/{own}/move")
    otto.open(f"/staff/approvals/reasons/{own}")
    assert "Framers only." not in otto.send("/remove").text
    for number in (own, 424242):
        assert otto.open(f"/staff/approvals/reasons/{number}").status_code == 404


def test_groups_are_put_in_order_and_deleted_from_their_pages(otto):
    trade, club = cast.group("Trade"), cast.group("Club")
    otto.open("/staff/groups")
    token = token_of(otto.page)
    otto.client.post(f"/staff/groups/{trade.id}/move", data={"csrf_token": token, "direction": "up"})
    db.session.expire_all()
    assert [group.name for group in queries.all_groups()] == ["Retail", "Trade", "Club"]
    otto.open(f"/staff/groups/{club.id}/delete")
    assert "Club is deleted." in otto.send("/delete").text
    cast.applicant(cast.IVY, trade)
    page = otto.open(f"/staff/groups/{trade.id}/delete")
    assert "1 application" in page.text
    answer = otto.client.post(f"/staff/groups/{trade.id}/delete", data={"csrf_token": token})
    assert answer.status_code == 409
    assert "is in use and can’t be deleted" in answer.text


def test_how_a_group_decides_is_part_of_its_form(otto):
    trade = cast.group("Trade")
    otto.open(f"/staff/groups/{trade.id}")
    assert otto.send(answer_within="0").status_code == 422
    otto.open(f"/staff/groups/{trade.id}")
    otto.send(answer_within="48", two_approvers="1", may_undo="1")
    db.session.expire_all()
    group = queries.group(trade.id)
    assert (group.answer_within, group.two_approvers, group.may_undo) == (48, True, True)
