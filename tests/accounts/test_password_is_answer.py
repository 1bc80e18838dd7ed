"""A new password may not be the stored answer, at a change and at a reset as at registration; and nobody guesses it."""

from datetime import timedelta

import pytest

from portal.accounts.models import Account, SecurityAnswer
from portal.accounts.service.answers import PER_DAY
from portal.foundation.database import db
from tests import cast
from tests.accounts.recovering import answer, ask, choose
from tests.accounts.test_security_page import change, change_question
from tests.accounts.test_sessions import sign_in
from tests.work import measured

TOLD = "other than the answer to your security question"
SPELT = ("Blue Thunder", "blue thunder", "BLÜE-THUNDER!", "bluethunder")


@pytest.fixture
def ann(app):
    return cast.customer(cast.ANN)


@pytest.fixture
def signed_in(browser, ann):
    sign_in(browser)
    return browser


def password_of(ann):
    db.session.expire_all()
    return db.session.get_one(Account, ann.account_id).password_hash


@pytest.mark.parametrize("spelt", SPELT)
def test_a_change_refuses_it_however_it_is_spelt(signed_in, ann, spelt):
    before = password_of(ann)
    page = change(signed_in, new=spelt)
    assert page.status_code == 422
    assert '<a href="#password">' in page.text
    assert TOLD in page.text
    assert password_of(ann) == before


@pytest.mark.parametrize("spelt", SPELT[:2])
def test_so_does_a_reset_and_its_link_goes_on_working(browser, ann, mailbox, spelt):
    browser.open(ask(browser, mailbox))
    answer(browser, cast.ANSWER)
    browser.open(browser.path)
    page = choose(browser, spelt)
    assert (page.status_code, TOLD in page.text) == (422, True)
    assert choose(browser).status_code == 303


def test_an_answer_given_meanwhile_counts(signed_in):
    change_question(signed_in, security_answer="Uncle Jo Marlow")
    assert TOLD in change(signed_in, new="uncle jo marlow").text


def test_it_is_told_only_to_who_knows_the_current_password(signed_in):
    page = change(signed_in, current="wrong wrong", new=cast.ANSWER)
    assert TOLD not in page.text
    assert "not your current password" in page.text


def test_no_more_answers_are_tried_in_a_day_than_anywhere(clock, signed_in):
    for number in range(PER_DAY.hits):
        clock.shift(timedelta(minutes=2))
        assert change(signed_in, new=f"violet ladder {number}", current=current(number)).status_code == 303
    page = change(signed_in, new=cast.ANSWER, current=current(PER_DAY.hits))
    assert (page.status_code, TOLD in page.text) == (303, False)


def current(number):
    return f"violet ladder {number - 1}" if number else cast.PASSWORD


def test_the_work_is_the_same_for_an_account_without_a_question(browsers, ann):
    work = {}
    for has_question in (True, False):
        browser = browsers()
        sign_in(browser, password=cast.PASSWORD if has_question else "violet ladder harbour")
        browser.open("/account/security")
        if not has_question:
            db.session.delete(db.session.get_one(SecurityAnswer, ann.account_id))
            db.session.commit()
        with measured() as found:
            new = "violet ladder harbour" if has_question else "harbour ladder violet"
            now = cast.PASSWORD if has_question else "violet ladder harbour"
            fields = {"current_password": now, "password": new, "confirm_password": new}
            assert browser.send("/account/security", follow=False, **fields).status_code == 303
        work[has_question] = len(found.hashes)
    assert work[True] == work[False] == 3
