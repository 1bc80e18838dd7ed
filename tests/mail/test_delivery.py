"""Delivering the outbox: what is due leaves once, what cannot leave is put off, what must not leave is kept."""

import threading
from datetime import timedelta

import pytest

from portal.foundation.clock import now
from portal.foundation.database import db
from portal.mail import rules, transport
from portal.mail.errors import Undelivered
from portal.mail.models import State
from portal.mail.service import Letter, deliver_due, delivery, post, send_again, suppress
from tests.mail.conftest import hello
from tests.mails import html_of, link_in, text_of

LEASE = timedelta(seconds=121)


class Grumpy:
    """A way out that answers as it is told."""

    def __init__(self, answer):
        self.answer = answer
        self.sent = []

    def send(self, message):
        if isinstance(self.answer, Exception):
            raise self.answer
        self.sent.append(message)
        return self.answer() if callable(self.answer) else self.answer


@pytest.fixture
def way_out(app):
    """Replace the way out for one test."""
    before = app.extensions[transport.EXTENSION]

    def replace(answer):
        app.extensions[transport.EXTENSION] = Grumpy(answer)
        return app.extensions[transport.EXTENSION]

    yield replace
    app.extensions[transport.EXTENSION] = before


def test_a_posted_mail_leaves_with_both_bodies(posted, mailbox, outbox):
    posted()
    [mail] = mailbox()
    assert mail["To"] == "ann@demo.example"
    assert mail["Subject"] == "Hello Ann"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["From"].addresses[0].display_name == "Northgate Goods"
    assert mail.get_content_type() == "multipart/alternative"
    assert "Hello Ann" in text_of(mail)
    assert "Ann" in html_of(mail)
    assert link_in(mail) == "/somewhere"
    [row] = outbox()
    assert (row.state, row.tries, row.subject) == (State.SENT, 1, "Hello Ann")


def test_a_mail_of_a_change_that_was_rolled_back_never_leaves(posted, mailbox):
    posted()
    db.session.rollback()
    assert mailbox() == []


def test_a_mail_leaves_once(posted, mailbox):
    posted()
    assert len(mailbox()) == 1
    assert len(mailbox()) == 1


def test_a_letter_can_go_to_the_stored_address(posted, rendered, mailbox):
    rendered(lambda _: Letter("tests/hello", to="stored@demo.example", headers={"List-Id": "<a.demo.example>"}))
    posted("TYPED@demo.example")
    [mail] = mailbox()
    assert (mail["To"], mail["List-Id"]) == ("stored@demo.example", "<a.demo.example>")


def test_a_mail_with_nothing_to_say_is_kept_back(posted, rendered, mailbox, outbox):
    rendered(lambda _: None)
    posted()
    assert mailbox() == []
    [row] = outbox()
    assert row.state is State.SUPPRESSED
    assert row.settled_at is not None


def test_a_suppressed_address_is_not_written_to(posted, mailbox, outbox):
    suppress("Ann@Demo.example", "bounced")
    posted()
    assert mailbox() == []
    assert "bounced" in outbox()[0].last_reply


def test_sending_again_is_a_new_mail_of_the_same_kind(posted, mailbox, outbox):
    send_again(posted(name="Ann"))
    first, second = mailbox()
    assert first["Subject"] == second["Subject"]
    assert first["Message-ID"] != second["Message-ID"]


def test_a_mail_that_breaks_is_tried_again_and_does_not_hold_up_others(posted, rendered, mailbox, outbox, caplog):
    def render(message):
        if message.context["name"] == "Bad":
            raise KeyError("registration")
        return hello(message)

    rendered(render)
    posted(name="Bad")
    posted(name="Good")
    assert [mail["Subject"] for mail in mailbox()] == ["Hello Good"]
    bad, _good = outbox()
    assert (bad.state, bad.last_reply) == (State.QUEUED, "KeyError: 'registration'")
    assert "could not be written" in caplog.text


def test_a_broken_template_and_an_unknown_kind_are_noted(posted, rendered, mailbox, outbox):
    rendered(lambda _: Letter("tests/broken"))
    posted()
    post("tests.nobody", "ann@demo.example")
    assert mailbox() == []
    assert [row.state for row in outbox()] == [State.QUEUED, State.QUEUED]
    assert "Nobody renders" in outbox()[1].last_reply


def test_what_a_renderer_wrote_stays_only_when_the_mail_goes_on(posted, rendered, mailbox, outbox):
    def render(message):
        suppress("other@demo.example", "written by the renderer")

    rendered(render)
    posted()
    mailbox()
    posted("other@demo.example")
    rendered(hello)
    assert len(mailbox()) == 1


def test_nothing_is_open_while_a_mail_is_sent(posted, way_out):
    grumpy = way_out(lambda: str(db.session().in_transaction()))
    row = posted()
    db.session.commit()
    deliver_due()
    db.session.refresh(row)
    assert len(grumpy.sent) == 1
    assert row.last_reply == "False"


def test_tries_come_later_and_later_and_end_in_a_visible_failure(posted, way_out, clock, outbox):
    way_out(Undelivered("451 Try later"))
    posted()
    db.session.commit()
    for pause in rules.PAUSES:
        deliver_due()
        [row] = outbox()
        assert (row.state, row.due_at) == (State.QUEUED, now() + pause)
        db.session.commit()
        clock.shift(pause)
    deliver_due()
    [row] = outbox()
    assert (row.state, row.tries, row.last_reply) == (State.FAILED, rules.TRIES, "451 Try later")


def test_a_refusal_for_good_is_not_tried_again(posted, way_out, outbox):
    way_out(Undelivered("550 No such mailbox", for_good=True))
    posted()
    db.session.commit()
    deliver_due()
    [row] = outbox()
    assert (row.state, row.tries, row.last_reply) == (State.FAILED, 1, "550 No such mailbox")


def test_anybody_can_cause_only_a_few_mails_to_an_address(posted, rendered, mailbox, outbox, clock):
    rendered(hello, limited=True)
    for _ in range(5):
        posted()
    assert len(mailbox()) == 3
    assert "at most 3" in outbox()[-1].last_reply
    clock.shift(timedelta(minutes=61))
    for _ in range(5):
        posted()
    assert len(mailbox()) == 6
    clock.shift(timedelta(minutes=61))
    posted()
    posted("ben@demo.example")
    assert len(mailbox()) == 7
    assert "at most 6" in outbox()[-2].last_reply


def test_what_a_dead_worker_had_claimed_is_taken_over(posted, mailbox, outbox, clock):
    posted()
    db.session.commit()
    assert len(delivery.claim(10)) == 1
    assert mailbox() == []
    clock.shift(LEASE)
    assert len(mailbox()) == 1
    assert outbox()[0].tries == 2


def test_a_worker_that_was_overtaken_does_nothing(posted, mailbox, outbox, clock):
    posted()
    db.session.commit()
    [slow] = delivery.claim(10)
    clock.shift(LEASE)
    assert len(mailbox()) == 1
    db.session.commit()
    delivery.deliver(slow)
    assert len(mailbox()) == 1
    assert outbox()[0].state is State.SENT


def test_the_result_of_a_worker_that_was_overtaken_while_sending_does_not_count(posted, way_out, clock, outbox):
    def overtaken():
        clock.shift(timedelta(seconds=transport.LONGEST + 1))
        assert len(delivery.claim(10)) == 1
        raise Undelivered("451 too late to matter", for_good=True)

    way_out(overtaken)
    posted()
    db.session.commit()
    [claimed] = delivery.claim(10)
    delivery.deliver(claimed)
    [row] = outbox()
    assert (row.state, row.tries, row.last_reply) == (State.QUEUED, 2, "")


def test_a_mail_that_ends_every_worker_is_given_up(posted, mailbox, outbox, clock):
    posted()
    db.session.commit()
    for _ in range(rules.TRIES):
        delivery.claim(10)
        clock.shift(LEASE)
    assert mailbox() == []
    assert outbox()[0].state is State.FAILED


def test_workers_side_by_side_send_each_mail_once(app, posted, mailbox):
    for _ in range(40):
        posted()
    db.session.commit()

    def work():
        with app.app_context():
            deliver_due()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent = mailbox()
    assert len(sent) == 40
    assert len({mail["Message-ID"] for mail in sent}) == 40
