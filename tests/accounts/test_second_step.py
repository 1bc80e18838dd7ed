"""The second step of a sign-in: which codes open it, how often, and what is open before it: nothing."""

from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import SessionKind, SignInSession
from portal.foundation.database import db
from tests import cast
from tests.accounts.apps import WRONG, app_of, codes_of, the_account
from tests.accounts.test_sessions import sign_in

STEP = timedelta(seconds=30)


@pytest.fixture
def phone(ann, clock):
    """Ann's app; time stands still."""
    return app_of(the_account(cast.ANN.email))


@pytest.fixture
def half_way(browser, phone):
    """A browser after the right password."""
    answer = sign_in(browser)
    assert (answer.status_code, answer.location) == (303, "/sign-in/second-step")
    browser.open("/sign-in/second-step")
    return browser


def prove(browser, code):
    return browser.send("", follow=False, code=code)


def is_in(browser):
    return browser.open("/account/security").request.path == "/account/security"


def wrong(answer):
    return answer.status_code == 422 and "This code is not right" in answer.text


def test_the_code_of_the_app_lets_in_and_the_session_says_how(half_way, phone):
    assert prove(half_way, phone.code()).location == "/account"
    assert is_in(half_way)
    row = db.session.scalars(sa.select(SignInSession).where(SignInSession.kind == SessionKind.CUSTOMER)).one()
    assert row.methods == "password totp"


@pytest.mark.parametrize("typed", ["{a} {b}", "{a}-{b}", " {a}{b} ", "{a}\u2009{b}"])
def test_a_code_may_be_typed_as_it_is_read(half_way, phone, typed):
    code = phone.code()
    assert prove(half_way, typed.format(a=code[:3], b=code[3:])).status_code == 303


@pytest.mark.parametrize("steps", [-100, -2, 2, 100])
def test_a_code_of_another_time_is_wrong(half_way, phone, steps):
    assert wrong(prove(half_way, phone.code(steps)))
    assert not is_in(half_way)


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_be_off_by_one_step(half_way, phone, steps):
    assert prove(half_way, phone.code(steps)).status_code == 303


@pytest.mark.parametrize(
    "typed", ["", " ", WRONG, "12345", "1234567", "abcdef", "１２３４５６", "\0\0\0\0\0\0", "9" * 10_000, "٠٠٠٠٠٠"]
)
def test_what_is_no_code_of_hers_opens_nothing(half_way, typed):
    assert prove(half_way, typed).status_code == 422
    assert not is_in(half_way)


def test_a_code_that_was_used_is_never_taken_again(half_way, phone, browsers):
    used = phone.code()
    assert prove(half_way, used).status_code == 303
    again = browsers()
    sign_in(again)
    again.open("/sign-in/second-step")
    assert wrong(prove(again, used))
    assert not is_in(again)


def test_nor_is_one_that_was_shown_before_it(half_way, phone, browsers, clock):
    before = phone.code()
    clock.shift(STEP)
    assert prove(half_way, phone.code()).status_code == 303
    again = browsers()
    sign_in(again)
    again.open("/sign-in/second-step")
    assert wrong(prove(again, before))


def test_the_code_before_is_taken_once(half_way, phone, browsers, clock):
    before = phone.code()
    clock.shift(STEP)
    assert prove(half_way, before).status_code == 303
    again = browsers()
    sign_in(again)
    again.open("/sign-in/second-step")
    assert wrong(prove(again, before))
    assert prove(again, phone.code()).status_code == 303, "the code that is shown now still counts"


def test_a_code_of_somebody_else_is_wrong(half_way):
    ben = cast.customer(cast.BEN)
    his = app_of(the_account(ben.email))
    assert wrong(prove(half_way, his.code()))
    assert wrong(prove(half_way, codes_of(the_account(ben.email))[0]))


def test_eight_uses_of_a_code_at_the_same_moment_let_one_in(browsers, phone, at_once):
    people = [browsers() for _ in range(8)]
    for person in people:
        sign_in(person)
        person.open("/sign-in/second-step")
    code = phone.code()
    answers = at_once(*[lambda person=person: prove(person, code).status_code for person in people])
    assert Counter(answers)[303] >= 1
    assert sum(is_in(person) for person in people) == 1
