"""Handing a mail over: what holds its body back, who is asked when, and whose fault a refusal is."""

import socket
import threading
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from portal.config import settings
from portal.foundation.database import db, transaction
from portal.newsletter.models import CampaignState, Delivery, DeliveryState, Subscription, SubscriptionState
from portal.newsletter.sending import pace
from portal.newsletter.sending.handing import Handing, InHand, Stopped
from portal.newsletter.sending.journal import Journal, Owner
from portal.newsletter.sending.process import Sender
from portal.newsletter.sending.results import Results
from portal.newsletter.sending.rows import Chunk
from portal.newsletter.sending.smtp import Connection
from tests.newsletter.campaigns import campaign, launched, send, states, subscribe
from tests.newsletter.sink import sink


def handing(folder, lease, sent):
    """A connection with a lease of so many seconds; `sent` gets each body that goes out."""
    ledger = SimpleNamespace(lease=timedelta(seconds=lease), settle=lambda *_: None)
    results = Results(ledger)
    results.lease(time.monotonic())
    talk = SimpleNamespace(
        exchange=lambda body, _following: (sent.append(body), None), close=lambda: None, takes_any_letters=True
    )
    tools = SimpleNamespace(connect=lambda: talk, gate=None, trouble=lambda *_: None)
    return Handing(Journal(folder, Owner("boot", 1, "1", 0)), results, tools), results


def in_hand():
    return InHand(SimpleNamespace(id=7, attempt=0), SimpleNamespace(data=b"body", to="zoe@demo.example"))


def test_no_body_goes_out_at_the_end_of_a_lease(tmp_path):
    sent = []
    hand, results = handing(tmp_path, 0, sent)
    with pytest.raises(Stopped):
        hand.over(Chunk(1, 0, 7, 7, 1, 1), in_hand(), None)
    assert sent == []
    assert len(results) <= 1


def test_no_body_goes_out_that_the_journal_cannot_take(tmp_path, monkeypatch):
    sent = []
    hand, _results = handing(tmp_path, 300, sent)
    monkeypatch.setattr("portal.newsletter.sending.journal.os.write", lambda *_: 3)
    with pytest.raises(Stopped):
        hand.over(Chunk(1, 0, 7, 7, 1, 1), in_hand(), None)
    assert sent == []


@pytest.mark.real
def test_who_leaves_while_a_slow_campaign_waits_gets_no_mail(app):
    subscribe(2)
    launched(per_hour=3600)

    class Meanwhile(threading.Event):
        """Somebody unsubscribes in the pause before their mail."""

        def wait(self, timeout=None):
            if timeout is not None and timeout >= 1:
                with app.app_context(), transaction():
                    every = sa.update(Subscription).values(state=SubscriptionState.UNSUBSCRIBED)
                    db.session.execute(every)
            return super().wait(min(timeout or 0, 0.01))

    own = app.extensions["portal.settings"]
    with sink() as server:
        object.__setattr__(own, "mail_server", "127.0.0.1")
        object.__setattr__(own, "mail_port", server.port)
        db.session.rollback()
        Sender(app, settings(), Meanwhile(), 1).run(until_idle=0.2)
    assert server.ids == []
    assert states() == {DeliveryState.SKIPPED: 2}


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
        (b"a\r\n.b", b"a\r\n..b\r\n.\r\n"),
        (b"a\r\n..\r\n", b"a\r\n...\r\n.\r\n"),
    ],
)
def test_a_dot_that_stands_alone_ends_no_mail(body, sent):
    """As a server reads it (RFC 5321 4.5.2)."""
    talk = object.__new__(Connection)
    mine, theirs = socket.socketpair()
    with mine, theirs, mine.makefile("rb") as replies:
        theirs.sendall(b"250 2.0.0 OK\r\n")
        talk._socket, talk._replies, talk._patience, talk.pipelines = mine, replies, 5.0, False
        assert talk.exchange(body, None)[0].is_good
        assert theirs.recv(100) == sent


@pytest.mark.real
def test_a_server_that_refuses_our_own_address_pauses_the_campaign_and_blames_nobody(app, monkeypatch):
    monkeypatch.setattr(pace, "SHORTEST", 0.01)
    subscribe(3)
    launched()
    with sink() as server:
        server.to_sender = b"552 5.3.4 the quota is used up"
        send(app, server, connections=1)
    assert states() == {DeliveryState.QUEUED: 3}
    assert db.session.scalar(sa.select(sa.func.max(Delivery.attempt))) == 0
    assert (campaign().state, campaign().pause_reason) == (CampaignState.PAUSED, "quota")
