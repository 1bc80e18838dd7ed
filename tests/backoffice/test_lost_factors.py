"""A second factor that a caller says is lost: a support PIN takes it away, an answer only after three days."""

from datetime import timedelta

import pytest

from portal.accounts.models import SecurityAnswer
from portal.accounts.service import factors
from portal.accounts.service.lost_factors import HOLDS, WAIT
from portal.foundation import database
from portal.foundation.clock import now
from portal.foundation.database import db
from tests import cast
from tests.accounts.apps import app_of, prove
from tests.backoffice.calling import LIST, ask, enter, open_case, say, secret_of, verify
from tests.mails import text_of


@pytest.fixture
def phone(clock, ann):
    """The app that Ann had for an hour, who says that she has lost it; time stands still."""
    made = app_of(ann.account)
    clock.shift(timedelta(hours=1))
    return made


@pytest.fixture
def desk(phone, clerk):
    """Clara, who has come to work since."""
    return clerk


@pytest.fixture
def to_ann(mailbox):
    """Call it for the one mail that Ann has."""

    def read():
        [mail] = (mail for mail in mailbox() if mail["To"] == cast.ANN.email)
        return text_of(mail)

    return read


def call(browsers, customer):
    """Somebody calls, says the answer, and gets a member who is signed in on their first day or later."""
    clerk = browsers()
    clerk.open("/staff/sign-in")
    clerk.send(email=cast.CLARA.email, password=cast.STAFF_PASSWORD)
    ask(clerk, customer)
    assert "Match." in say(clerk, cast.ANSWER).text
    return clerk


def remove(clerk, customer):
    """Take the second step away past the page that offers it; whether it went."""
    clerk.open(f"{LIST}/{customer.number}?tab=security")
    data = {"csrf_token": secret_of(clerk), "reason": "Lost her phone"}
    answer = clerk.client.post(f"{LIST}/{customer.number}/remove-factors", data=data)
    assert answer.status_code in (303, 409)
    database.rollback()
    db.session.expire_all()
    went = not factors.asked_of(customer.account)
    assert went == (answer.status_code == 303)
    return went


def test_an_answer_alone_leaves_it_where_it_is_and_the_page_says_until_when(phone, clerk, browsers, ann, clock):
    caller = call(browsers, ann)
    assert not remove(caller, ann)
    page = caller.open(f"{LIST}/{ann.number}?tab=security").text
    assert "An answer alone does not do it at once" in page
    assert "/remove-factors" not in page
    assert caller.client.get(f"{LIST}/{ann.number}/remove-factors").location == f"{LIST}/{ann.number}?tab=security"


def test_the_owner_hears_of_it_and_how_to_keep_it(phone, clerk, browsers, ann, to_ann):
    call(browsers, ann)
    assert "Your second step stays." in to_ann()
    assert "Sign in with your second step before" in to_ann()
    assert "/sign-in" in to_ann()
    assert "/recover" not in to_ann(), "a reset would ask for what the owner may have"


def test_the_answer_of_a_second_call_takes_it_three_days_after_the_first(phone, clerk, browsers, ann, clock):
    call(browsers, ann)
    clock.shift(WAIT - timedelta(seconds=1))
    assert not remove(call(browsers, ann), ann)
    clock.shift(timedelta(seconds=1))
    assert remove(call(browsers, ann), ann)


def test_a_first_call_of_long_ago_counts_no_more(phone, clerk, browsers, ann, clock):
    call(browsers, ann)
    clock.shift(WAIT + HOLDS)
    assert not remove(call(browsers, ann), ann)


def test_who_signs_in_with_it_meanwhile_has_not_lost_it(phone, clerk, browsers, ann, clock):
    call(browsers, ann)
    clock.shift(timedelta(hours=1))
    owner = browsers()
    owner.open("/sign-in")
    owner.send(email=cast.ANN.email, password=cast.PASSWORD)
    assert prove(owner, phone.code()).status_code == 303
    clock.shift(WAIT)
    assert not remove(call(browsers, ann), ann)


def test_the_password_alone_stops_nothing(phone, clerk, browsers, ann, clock):
    call(browsers, ann)
    clock.shift(timedelta(hours=1))
    half = browsers()
    half.open("/sign-in")
    half.send(email=cast.ANN.email, password=cast.PASSWORD)
    clock.shift(WAIT)
    assert remove(call(browsers, ann), ann)


@pytest.mark.parametrize("what", ["password", "answer"])
def test_another_password_or_answer_begins_the_wait_anew(desk, browsers, ann, clock, what):
    call(browsers, ann)
    clock.shift(timedelta(hours=1))
    if what == "password":
        ann.account.password_changed_at = now()
    else:
        db.session.get_one(SecurityAnswer, ann.account_id).changed_at = now()
    db.session.commit()
    clock.shift(WAIT)
    assert not remove(call(browsers, ann), ann)


def test_a_support_pin_takes_it_at_once(phone, clerk, ann):
    verify(clerk, ann)
    assert remove(clerk, ann)


def test_who_has_no_second_step_hears_nothing_of_one(clerk, ann, to_ann):
    open_case(clerk, ann)
    clerk.send("/identity/question")
    say(clerk, cast.ANSWER)
    assert "second step" not in to_ann()


def test_the_first_match_may_be_another_members(phone, clerk, browsers, ann, clock):
    otto = enter(browsers(), cast.OTTO)
    ask(otto, ann)
    say(otto, cast.ANSWER)
    clock.shift(WAIT)
    assert remove(call(browsers, ann), ann)
