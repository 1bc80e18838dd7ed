"""Headers: nothing that somebody typed becomes one."""

import dataclasses

import pytest

from portal.config import settings
from portal.mail.models import State
from portal.mail.service import Letter
from tests.mail.conftest import hello

BREAKS = ["\r\n", "\n", "\r", "\u2028", "\x0b", "\r\n\r\n"]
FIELDS = [
    "typed address",
    "stored address",
    "subject",
    "header value",
    "header name",
    "shop name",
    "contact",
    "sender",
    "message id",
]


@pytest.fixture
def shop(app):
    """Change settings for one test."""
    before = settings()

    def change(**changed):
        app.extensions["portal.settings"] = dataclasses.replace(before, **changed)

    yield change
    app.extensions["portal.settings"] = before


@pytest.mark.parametrize("break_", BREAKS)
@pytest.mark.parametrize("field", FIELDS)
def test_no_header_can_be_smuggled_in_by(field, break_, posted, rendered, shop, mailbox, outbox):  # noqa: PLR0917 - two tables and what they need
    evil = f"x{break_}Bcc: eve@evil.example"
    address = f"ann@demo.example{break_}Bcc: eve@evil.example"
    if field == "shop name":
        shop(shop_name=evil)
    elif field == "contact":
        shop(shop_contact=address)
    elif field == "sender":
        shop(mail_default_sender=address)
    letter = Letter(
        "tests/hello",
        {"name": evil if field == "subject" else "Ann"},
        to=address if field == "stored address" else None,
        headers={"X-Note" + (evil if field == "header name" else ""): evil if field == "header value" else "fine"},
    )
    rendered(lambda _: letter)
    row = posted(address if field == "typed address" else "ann@demo.example")
    if field == "message id":
        row.message_id = f"<{evil}@demo.example>"
    for mail in mailbox():
        head = mail.as_bytes().split(b"\r\n\r\n")[0].lower()
        assert b"\nbcc:" not in head
        assert b"\rbcc:" not in head
        assert mail["Bcc"] is None
        assert [str(address.addr_spec) for address in mail["To"].addresses] == ["ann@demo.example"]
    assert outbox()[0].state in (State.SENT, State.FAILED, State.QUEUED)


def test_a_list_unsubscribe_address_stays_in_one_piece(posted, rendered, mailbox):
    address = "<https://shop.example/u/" + "abc123" * 30 + ">"
    rendered(lambda _: Letter("tests/hello", headers={"List-Unsubscribe": f"{address}, <mailto:u@shop.example>"}))
    posted()
    assert address.encode() in mailbox()[0].as_bytes()


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("o'hara+shop@demo.example", "o'hara+shop@demo.example"),
        ("rené@bücher.example", "rené@xn--bcher-kva.example"),
    ],
)
def test_addresses_in_other_letters_are_written_as_mail_servers_take_them(typed, sent, posted, mailbox):
    posted(typed)
    [mail] = mailbox()
    assert mail["To"].addresses[0].addr_spec == sent


def test_what_is_no_address_fails_at_once_and_says_so(posted, mailbox, outbox):
    posted("nobody at all")
    assert mailbox() == []
    [row] = outbox()
    assert row.state is State.FAILED
    assert "Not an address" in row.last_reply


def test_mails_are_seven_bit_with_short_lines(posted, rendered, mailbox):
    rendered(lambda _: Letter("tests/hello", {"name": "Zoë 你好 " * 200}))
    posted()
    raw = mailbox()[0].as_bytes()
    assert raw.isascii()
    assert max(map(len, raw.splitlines())) <= 998


def test_answers_reach_the_shop(posted, shop, mailbox):
    shop(shop_contact="help@demo.example")
    posted()
    assert mailbox()[0]["Reply-To"].addresses[0].addr_spec == "help@demo.example"


def test_a_name_in_the_subject_is_not_escaped_as_in_html(posted, rendered, mailbox):
    rendered(hello)
    posted(name="O'Hara & Sons")
    assert mailbox()[0]["Subject"] == "Hello O'Hara & Sons"
