"""The approvals queue: seen oldest first, decided once, told truthfully."""

import json
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from portal.foundation.clock import now
from portal.foundation.database import db
from portal.groups import queries
from portal.groups.models import Application, ApplicationState, Approval
from portal.groups.service import applications, reasons
from tests import cast
from tests.backoffice.desk import at_desk
from tests.browsing import Forms
from tests.cast import Person
from tests.groups.conftest import OTTO

NAUGHTY = json.loads((Path(__file__).parents[1] / "vendor" / "blns.json").read_text())
PEOPLE = [Person(name, "Queue", f"{name.lower()}@demo.example") for name in ("Uma", "Vic", "Wyn")]


@pytest.fixture
def clara(browser):
    """The clerk at a browser."""
    return at_desk(browser, "clerk")


@pytest.fixture
def queue(app):
    """Uma, Vic and Wyn, in this order, wait for Trade."""
    trade = cast.group("Trade")
    rows = []
    for place, person in enumerate(PEOPLE):
        row = cast.applicant(person, trade)
        row.submitted_at = now() - timedelta(hours=50 - place)
        db.session.commit()
        rows.append(row)
    return rows


def state_of(row):
    db.session.expire_all()
    return db.session.get(Application, row.id).state


def token_of(page):
    return next(form["fields"]["csrf_token"] for form in Forms(page.text).forms if "csrf_token" in form["fields"])


def test_the_queue_shows_the_oldest_first_and_opens_it(clara, queue):
    page = clara.open("/staff/approvals").text
    places = [page.index(f'href="/staff/approvals/{row.id}"') for row in queue]
    assert places == sorted(places)
    assert "3 waiting · oldest first" in page
    assert f'action="/staff/approvals/{queue[0].id}"' in page
    assert "2 days" in page


def test_after_an_approval_the_next_opens_by_itself(clara, queue, outbox):
    clara.open(f"/staff/approvals/{queue[0].id}")
    page = clara.send(f"/{queue[0].id}", decision="approve")
    assert clara.path == f"/staff/approvals/{queue[1].id}"
    assert "Uma Queue is in Trade now" in page.text
    assert state_of(queue[0]) is ApplicationState.APPROVED
    assert [(mail.kind, mail.to) for mail in outbox()] == [("groups.approved", "uma@demo.example")]


def test_after_the_last_decision_the_queue_says_that_nothing_waits(clara):
    row = cast.applicant(cast.IVY, cast.group())
    clara.open("/staff/approvals")
    page = clara.send(f"/{row.id}", decision="approve")
    assert clara.path == "/staff/approvals"
    assert "Nothing waits" in page.text


def test_a_decline_asks_for_a_reason_shows_the_mail_and_tells_the_reason(clara, queue, mailbox):
    clara.open(f"/staff/approvals/{queue[0].id}/decline")
    fields = {"decision": "decline", "reason": "unsuited", "message": "Send us a photo.\r\nThen again."}
    data = {**fields, "csrf_token": token_of(clara.page)}
    page = clara._arrive(clara.client.post(f"/staff/approvals/{queue[0].id}/decline", data=data))
    assert state_of(queue[0]) is ApplicationState.SUBMITTED
    assert "Send us a photo.<br>Then again." in page.text
    clara.send(f"/{queue[0].id}")
    assert clara.path == f"/staff/approvals/{queue[1].id}"
    assert state_of(queue[0]) is ApplicationState.DECLINED
    [mail] = mailbox()
    sentence = reasons.in_words("unsuited")
    told = mail.get_body(("plain",)).get_content()
    assert sentence in told
    assert "Send us a photo." in told
    assert queries.application(queue[0].id).reason == f"{sentence}\n\nSend us a photo.\nThen again."


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "  ", "message": "Kept"}, "reason"),
        ({"reason": "x" * 1001}, "reason"),
        ({"reason": "a\0b"}, "reason"),
        ({"reason": "own", "message": " \n"}, "message"),
        ({"reason": "unsuited", "message": "x" * 1001}, "message"),
        ({"reason": "unsuited", "message": "a\0b"}, "message"),
    ],
)
def test_nobody_is_declined_without_a_reason_that_can_be_told(clara, queue, outbox, typed, field):
    clara.open(f"/staff/approvals/{queue[0].id}/decline")
    page = clara.send(f"/{queue[0].id}", **typed)
    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert state_of(queue[0]) is ApplicationState.SUBMITTED
    assert outbox() == []


@pytest.mark.parametrize("text", NAUGHTY[::60])
def test_a_naughty_reason_is_told_as_it_is(clara, mailbox, text):
    row = cast.applicant(cast.IVY, cast.group())
    clara.open(f"/staff/approvals/{row.id}/decline")
    page = clara.send(f"/{row.id}", reason="own", message=text)
    assert page.status_code in (200, 422)
    if page.status_code == 200:
        assert len(mailbox()) == 1
        assert clara.open(f"/staff/approvals/{row.id}").status_code == 200


def test_who_comes_too_late_reads_who_decided_what_and_changes_nothing(clara, queue, outbox):
    clara.open(f"/staff/approvals/{queue[0].id}")
    applications.decline(queue[0].id, reason="No.", by=OTTO)
    db.session.commit()
    page = clara.send(f"/{queue[0].id}", decision="approve")
    assert page.status_code == 409
    assert "Otto Owner declined this on" in page.text
    assert state_of(queue[0]) is ApplicationState.DECLINED
    assert len(outbox()) == 1


def test_a_button_pressed_twice_decides_once_and_leads_to_the_same_page(clara, queue, outbox):
    page = clara.open(f"/staff/approvals/{queue[0].id}")
    clara.send(f"/{queue[0].id}", decision="approve")
    first = clara.path
    clara._arrive(page)
    assert clara.send(f"/{queue[0].id}", decision="approve").status_code == 200
    assert clara.path == first
    assert len(outbox()) == 1


def test_of_many_browsers_that_decide_at_once_one_decides(app, browsers, queue, outbox):
    number = queue[0].id
    people = []
    for role in ("clerk", "owner"):
        one = at_desk(browsers(), role)
        page = one.open(f"/staff/approvals/{number}")
        people.append((one.client, token_of(page)))
    db.session.commit()
    answers = [0] * 2
    start = Barrier(2)

    def press(place):
        client, token = people[place]
        start.wait()
        data = {"csrf_token": token, "decision": "approve"}
        answers[place] = client.post(f"/staff/approvals/{number}", data=data).status_code

    threads = [Thread(target=press, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [303, 409]
    assert len(outbox()) == 1


def test_a_get_decides_nothing(clara, queue):
    number = queue[0].id
    for path in (f"/staff/approvals/{number}?decision=approve", f"/staff/approvals/{number}/decline?reason=unsuited"):
        assert clara.open(path).status_code == 200
    assert state_of(queue[0]) is ApplicationState.SUBMITTED


@pytest.mark.parametrize("decision", ["", "ask", "APPROVE", "x" * 5000, "a\0b"])
def test_an_unknown_decision_decides_nothing(clara, queue, decision):
    page = clara.open(f"/staff/approvals/{queue[0].id}")
    data = {"csrf_token": token_of(page), "decision": decision}
    answer = clara.client.post(f"/staff/approvals/{queue[0].id}", data=data)
    assert answer.status_code == 422
    assert state_of(queue[0]) is ApplicationState.SUBMITTED


@pytest.mark.parametrize("number", ["0", "999", "2147483648", "9" * 40, "-1", "x", "%00"])
@pytest.mark.parametrize("end", ["", "/decline"])
def test_an_application_that_does_not_exist_is_not_found(clara, number, end):
    token = token_of(clara.open("/staff/approvals"))
    assert clara.open(f"/staff/approvals/{number}{end}").status_code == 404
    data = {"csrf_token": token, "decision": "approve"}
    assert clara.client.post(f"/staff/approvals/{number}{end}", data=data).status_code in (404, 405)


def test_a_decided_application_is_shown_as_it_ended(clara, queue):
    applications.decline(queue[0].id, reason="Not yet.", by=OTTO)
    db.session.commit()
    page = clara.open(f"/staff/approvals/{queue[0].id}").text
    assert "Declined" in page
    assert "Not yet." in page
    assert 'value="approve"' not in page
    assert "Otto Owner declined this on" in clara.open(f"/staff/approvals/{queue[0].id}/decline").text


def test_the_queue_is_filtered_by_name_and_group_and_stays_so_after_a_decision(clara, queue):
    cast.applicant(cast.BEN, cast.group("Club", Approval.UPGRADE))
    page = clara.open(f"/staff/approvals?group={queue[0].group_id}&q=queue").text
    assert "Ben" not in page
    assert "3 found" in page
    clara.send(f"/{queue[0].id}?q=queue&group={queue[0].group_id}", decision="approve")
    assert clara.address == f"/staff/approvals/{queue[1].id}?q=queue&group={queue[0].group_id}"
    assert "Nobody found" in clara.open("/staff/approvals?q=zzzz").text


@pytest.mark.parametrize(
    "query",
    [
        "q=%00%00",
        "q=" + "x" * 4_000,
        "group=x",
        "group=" + "9" * 40,
        "group=99999999999",
        "group=-1",
        "group=²",
        "after=x",
        "before=%00",
        "after=" + "A" * 4000,
        "q=%FF%FE",
    ],
)
def test_strange_filters_are_no_trouble(clara, queue, query):
    assert clara.open(f"/staff/approvals?{query}").status_code == 200
    assert clara.open(f"/staff/approvals/{queue[0].id}?{query}").status_code == 200


def test_the_queue_is_paged_by_key(clara, monkeypatch, queue):
    monkeypatch.setattr(queries.queue, "IN_QUEUE", 2)
    page = clara.open("/staff/approvals").text
    assert "Wyn" not in page
    following = page.split('" rel="next"')[0].split('href="')[-1].replace("&amp;", "&")
    assert "Wyn" in clara.open(following).text
    assert "Uma" not in clara.page.text


def test_what_speaks_against_an_applicant_is_shown(clara):
    row = cast.applicant(Person("Anna", "Adeyemi", "anna@demo.example", cast.ANN.telephone), cast.group())
    cast.customer(cast.ANN)
    page = clara.open(f"/staff/approvals/{row.id}").text
    assert "Possible duplicate" in page
    assert "T-ANN" in page
    assert "First application" in page


def test_marketing_decides_nothing(browser, queue):
    mark = at_desk(browser, "marketing")
    page = mark.open("/staff")
    assert "/staff/approvals" not in page.text
    assert mark.open("/staff/approvals").status_code == 403
    data = {"csrf_token": token_of(page), "decision": "approve"}
    assert mark.client.post(f"/staff/approvals/{queue[0].id}", data=data).status_code == 403
    assert state_of(queue[0]) is ApplicationState.SUBMITTED


def test_who_is_signed_out_decides_nothing(client, queue):
    assert client.get("/staff/approvals").status_code == 303
    app_answer = client.post(f"/staff/approvals/{queue[0].id}", data={"decision": "approve"})
    assert app_answer.status_code in (400, 401)
    assert state_of(queue[0]) is ApplicationState.SUBMITTED
