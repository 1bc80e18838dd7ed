"""Addresses that look alike are different people's; different spellings of one address are the same person's."""

import pytest

from portal.foundation import emails
from tests import cast
from tests.accounts.moving import account, change_to, mails_to
from tests.accounts.test_sessions import sign_in
from tests.mails import text_of

IDA = cast.Person("Ida", "Içli", "ida.icli@demo.example")
OTHERS = {
    "a Cyrillic letter": "idа.icli@demo.example",
    "a dotless i": "ıda.icli@demo.example",
    "a dotted capital": "İda.icli@demo.example",
    "full width": "ｉda.icli@demo.example",
    "no dot": "idaicli@demo.example",
    "a dot more": "i.da.icli@demo.example",
    "a tag": "ida.icli+shop@demo.example",
    "an accent": "ída.icli@demo.example",
    "a ligature": "ida.iclі@demo.example",
    "another domain": "ida.icli@dem0.example",
    "a Cyrillic domain": "ida.icli@dеmo.example",
    "a part of the domain": "ida.icli@demo.example.evil.example",
    "quotes": '"ida.icli"@demo.example',
    "sharp s": "ida.icßli@demo.example",
}
SAME = ["IDA.ICLI@demo.example", "  Ida.Icli@DEMO.Example ", "ida.icli@Demo.EXAMPLE"]


@pytest.fixture
def ida(app):
    return cast.customer(IDA)


@pytest.mark.parametrize("email", OTHERS.values(), ids=OTHERS)
def test_a_lookalike_resets_nobody_elses_password(ida, browser, mailbox, email):
    browser.open("/recover")
    browser.send("/recover", email=email)
    assert mailbox() == []


@pytest.mark.parametrize("email", OTHERS.values(), ids=OTHERS)
def test_a_lookalike_has_another_key_and_opens_nobody_elses_account(ida, browser, email):
    assert emails.key(email) != account().email_key
    assert sign_in(browser, cast.Person("Ida", "Içli", email)).status_code == 422


@pytest.mark.parametrize("email", SAME)
def test_another_spelling_is_the_same_and_the_stored_one_is_written_to(ida, browser, mailbox, email):
    browser.open("/recover")
    browser.send("/recover", email=email)
    assert mailbox()[-1]["To"] == IDA.email
    assert sign_in(browser, cast.Person("Ida", "Içli", email)).status_code == 303
    assert "your address already" in change_to(browser, email).text


@pytest.mark.parametrize(
    ("one", "other"), [("münchen.example", "xn--mnchen-3ya.example"), ("faß.example", "xn--fa-hia.example")]
)
def test_a_domain_in_letters_and_in_ascii_is_one(app, browser, mailbox, one, other):
    person = cast.Person("Ida", "Içli", f"ida@{one}")
    cast.customer(person)
    sign_in(browser, cast.Person("Ida", "Içli", f"ida@{other}"))
    assert browser.open("/account").request.path == "/account"
    assert change_to(browser, f"ida@{other}").status_code == 422


def test_a_lookalike_can_be_somebodys_new_address_and_its_own_mailbox_proves_it(ida, browser, mailbox):
    sign_in(browser, IDA)
    for email in (OTHERS["a tag"], OTHERS["no dot"], OTHERS["a Cyrillic letter"]):
        change_to(browser, email)
        assert "/account/email/" in text_of(mails_to(mailbox, email)[-1])
        assert account().email == IDA.email
