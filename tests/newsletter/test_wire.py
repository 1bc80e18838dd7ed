"""What goes over the wire in pieces reads as it was written, and what comes back is understood to its last line."""

import quopri

import pytest

from portal.foundation.database import db
from portal.newsletter.models import Delivery, DeliveryState
from portal.newsletter.sending import quoted
from tests.newsletter.campaigns import launched, send, states, subscribe
from tests.newsletter.sink import sink

ADDRESS = "https://shop.example/u/" + "AbC-_9" * 40


@pytest.mark.parametrize(
    "text",
    ["Zoe", "", "Zoe Müller", "a=b", "x" * 75, "x" * 76, ADDRESS, f"{ADDRESS}?a=b&c=d", ".", "tab\tand  two", "ж" * 90],
)
def test_a_value_reads_as_it_was_written_between_any_pieces_and_no_line_is_too_long(text):
    made = quoted.piece("Dear ") + quoted.value(text) + quoted.piece(",\nhello")
    assert quopri.decodestring(made).decode() == f"Dear {' '.join(text.split())},\r\nhello"
    assert max(map(len, made.split(b"\r\n"))) <= quoted.LONGEST


@pytest.mark.real
def test_an_answer_of_several_lines_is_kept_whole(app):
    subscribe(2)
    launched()
    with sink() as server:
        server.to_data = lambda _: b"250-2.0.0 OK\r\n250-queued\r\n250 as 4711"
        send(app, server, connections=1)
    assert states() == {DeliveryState.ACCEPTED: 2}
    assert set(db.session.scalars(db.select(Delivery.code))) == {"250 2.0.0 OK queued as 4711"}


@pytest.mark.real
def test_an_answer_that_is_cut_off_leaves_the_mail_in_doubt(app):
    subscribe(1)
    launched()
    with sink() as server:
        server.to_data = lambda _: b"250-2.0.0 OK\r\nnonsense"
        send(app, server, connections=1)
    assert states() == {DeliveryState.UNKNOWN: 1}
