"""Bounces come over a real conversation, by SMTP and LMTP, and out of pipes and files."""

import smtplib
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from portal.cli.bounces import LATER
from portal.foundation.database import db
from portal.newsletter.bounces import intake, verp
from portal.newsletter.bounces import listener as listener_module
from portal.newsletter.bounces.listener import Listener
from portal.newsletter.models import InboundReport, ReportKind, SubscriptionState
from tests.newsletter.comings import sent_to, subscriptions, work_on

pytestmark = pytest.mark.real

QMAIL = (Path(__file__).parent / "reports" / "qmail.eml").read_bytes().replace(b"\n", b"\r\n")


@pytest.fixture(autouse=True)
def bounce_domain(shop_wants):
    shop_wants(bounce_domain="bounce.demo.example")


@contextmanager
def listening(app, *, lmtp: bool = False):
    db.session.rollback()
    listener = Listener(app, "127.0.0.1", 0, lmtp=lmtp)
    listener.start()
    kind = smtplib.LMTP if lmtp else smtplib.SMTP
    try:
        with kind("127.0.0.1", listener.bound_port, timeout=20) as client:
            yield client
    finally:
        listener.stop()


def kept() -> list[tuple[ReportKind, str]]:
    rows = db.session.execute(sa.select(InboundReport.kind, InboundReport.recipient).order_by(InboundReport.id))
    found = [(kind, recipient) for kind, recipient in rows]
    db.session.rollback()  # the listener writes on a connection of its own
    return found


@pytest.mark.parametrize("lmtp", [False, True])
def test_a_bounce_is_stored_when_the_server_is_told_so_and_ends_mail_to_whom_it_is_about(app, lmtp):
    campaign_id = sent_to(1)
    [row] = subscriptions()
    to = verp.address(campaign_id, row.id).upper()
    with listening(app, lmtp=lmtp) as client:
        assert client.sendmail("", [to], QMAIL) == {}
        assert kept() == [(ReportKind.NEW, to)]
        assert client.sendmail("", [to], QMAIL) == {}
    assert kept() == [(ReportKind.NEW, to)]
    work_on()
    assert subscriptions()[0].state is SubscriptionState.CLEANED


def test_only_signed_addresses_and_those_that_must_be_there_are_taken(app):
    sent_to(1)
    forged = verp.address(1, 1)[:-25] + "aaaa@bounce.demo.example"
    with listening(app) as client:
        client.ehlo()
        for refused in (forged, "ann@bounce.demo.example", "postmaster@elsewhere.example", "fbl@", "@"):
            client.mail("")
            code, said = client.rcpt(refused)
            assert code in (501, 550, 553), said
            client.rset()
        assert client.sendmail("", ["fbl@bounce.demo.example"], QMAIL) == {}
    assert len(kept()) == 1


def test_a_mail_that_cannot_be_stored_is_asked_for_again(app, monkeypatch):
    def breaks(*_):
        raise OperationalError("", {}, Exception("gone"))

    monkeypatch.setattr(intake, "keep", breaks)
    with listening(app) as client, pytest.raises(smtplib.SMTPDataError) as refusal:
        client.sendmail("", ["postmaster@bounce.demo.example"], QMAIL)
    assert refusal.value.smtp_code == 451


def test_too_many_that_wait_are_asked_for_again(app, monkeypatch):
    monkeypatch.setattr(intake, "MOST_OPEN", 1)
    with listening(app) as client:
        assert client.sendmail("", ["postmaster@bounce.demo.example"], QMAIL) == {}
        with pytest.raises(smtplib.SMTPDataError) as refusal:
            client.sendmail("", ["postmaster@bounce.demo.example"], QMAIL + b"x")
    assert refusal.value.smtp_code == 451


def test_one_connection_too_many_is_told_to_come_again(app, monkeypatch):
    with listening(app) as client:
        client.ehlo()
        monkeypatch.setattr(listener_module, "CONNECTIONS", 1)
        with pytest.raises(smtplib.SMTPConnectError) as refusal:
            smtplib.SMTP("127.0.0.1", client.sock.getpeername()[1], timeout=20)
    assert refusal.value.smtp_code == 421


@pytest.mark.parametrize("body", [b"x" * 60_000, b"\r\n" * 600])
def test_mails_that_fill_the_memory_are_broken_off(app, monkeypatch, body):
    monkeypatch.setattr(listener_module, "MEMORY", 50_000)
    with listening(app) as client:
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
            client.sendmail("", ["postmaster@bounce.demo.example"], body)
        client.close()
    assert kept() == []


def test_the_size_that_is_taken_is_said_before(app):
    with listening(app) as client:
        client.ehlo()
        assert client.esmtp_features["size"] == "26214400"


def take(app, *arguments, raw=b""):
    return app.test_cli_runner().invoke(args=["bounces", "take", *map(str, arguments)], input=raw)


def test_an_alias_pipes_a_mail_in_and_it_is_counted_at_once(app):
    campaign_id = sent_to(1)
    [row] = subscriptions()
    word = verp.address(campaign_id, row.id).partition("@")[0][2:].encode()
    done = take(app, raw=QMAIL.replace(b"{word}", word))
    assert (done.exit_code, done.output) == (0, "Kept.\n")
    assert subscriptions()[0].state is SubscriptionState.CLEANED


def test_a_maildir_is_read_once(app, tmp_path):
    (tmp_path / "new").mkdir()
    for number in range(3):
        (tmp_path / "new" / f"mail{number}").write_bytes(QMAIL + b"%d" % number)
    assert take(app, tmp_path).output == "Kept.\n" * 3
    assert min(file.name for file in (tmp_path / "cur").iterdir()) == "mail0:2,S"
    assert take(app, tmp_path).output == ""
    assert len(kept()) == 3


def test_a_mail_server_keeps_what_could_not_be_stored(app, monkeypatch):
    def breaks(*_):
        raise OperationalError("", {}, Exception("gone"))

    monkeypatch.setattr(intake, "keep", breaks)
    assert take(app, raw=QMAIL).exit_code == LATER


def test_nothing_listens_without_a_bounce_domain(app, shop_wants):
    shop_wants(bounce_domain="")
    done = app.test_cli_runner().invoke(args=["bounces", "listen"])
    assert (done.exit_code, "PORTAL_BOUNCE_DOMAIN" in done.output) == (1, True)
