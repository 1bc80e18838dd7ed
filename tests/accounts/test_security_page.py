"""The security page: password, question, devices."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.errors import WrongPassword
from portal.accounts.models import Account, SecurityAnswer
from portal.accounts.service import passwords
from portal.audit.models import AuditEntry
from portal.foundation.database import db
from portal.foundation.errors import TooMany
from tests import cast
from tests.accounts.test_sessions import NEW, sign_in


@pytest.fixture
def signed_in(browser):
    cast.customer(cast.ANN)
    sign_in(browser)
    return browser


def change(browser, current=cast.PASSWORD, new=NEW, again=None):
    browser.open("/account/security")
    return browser.send(
        "/account/security", follow=False, current_password=current, password=new, confirm_password=again or new
    )


def change_question(browser, **fields):
    browser.open("/account/security/question")
    typed = {
        "current_password": cast.PASSWORD,
        "security_question": "own",
        "own_question": "Who taught me to ride a bicycle?",
        "security_answer": "Uncle Jo",
    }
    return browser.send("/question", follow=False, **typed | fields)


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"current": "wrong"}, "current_password", "not your current password"),
        ({"current": ""}, "current_password", "Enter your current password"),
        ({"new": "short"}, "password", "8 characters"),
        ({"new": "iloveyou"}, "password", "easy to guess"),
        ({"new": "ann-demo1"}, "password", "close to your name"),
        ({"again": "something else"}, "confirm_password", "not the same"),
    ],
)
def test_what_is_not_right_is_said_at_the_field_and_nothing_changes(signed_in, fields, field, words):
    page = change(signed_in, **fields)
    assert page.status_code == 422
    assert f'<a href="#{field}">' in page.text
    assert words in page.text
    assert "<title>Error:" in page.text
    assert f'value="{cast.PASSWORD}"' not in page.text
    assert db.session.scalars(sa.select(Account.epoch)).one() == 0


def test_the_owner_is_told_of_a_new_password_and_the_audit_log_too(signed_in, mailbox):
    assert change(signed_in).status_code == 303
    assert mailbox()[-1]["Subject"] == "Your password at Northgate Goods was changed"
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.verb, entry.actor_name, entry.changes) == ("account.password_changed", cast.ANN.email, {})


def test_the_current_password_cannot_be_guessed_without_end(signed_in):
    assert [change(signed_in, current="wrong").status_code for _ in range(12)] == [422] * 10 + [429] * 2


def test_nor_by_somebody_who_has_the_patience_of_a_day(clock, app):
    cast.customer(cast.ANN)
    account = db.session.scalars(sa.select(Account)).one()
    for _ in range(10):
        for _ in range(10):
            with pytest.raises(WrongPassword):
                passwords.check_current(account, "wrong")
        clock.shift(timedelta(minutes=16))
    with pytest.raises(TooMany):
        passwords.check_current(account, cast.PASSWORD)
    clock.shift(timedelta(days=1))
    assert passwords.check_current(account, cast.PASSWORD) == account.password_hash


def test_the_question_can_be_changed_and_its_owner_is_told(signed_in, mailbox):
    assert change_question(signed_in).status_code == 303
    stored = db.session.scalars(sa.select(SecurityAnswer)).one()
    assert stored.question == "Who taught me to ride a bicycle?"
    assert "unclejo" not in stored.answer_hash
    assert "security question" in mailbox()[-1]["Subject"]
    assert "Who taught me" in signed_in.open("/account/security").text
    assert "Uncle Jo" not in signed_in.open("/account/security/question").text


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"current_password": "wrong"}, "current_password"),
        ({"security_question": ""}, "security_question"),
        ({"security_question": "no-such-question"}, "security_question"),
        ({"own_question": "Short?"}, "own_question"),
        ({"own_question": "Is it Uncle Jo, my uncle?"}, "own_question"),
        ({"own_question": "a\x00" + "b" * 20}, "own_question"),
        ({"security_answer": ""}, "security_answer"),
        ({"security_answer": "…"}, "security_answer"),
        ({"security_answer": "bicycle"}, "security_answer"),
        ({"security_answer": cast.PASSWORD}, "security_answer"),
        ({"security_answer": "x" * 5000}, "security_answer"),
        ({"security_answer": "ann@demo.example"}, "security_answer"),
    ],
)
def test_a_question_that_is_not_right_changes_nothing(signed_in, fields, field):
    page = change_question(signed_in, **fields)
    assert page.status_code == 422
    assert f'<a href="#{field}">' in page.text
    assert db.session.scalars(sa.select(SecurityAnswer.question)).one() == cast.QUESTION


def test_a_shop_that_asks_no_question_has_no_page_for_one(signed_in, shop_wants):
    shop_wants(security_question="off")
    assert "/account/security/question" not in signed_in.open("/account/security").text
    assert signed_in.open("/account/security/question").status_code == 404


def test_where_the_question_is_optional_it_can_be_taken_away(signed_in, shop_wants):
    shop_wants(security_question="optional")
    fields = {"security_question": "", "own_question": "", "security_answer": ""}
    assert change_question(signed_in, **fields).status_code == 303
    assert db.session.scalars(sa.select(SecurityAnswer)).all() == []


def test_the_devices_are_named_in_words(signed_in, browsers):
    other = browsers()
    other.open("/sign-in")
    agent = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
    other.client.environ_base["HTTP_USER_AGENT"] = agent
    other.send("/sign-in", email=cast.ANN.email, password=cast.PASSWORD)
    page = signed_in.open("/account/security").text
    assert "Chrome on Windows" in page
    assert page.count("this device") == 1
