"""Talking to a real mail server: taken, refused for now, refused for good, gone in the middle."""

import time
from datetime import timedelta

import pytest
from flask_mail import Mail

from portal.foundation import database
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.mail import transport
from portal.mail.models import State
from portal.mail.service import deliver_due, delivery
from tests.smtp import HANG_UP, smtp_server

pytestmark = pytest.mark.real


@pytest.fixture
def through(app):
    """Send through a mail server at a port."""
    before = app.extensions[transport.EXTENSION]

    def choose(port):
        app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=port)
        app.extensions[transport.EXTENSION] = transport.Smtp(Mail(app))

    yield choose
    app.extensions[transport.EXTENSION] = before


@pytest.fixture
def server(through):
    """A mail server that the portal sends through."""
    with smtp_server() as running:
        through(running.port)
        yield running


@pytest.fixture
def send(posted, outbox):
    """Post a mail, deliver it, give its row."""

    def sent(to="ann@demo.example"):
        posted(to)
        db.session.commit()
        deliver_due()
        return outbox()[-1]

    return sent


def test_a_mail_is_taken(server, send):
    row = send()
    assert (row.state, row.last_reply) == (State.SENT, "250 OK: taken as 1")
    [mail] = server.taken
    assert mail["Message-ID"] == row.message_id
    assert mail["Subject"] == "Hello Ann"


@pytest.mark.parametrize("step", ["to_recipient", "to_data"])
@pytest.mark.parametrize(
    ("answer", "state"), [("451 Come back later", State.QUEUED), ("550 No such mailbox", State.FAILED)]
)
def test_a_refusal_is_kept_word_for_word(server, send, step, answer, state):
    setattr(server, step, lambda _: answer)
    row = send()
    assert (row.state, row.last_reply) == (state, answer)
    assert server.taken == []


def test_a_server_that_hangs_up_is_tried_again(server, send, outbox):
    server.to_data = lambda _: HANG_UP
    row = send()
    assert row.state is State.QUEUED
    assert "SMTPServerDisconnected" in row.last_reply


def test_a_server_that_takes_long_to_answer_a_whole_mail_gets_it_once(server, send, monkeypatch, outbox):
    monkeypatch.setattr(transport, "PATIENCE", 0.2)
    held = []

    def slow(_):
        held.append(1)
        return time.sleep(0.5) or ""

    server.to_data = slow
    assert send().state is State.SENT
    assert len(held) == len(server.taken) == 1


def test_a_mail_is_held_for_as_long_as_a_conversation_may_last(app, send, clock, monkeypatch, outbox):
    found = []

    class Looks:
        def send(self, _):
            with database.transaction():
                found.append((outbox()[-1].due_at - now()).total_seconds())
            clock.shift(timedelta(seconds=transport.BEFORE_THE_DOT + transport.AT_THE_DOT))
            assert delivery.claim(5) == []
            return "250 OK"

    monkeypatch.setitem(app.extensions, transport.EXTENSION, Looks())
    assert send().state is State.SENT
    assert found == [transport.LONGEST]


def test_a_server_that_was_slow_before_the_mail_gets_nothing_of_it(server, send, monkeypatch):
    monkeypatch.setattr(transport, "BEFORE_THE_DOT", -1)
    row = send()
    assert (row.state, row.last_reply) == (State.QUEUED, "TimeoutError: The server took too long before the mail.")
    assert server.taken == []


def test_a_server_that_is_down_is_tried_again_until_it_is_back(through, send, outbox, clock):
    with smtp_server() as gone:
        port = gone.port
    through(port)
    row = send()
    assert row.state is State.QUEUED
    assert "ConnectionRefusedError" in row.last_reply
    clock.shift(11)
    with smtp_server() as back:
        through(back.port)
        db.session.commit()
        deliver_due()
        assert [mail["Message-ID"] for mail in back.taken] == [row.message_id]


def test_an_address_in_other_letters_needs_a_server_that_takes_them(through, send):
    with smtp_server(enable_SMTPUTF8=False) as plain:
        through(plain.port)
        row = send("rené@demo.example")
        assert row.state is State.FAILED
        assert "SMTPUTF8" in row.last_reply
    with smtp_server(enable_SMTPUTF8=True) as able:
        through(able.port)
        assert send("rené@demo.example").state is State.SENT
        assert able.recipients == ["rené@demo.example"]
