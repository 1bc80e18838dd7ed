"""A database server that crashes under a running shop: whoever leaves meanwhile is answered, and mailed no more."""

import contextlib
import http.client
import os
import signal
import threading
import time

import pytest
import sqlalchemy as sa
from werkzeug.serving import make_server

from portal.foundation import signing
from portal.foundation.database import db
from portal.newsletter import mails
from portal.newsletter.models import ConsentAction, ConsentEvent, ConsentSource, DeliveryState, Subscription
from portal.newsletter.sending import process
from portal.newsletter.service import spooling
from tests import postgres, surroundings
from tests.newsletter import shops
from tests.newsletter.campaigns import launched, send, states, subscribe
from tests.newsletter.sink import sink

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif("postgresql" not in surroundings.DATABASES, reason="It is about a server."),
]


@contextlib.contextmanager
def web(app):
    """A process that answers requests; gives its port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    db.session.remove()
    db.engine.dispose()
    pid = os.fork()
    if pid == 0:
        try:
            server.serve_forever()
        finally:
            os._exit(0)
    try:
        yield server.port
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        server.server_close()


def click(port, subscription_id):
    """Press the mailbox's button; gives the status of the answer and the moment it came."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    word = signing.sign(mails.UNSUBSCRIBE, 1, subscription_id)
    form = {"Content-Type": "application/x-www-form-urlencoded", "Host": "localhost"}
    connection.request("POST", f"/u/{word}", "List-Unsubscribe=One-Click", form)
    status = connection.getresponse().status
    connection.close()
    return status, time.time()


def people():
    found = list(db.session.scalars(sa.select(Subscription.id).order_by(Subscription.id)))
    db.session.commit()
    return found


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A shop, and the server that is its own."""
    monkeypatch.setattr(process, "PATIENCE", 0.05)  # seconds until a sender calls again
    with postgres.own() as server:
        app = shops.opened(tmp_path, server.url)
        with app.app_context():
            subscribe(6)
            launched()
            yield app, server
            db.session.remove()
            db.engine.dispose()


# A server and a process of its own: nothing less shows what becomes of requests whose connections are cut.
def test_who_leaves_while_the_server_is_down_is_answered_and_gets_no_mail_and_nobody_else_is_forgotten(shop):
    app, server = shop
    first, *others, fifth, sixth = people()
    is_in_flight, is_answered = threading.Event(), threading.Event()

    def hold(_):
        is_in_flight.set()
        is_answered.wait()
        return b"250 OK"

    def sender():
        with app.app_context():
            send(app, mailbox, connections=1)

    with sink() as mailbox, web(app) as port:
        assert click(port, first)[0] == 200
        mailbox.to_data = hold
        sending = threading.Thread(target=sender)
        sending.start()
        is_in_flight.wait()
        server.crash()
        began = time.time()
        answers = [click(port, fifth), click(port, sixth)]
        is_answered.set()
        server.start()
        sending.join()
    assert [status for status, _ in answers] == [200, 200]
    assert len(mailbox.ids) == len(set(mailbox.ids)) == len(others)
    assert states() == {DeliveryState.ACCEPTED: len(others), DeliveryState.SKIPPED: 3}
    assert spooling.replay() == 2
    lines = withdrawals()
    assert {(line.source, line.address) for line in lines} == {(ConsentSource.ONE_CLICK, "127.0.0.1")}
    moments = [line.at.timestamp() for line in lines[1:]]
    assert began <= moments[0] <= answers[0][1] <= moments[1] <= answers[1][1]


def withdrawals():
    left = sa.select(ConsentEvent).where(ConsentEvent.action == ConsentAction.WITHDRAW)
    found = list(db.session.scalars(left.order_by(ConsentEvent.id)))
    db.session.commit()
    return found
