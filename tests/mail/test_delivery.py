"""Delivering the outbox: what is due leaves once, what cannot leave is put off, what must not leave is kept."""

from portal.mail.models import State
from tests.mails import html_of, link_in, text_of


def test_a_posted_mail_leaves_with_both_bodies(posted, mailbox, outbox):
    posted()
    [mail] = mailbox()
    assert mail["To"] == "ann@demo.example"
    assert mail["Subject"] == "Hello Ann"
    assert "Hello Ann" in text_of(mail)
    assert "Ann" in html_of(mail)
    assert link_in(mail) == "/somewhere"
    [row] = outbox()
    assert (row.state, row.tries, row.subject) == (State.SENT, 1, "Hello Ann")
