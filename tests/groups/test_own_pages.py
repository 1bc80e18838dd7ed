"""My groups: the pages on which a customer applies, follows, answers, withdraws, chooses terms and leaves."""

import io

import pytest

from portal.accounts.models import SessionKind
from portal.accounts.service import sessions
from portal.accounts.service.sessions import Visitor
from portal.customers import custom_queries
from portal.customers.models import CustomField, FieldGroup, FieldKind
from portal.customers.service import custom_values
from portal.foundation.database import db
from portal.groups import queries
from portal.groups.models import ApplicationState, Approval
from portal.groups.service import applications, deciding
from tests import cast
from tests.browsing import Forms
from tests.groups.conftest import CLARA
from tests.mails import text_of

PAGE = "/account/groups"
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def club(app):
    return cast.group("Club", Approval.UPGRADE)


@pytest.fixture
def ann(browser):
    """Ann at a browser, signed in."""
    return _enter(browser, cast.customer(cast.ANN))


def _enter(browser, customer, kind=SessionKind.CUSTOMER):
    handle = sessions.open_session(customer.account, kind, Visitor())
    db.session.commit()
    with browser.client.session_transaction() as cookie:
        cookie["customer"] = handle
    browser.customer = customer
    return browser


def _latest(browser):
    db.session.expire_all()
    return queries.latest_application(browser.customer.id)


def _token(browser):
    return next(f["fields"]["csrf_token"] for f in Forms(browser.page.text).forms if "csrf_token" in f["fields"])


def _ask(group, kind=FieldKind.TEXT, key="shop", *, is_required=True):
    row = CustomField(key=key, name=key.capitalize(), name_key=key, kind=kind)
    row.groups = [FieldGroup(group_id=group.id, is_required=is_required)]
    db.session.add(row)
    db.session.commit()
    return row


def test_a_customer_applies_and_follows_how_it_stands(ann, club, outbox):
    ann.open(PAGE)
    page = ann.send("/apply", group=str(club.id), message="We frame pictures.")
    assert ann.path == PAGE
    assert "Application for Club sent." in page.text
    assert "usually within 1 working day" in page.text
    assert "We frame pictures." in page.text
    assert _latest(ann).message == "We frame pictures."
    assert [mail.kind for mail in outbox()] == ["groups.received"]
    assert "See it" in ann.open("/account").text


def test_an_application_pressed_twice_is_one(ann, club, outbox):
    page = ann.open(PAGE)
    ann.send("/apply", group=str(club.id))
    ann._arrive(page)
    assert ann.send("/apply", group=str(club.id)).status_code == 200
    assert len(outbox()) == 1


@pytest.mark.parametrize("group", ["", "x", "0", "-1", "9" * 40, "424242", "a\0b"])
def test_an_application_for_nothing_is_refused_with_words(ann, club, group):
    ann.open(PAGE)
    page = ann.send("/apply", group=group, message="Kept")
    assert page.status_code in (409, 422)
    assert 'href="#group"' in page.text
    assert "Kept" in page.text
    assert _latest(ann) is None


def test_a_message_that_is_too_long_stays_and_is_said(ann, club):
    ann.open(PAGE)
    page = ann.send("/apply", group=str(club.id), message="x" * 1001)
    assert page.status_code == 422
    assert 'href="#message"' in page.text


def test_a_question_is_answered_on_the_page(ann, club):
    row = applications.submit(ann.customer, club.id, by=CLARA)
    deciding.ask_for_more(row.id, question="Which <shop>?", by=CLARA)
    page = ann.open(PAGE)
    assert "Which &lt;shop&gt;?" in page.text
    assert "We need your answer" in ann.open("/account").text
    ann.open(PAGE)
    assert ann.send("/answer", answer=" ").status_code == 422
    page = ann.send("/answer", answer="The one in Pune.")
    assert "We go on with your application." in page.text
    assert _latest(ann).state is ApplicationState.SUBMITTED
    assert "The one in Pune." in page.text


def test_withdrawing_leaves_it_among_the_earlier_ones(ann, club):
    applications.submit(ann.customer, club.id, by=CLARA)
    ann.open(PAGE)
    page = ann.send("/withdraw")
    assert "Application for Club withdrawn." in page.text
    assert "Earlier applications" in page.text
    assert _latest(ann).state is ApplicationState.WITHDRAWN


def test_a_decline_is_told_with_reason_and_when_to_apply_again(ann, club):
    row = applications.submit(ann.customer, club.id, by=CLARA)
    applications.decline(row.id, reason="Not yet.", by=CLARA, again_after=None)
    page = ann.open(PAGE).text
    assert "Not yet." in page
    assert "We take no more applications of yours for this group." in page
    assert 'action="/account/groups/apply"' not in page


def test_joining_choosing_and_leaving(ann):
    free = cast.group("Friends", Approval.NONE)
    ann.open(PAGE)
    assert "You’re in the group Friends." in ann.send(f"/{free.id}/join").text
    assert "You have the terms of Friends now." in ann.send(f"/{free.id}/prefer").text
    page = ann.open(f"{PAGE}/{free.id}/leave").text
    assert "From now on you have the terms of" in page
    assert "You left the group Friends." in ann.send("/leave").text
    assert [row.group.name for row in queries.memberships(ann.customer.id)] == ["Retail"]


@pytest.mark.parametrize("act", ["answer", "withdraw"])
def test_nobody_touches_the_application_of_another(ann, club, act):
    other = cast.applicant(cast.BEN, club)
    deciding.ask_for_more(other.id, question="?", by=CLARA)
    ann.open(PAGE)
    data = {"csrf_token": _token(ann), "answer": "Mine"}
    for number in (other.id, 424242):
        assert ann.client.post(f"{PAGE}/applications/{number}/{act}", data=data).status_code == 404
    db.session.expire_all()
    assert queries.application(other.id).state is ApplicationState.NEEDS_INFORMATION


@pytest.mark.parametrize("path", ["join", "prefer", "leave"])
def test_groups_that_are_not_ours_are_refused_with_words(ann, path):
    hidden = cast.group("Hidden", at_registration=False)
    ann.open(PAGE)
    for number in (hidden.id, 424242, 2**40):
        answer = ann.client.post(f"{PAGE}/{number}/{path}", data={"csrf_token": _token(ann)})
        assert answer.status_code in (404, 405, 409)
    assert ann.open(f"{PAGE}/{hidden.id}/leave").status_code == 404
    assert ann.open(f"{PAGE}/{queries.default_group().id}/leave").status_code == 404


def test_what_the_group_asks_is_asked_here_and_shown_to_who_decides(ann, club):
    shop, other = _ask(club), cast.group("Trade")
    _ask(other, key="number")
    ann.open(PAGE)
    page = ann.send("/apply", group=str(club.id))
    assert page.status_code == 422
    assert f'href="#group_{club.id}_shop"' in page.text
    page = ann.send("/apply", **{"group": str(club.id), f"group_{club.id}_shop": "Laxmi Road"})
    assert "Application for Club sent." in page.text
    [told] = custom_values.told(custom_queries.answers_of(_latest(ann).id))
    assert (told.field_id, told.text) == (shop.id, "Laxmi Road")
    assert custom_queries.value(ann.customer.id, shop.id).value == "Laxmi Road"


def test_a_file_goes_with_the_application(ann, club):
    _ask(club, FieldKind.FILE, "licence")
    ann.open(PAGE)
    form = next(form for form in Forms(ann.page.text).forms if form["action"].endswith("/apply"))
    sent = {**form["fields"], "group": str(club.id), f"group_{club.id}_licence": (io.BytesIO(PDF), "licence.pdf")}
    answer = ann.client.post(f"{PAGE}/apply", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 303
    [told] = custom_values.told(custom_queries.answers_of(_latest(ann).id))
    assert (told.text, told.has_file) == ("licence.pdf", True)


def test_an_answer_to_a_question_can_mend_what_the_group_asks(ann, club):
    shop = _ask(club)
    row = applications.submit(ann.customer, club.id, by=CLARA, answers={shop.id: "Laxmi Road"})
    deciding.ask_for_more(row.id, question="Which number?", by=CLARA)
    ann.open(PAGE)
    ann.send("/answer", answer="See above.", field_shop="12 Laxmi Road")
    [told] = custom_values.told(custom_queries.answers_of(row.id))
    assert told.text == "12 Laxmi Road"


def test_at_the_door_one_answers_and_applies_again(browser, app):
    row = cast.applicant(cast.IVY, cast.group("Trade"))
    ivy = _enter(browser, row.customer, SessionKind.APPLICANT)
    deciding.ask_for_more(row.id, question="Which shop?", by=CLARA)
    assert "Which shop?" in ivy.open("/waiting").text
    assert ivy.send("/answer", answer="").status_code == 422
    assert "We go on with your application." in ivy.send("/answer", answer="Pune.").text
    applications.decline(row.id, reason="Not yet.", by=CLARA)
    assert "Not yet." in ivy.open("/waiting").text
    page = ivy.send("/apply", group=str(row.group_id), message="Now we have a licence.")
    assert "We’re checking your account" in page.text
    assert _latest(ivy).id != row.id
    assert ivy.open("/account").request.path == "/waiting"


def test_at_the_door_there_is_no_form_for_whoever_may_not_apply_again(browser, app):
    row = cast.applicant(cast.IVY, cast.group("Trade"))
    ivy = _enter(browser, row.customer, SessionKind.APPLICANT)
    applications.decline(row.id, reason="No.", by=CLARA, again_after=None)
    page = ivy.open("/waiting")
    assert "no more applications of yours" in page.text
    data = {"csrf_token": _token(ivy), "group": str(row.group_id)}
    assert ivy.client.post("/waiting/apply", data=data).status_code == 409
    assert _latest(ivy).id == row.id


def test_who_withdraws_gets_a_mail_that_confirms_it(ann, club, mailbox):
    applications.submit(ann.customer, club.id, by=CLARA)
    mailbox()
    ann.open(PAGE)
    ann.send("/withdraw")
    assert [mail["Subject"] for mail in mailbox()][-1:] == ["You withdrew your application for Club"]


def test_who_leaves_gets_a_mail_that_says_whose_terms_count_now(ann, mailbox):
    free = cast.group("Readers", Approval.NONE)
    applications.set_group(ann.customer, free.id, by=CLARA)
    ann.open(f"{PAGE}/{free.id}/leave")
    ann.send("/leave")
    [mail] = mailbox()
    assert mail["Subject"] == "You left the group Readers"
    assert "The terms of Retail are yours now." in text_of(mail)


def test_while_a_decision_can_be_taken_back_the_page_says_that_we_are_looking(ann):
    slow = cast.group("Slow", Approval.UPGRADE, may_undo=True)
    row = applications.submit(ann.customer, slow.id, by=CLARA)
    applications.decline(row.id, reason="Not yet.", by=CLARA)
    for path in (PAGE, "/account"):
        page = ann.open(path).text
        assert "Not yet." not in page
        assert "Declined" not in page
        assert "Slow" in page
    assert "A person of our team looks at it" in ann.open(PAGE).text


def test_a_profile_offers_more_questions_only_where_a_group_asks_some(ann):
    assert "More about you" not in ann.open("/account/profile").text
    _ask(queries.default_group())
    assert "More about you" in ann.open("/account/profile").text
