"""The registration form: what it asks, what it refuses, what it writes down."""

from typing import Any

import pytest

from portal.accounts.models import Account, Registration
from portal.customers.models import Customer
from portal.groups.models import Approval
from portal.mail.models import OutboxMessage
from portal.storefront.terms import TERMS_VERSION
from tests import cast
from tests.browsing import Forms
from tests.storefront.newcomer import EMAIL, PASSWORD, TYPED, count, only, register, rows


def fields_of(page: Any) -> set[str]:
    return set(max(Forms(page.text).forms, key=lambda form: len(form["fields"]))["fields"])


def test_the_form_asks_everything_under_the_promised_names(browser):
    page = browser.open("/register")
    asked = set(TYPED) | {"csrf_token", "form_key"}
    assert fields_of(page) == asked - {"terms"}, "ticks are off, and there is no choice of groups"
    assert 'name="terms"' in page.text
    assert 'name="newsletter"' in page.text
    assert "customer_group" not in page.text


def test_the_group_is_asked_where_there_is_a_choice(browser):
    trade = cast.group("Trade")
    cast.group("Hidden", at_registration=False)
    page = browser.open("/register")
    assert 'name="customer_group"' in page.text
    assert f'value="{trade.id}"' in page.text
    assert "Hidden" not in page.text


def test_one_row_and_one_mail_are_written_and_the_browser_goes_to_its_mailbox(browser):
    answer = register(browser, follow=False, newsletter="1")
    assert (answer.status_code, answer.location) == (303, "/check-email")
    assert [count(Registration), count(OutboxMessage), count(Account), count(Customer)] == [1, 1, 0, 0]
    row = only(Registration)
    assert (row.first_name, row.last_name, row.email, row.telephone) == ("Nora", "Newman", EMAIL, "+44 7700 900456")
    assert row.terms_version == TERMS_VERSION
    assert row.newsletter
    assert "Subscribe" in row.newsletter_text
    assert row.address == "127.0.0.1"


def test_password_and_answer_are_kept_as_hashes_only(browser):
    register(browser)
    row = only(Registration)
    assert row.password_hash.startswith("v1.")
    assert row.answer_hash.startswith("v1.")
    kept = repr({column: getattr(row, column) for column in Registration.__table__.columns.keys()})  # noqa: SIM118 - a collection of columns is no dict
    posted = repr([message.context for message in rows(OutboxMessage)])
    for secret in (PASSWORD, "Blue Thunder", "bluethunder"):
        assert secret not in kept + posted


def test_the_page_after_it_shows_the_address_and_offers_the_link_again(browser):
    page = register(browser, email=f"  {EMAIL} ")
    assert page.request.path == "/check-email"
    assert EMAIL in page.text
    [again] = [form for form in Forms(page.text).forms if form["action"] == "/confirm-email"]
    assert again["fields"]["email"] == EMAIL


def test_without_a_registration_there_is_no_address_to_show(browser):
    assert browser.open("/check-email").request.path == "/confirm-email"


def test_all_mistakes_are_told_at_once_one_per_field_in_the_order_of_the_page(browser):
    browser.open("/register")
    page = browser.send("", **dict.fromkeys(TYPED, "") | {"terms": None})
    assert page.status_code == 422
    assert "<title>Error: Create your account" in page.text
    summary = page.text.split("data-error-summary")[1].split("</ul>")[0]
    ids = [part.split('"')[0] for part in summary.split('href="#')[1:]]
    assert ids == ["first_name", "last_name", "email", "password", "security_question", "security_answer", "terms"]
    for field in ids:
        assert f'id="{field}-error"' in page.text


def test_after_a_mistake_the_text_is_kept_and_passwords_are_not(browser):
    page = register(browser, first_name="<Nóra>", confirm_password="another one altogether", newsletter="1")
    assert page.status_code == 422
    kept = max(Forms(page.text).forms, key=lambda form: len(form["fields"]))["fields"]
    assert kept["first_name"] == "<Nóra>"
    assert kept["own_question"] == TYPED["own_question"]
    assert kept["security_question"] == "own"
    assert kept["newsletter"] == kept["terms"] == "1"
    assert kept["password"] == kept["confirm_password"] == ""
    assert PASSWORD not in page.text
    assert "Blue Thunder" not in page.text
    assert "The two passwords are not the same" in page.text


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("first_name", "", "Enter a first name"),
        ("first_name", "\u200b\u2060", "Enter a first name"),
        ("first_name", "N" * 65, "First name must be 64 characters or fewer"),
        ("first_name", "No\x00ra", "Type it instead of pasting it"),
        ("last_name", "", "or a dash if there is only one name"),
        ("email", "", "Enter your email address"),
        ("email", "nora", "in the correct format, like name@example.com"),
        ("email", "nora@demo.example\r\nBcc: all@demo.example", "in the correct format"),
        ("email", "n" * 10_000 + "@demo.example", "characters or fewer"),
        ("telephone", "call me", "Enter a phone number with its country code"),
        ("telephone", "9" * 10_000, "characters or fewer"),
        ("password", "short", "Use 8 characters or more"),
        ("password", "x" * 1025, "Password must be 1024 characters or fewer"),
        ("password", "password123", "easy to guess"),
        ("password", "noranewman", "close to your name"),
        ("password", "bluethunder", "close to your name"),
        ("confirm_password", "", "Type the password once more"),
        ("security_question", "", "Choose a security question"),
        ("own_question", "Why?", "Write a question of 10 characters or more"),
        ("security_answer", "", "Enter an answer"),
        ("security_answer", PASSWORD, "Choose an answer other than your password"),
        ("terms", None, "Accept the terms to go on"),
    ],
)
def test_a_mistake_is_told_in_words_that_help(browser, field, text, words):
    fields = {field: text}
    if field == "password":
        fields["confirm_password"] = text
    page = register(browser, **fields)
    assert page.status_code == 422
    assert words in page.text.split(f'id="{field}-error"')[1][:300]
    assert count(Registration) == 0


@pytest.mark.parametrize("group", ["", "999999", "0", "-1", "one", "9" * 30, "\x00"])
def test_a_group_that_is_not_offered_is_refused(browser, group):
    cast.group("Trade")
    page = register(browser, customer_group=group)
    assert page.status_code == 422
    assert "Choose a customer group from the list" in page.text


def test_a_question_that_is_not_in_the_list_is_refused_in_words(browser):
    page = register(browser, security_question="mothers-maiden-name")
    assert page.status_code == 422
    assert "security question" in page.text.split('id="security_question-error"')[1][:300].lower()


def test_one_name_is_enough_with_a_dash_for_the_other(browser):
    assert register(browser, last_name="-").request.path == "/check-email"


def test_the_telephone_is_optional_unless_the_shop_says_otherwise(browser, shop_wants):
    assert register(browser, telephone="").status_code == 200
    shop_wants(telephone="required")
    page = register(browser, telephone="")
    assert page.status_code == 422
    assert "Enter your telephone number" in page.text
    assert "(optional)" not in page.text


def test_the_shop_decides_whether_the_question_is_asked(browser, shop_wants):
    shop_wants(security_question="off")
    assert "security_question" not in browser.open("/register").text
    nothing = {"security_question": None, "own_question": None, "security_answer": None}
    assert register(browser, **nothing).request.path == "/check-email"
    shop_wants(security_question="optional")
    assert register(browser, security_question="", own_question="", security_answer="").request.path == "/check-email"
    assert {(row.question, row.answer_hash) for row in rows(Registration)} == {("", "")}


def test_more_than_20_registrations_an_hour_from_one_network_are_refused_whatever_the_address(browser, clock):
    for number in range(20):
        assert register(browser, email=f"nora{number}@demo.example").status_code == 200
    answer = register(browser, email="nora20@demo.example")
    assert answer.status_code == 429
    assert count(Registration) == 20
    clock.shift(3601)
    assert register(browser).status_code == 200


def test_somebody_signed_in_has_no_use_for_the_form(browser, mailbox):
    from tests.storefront.newcomer import become_customer

    become_customer(browser, mailbox)
    assert browser.open("/register").request.path == "/account"


def test_the_choice_of_a_group_reaches_the_registration(browser):
    trade = cast.group("Trade", Approval.UPGRADE)
    register(browser, customer_group=str(trade.id))
    assert only(Registration).group_id == trade.id


def test_a_button_pressed_twice_asks_once(browser, outbox):
    browser.open("/register")
    [form] = [form for form in Forms(browser.page.text).forms if "first_name" in form["fields"]]
    for _ in range(2):
        assert browser.client.post("/register", data=form["fields"] | TYPED).location == "/check-email"
    assert len(rows(Registration)) == len(outbox()) == 1
