"""The help desk: a caller proves who they are, and staff learn only whether it matched."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import IdentityCase, SecurityAnswer, SignInSession
from portal.accounts.service import identity
from portal.audit.models import AuditEntry
from portal.foundation.database import db
from tests import cast
from tests.backoffice.calling import CLERK, LIST, ask, enter, make_pin, open_case, say, secret_of, verbs
from tests.mails import link_in, text_of


def test_a_case_needs_a_reason_and_the_reason_is_kept(clerk, ann):
    page = open_case(clerk, ann, reason="  ")
    assert page.status_code == 422
    assert "Enter what the caller wants" in page.text
    assert db.session.scalar(sa.select(IdentityCase)) is None
    assert open_case(clerk, ann, reason="Lost her phone").status_code == 200
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.verb, entry.reason, entry.actor_name) == (
        "account.identity_case_opened",
        "Lost her phone",
        "Clara Clerk",
    )


def test_the_question_is_shown_only_when_asked_for_and_that_is_on_record(clerk, ann):
    assert cast.QUESTION not in clerk.open(f"{LIST}/{ann.number}/identity").text
    assert cast.QUESTION not in open_case(clerk, ann).text
    assert "account.question_shown" not in verbs()
    assert cast.QUESTION in clerk.send("/identity/question").text
    assert verbs() == ["account.identity_case_opened", "account.question_shown"]
    assert cast.QUESTION not in open_case(clerk, ann).text  # another case, asked for anew


def test_the_pin_is_offered_before_the_question(clerk, ann):
    page = ask(clerk, ann).text
    assert page.index("Support PIN</h2>") < page.index("Security question</h2>")


@pytest.mark.parametrize("said", [cast.ANSWER, " blue   THUNDER! ", "Blue-Thunder"])
def test_a_right_answer_is_a_match_and_the_customer_hears_of_it(clerk, ann, mailbox, said):
    ask(clerk, ann)
    page = say(clerk, said)
    assert "Match. It is Ann Adeyemi" in page.text
    assert said.strip() not in page.text
    [mail] = mailbox()
    assert mail["To"] == cast.ANN.email
    assert "confirmed it was you" in mail["Subject"]
    assert link_in(mail, "/recover") == "/recover"
    assert "Blue" not in text_of(mail)


def test_a_wrong_answer_is_no_match_and_is_not_shown_again(clerk, ann, outbox):
    ask(clerk, ann)
    page = say(clerk, "Red Lightning")
    assert page.status_code == 422
    assert "No match. 2 tries left." in page.text
    assert "Red Lightning" not in page.text
    assert outbox() == []


def test_an_answer_is_taken_only_after_its_question(clerk, ann):
    open_case(clerk, ann)
    token = secret_of(clerk)
    data = {"csrf_token": token, "said": cast.ANSWER}
    assert clerk.client.post(f"{LIST}/{ann.number}/identity/answer", data=data).status_code == 403
    assert db.session.scalars(sa.select(IdentityCase)).one().proven_at is None


def test_the_third_wrong_answer_closes_the_case(clerk, ann):
    ask(clerk, ann)
    say(clerk, "one thing")
    say(clerk, "another thing")
    page = say(clerk, "a third thing")
    assert "The case is closed" in page.text
    assert db.session.scalars(sa.select(IdentityCase)).one().closed_at is not None
    token = secret_of(clerk)
    data = {"csrf_token": token, "said": cast.ANSWER}
    assert clerk.client.post(f"{LIST}/{ann.number}/identity/answer", data=data).status_code == 410


def test_a_new_case_gives_no_new_answers_of_the_day(clerk, ann):
    for _ in range(3):
        ask(clerk, ann)
        for said in ("one thing", "another thing"):
            page = say(clerk, said)
    assert "No more answers are taken" in page.text


def test_the_answers_of_the_day_are_each_customers_own(clerk, ann):
    for _ in range(3):
        ask(clerk, ann)
        for said in ("one thing", "another thing"):
            say(clerk, said)
    ben = cast.customer(cast.BEN)
    ask(clerk, ben)
    assert "Match." in say(clerk, cast.ANSWER).text


def test_a_used_up_day_leaves_the_support_pin(clerk, ann):
    for _ in range(3):
        ask(clerk, ann)
        for said in ("one thing", "another thing"):
            say(clerk, said)
    pin = make_pin(ann)
    assert "Match." in clerk.send("/identity/pin", pin=pin).text


def test_a_support_pin_is_a_match_once(clerk, ann, outbox):
    pin = make_pin(ann)
    open_case(clerk, ann)
    assert "Match." in clerk.send("/identity/pin", pin=f"{pin[:3]} {pin[3:]}").text
    assert [mail.kind for mail in outbox()] == ["accounts.identity_proven"]
    open_case(clerk, ann)
    page = clerk.send("/identity/pin", pin=pin)
    assert page.status_code == 422
    assert "No match" in page.text


def test_a_case_lives_half_an_hour_and_its_match_no_longer(clock, clerk, ann):
    pin = make_pin(ann)
    open_case(clerk, ann)
    assert "What you can do now" in clerk.send("/identity/pin", pin=pin).text
    for _ in range(2):
        clock.shift(timedelta(minutes=14, seconds=50))
        assert "What you can do now" in clerk.open(f"{LIST}/{ann.number}/identity").text
    clock.shift(timedelta(seconds=20))
    assert "Open a case" in clerk.open(f"{LIST}/{ann.number}/identity").text


def test_a_match_is_the_members_own_and_ends_with_the_case(clerk, browsers, ann):
    pin = make_pin(ann)
    open_case(clerk, ann)
    clerk.send("/identity/pin", pin=pin)
    other = enter(browsers(), cast.OTTO)
    assert "Open a case" in other.open(f"{LIST}/{ann.number}/identity").text
    clerk.send("/identity/close")
    assert "Open a case" in clerk.open(f"{LIST}/{ann.number}/identity").text


def test_a_match_signs_nobody_in(clerk, ann):
    pin = make_pin(ann)
    before = db.session.scalar(sa.select(sa.func.count()).select_from(SignInSession))
    open_case(clerk, ann)
    clerk.send("/identity/pin", pin=pin)
    ask(clerk, ann)
    say(clerk, cast.ANSWER)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SignInSession)) == before
    assert clerk.open("/account").request.path == "/sign-in"


def test_somebody_without_a_question_is_verified_by_pin_alone(clerk, ann):
    db.session.execute(sa.delete(SecurityAnswer))
    page = open_case(clerk, ann)
    assert "Only a support PIN" in page.text
    token = secret_of(clerk)
    for path in ("question", "answer"):
        data = {"csrf_token": token, "said": cast.ANSWER}
        answer = clerk.client.post(f"{LIST}/{ann.number}/identity/{path}", data=data)
        assert answer.status_code in (403, 409)
    assert "Match." in clerk.send("/identity/pin", pin=make_pin(ann)).text


def test_a_shop_without_questions_shows_none(clerk, ann, shop_wants):
    shop_wants(security_question="off")
    assert "Only a support PIN" in open_case(clerk, ann).text


def test_who_has_no_account_has_nothing_to_prove(clerk):
    ben = cast.customer(cast.BEN, with_account=False)
    assert clerk.open(f"{LIST}/{ben.number}/identity").status_code == 409


@pytest.mark.parametrize("path", ["", "/question", "/answer", "/pin", "/close"])
def test_without_the_right_nobody_verifies(browsers, ann, path):
    browser = enter(browsers(), cast.MARK, CLERK - {"backoffice.store_control.customer.verify_identity"})
    assert browser.open(f"{LIST}/{ann.number}/identity").status_code == 403
    browser.open("/staff")
    token = secret_of(browser)
    data = {"csrf_token": token, "said": cast.ANSWER, "pin": "123456", "reason": "curious"}
    assert browser.client.post(f"{LIST}/{ann.number}/identity{path}", data=data).status_code == 403
    assert db.session.scalar(sa.select(IdentityCase)) is None


@pytest.mark.parametrize("said", ["", "x" * 10_000, "a\0b", "💥" * 60])
def test_whatever_is_typed_is_answered(clerk, ann, said):
    ask(clerk, ann)
    assert say(clerk, said).status_code == 422
    ask(clerk, ann)
    assert clerk.send("/identity/pin", pin=said).status_code == 422


def test_cases_are_cleared_away_after_a_month_and_what_became_of_them_stays(clock, clerk, ann):
    open_case(clerk, ann)
    clock.shift(timedelta(days=29))
    identity.sweep()
    assert db.session.scalar(sa.select(IdentityCase)) is not None
    clock.shift(timedelta(days=1))
    identity.sweep()
    assert db.session.scalar(sa.select(IdentityCase)) is None
    assert verbs() == ["account.identity_case_opened"]
