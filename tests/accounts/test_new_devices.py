"""The owner hears of every browser that was not known, and takes trust away where they sign one out."""

import sqlalchemy as sa

from portal.accounts.models import Device, SignInSession
from portal.accounts.rules import networks
from portal.accounts.service import devices
from portal.foundation.database import db
from tests import cast
from tests.accounts.guessing import guess, send
from tests.accounts.test_sessions import sign_in
from tests.accounts.test_unlocking import link_to, press
from tests.mails import html_of, text_of
from tests.storefront import newcomer

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


def told(outbox):
    return [mail for mail in outbox() if mail.kind == "accounts.new_device"]


def trusted():
    db.session.expire_all()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Device).where(Device.revoked_at.is_(None)))


def test_a_sign_in_on_an_unknown_browser_is_told_with_when_and_where_from(clock, ann, browsers, mailbox, outbox):
    sign_in(browsers())
    assert told(outbox) == [], "nobody is told of the first sign-in of all"
    new = browsers()
    new.client.environ_base |= {"HTTP_USER_AGENT": CHROME, "REMOTE_ADDR": "203.0.113.77"}
    sign_in(new)
    [mail] = mailbox()
    assert (mail["To"], mail["Subject"]) == (cast.ANN.email, "New sign-in at Northgate Goods")
    for text in (text_of(mail), html_of(mail)):
        assert "Chrome on Windows" in text
        assert "203.0.113.0/24" in text
        assert "203.0.113.77" not in text
        assert "21 Nov 2026, 17:30" in text, "in the time of the shop"
        assert "/recover" in text
    new.client.delete_cookie("session")
    sign_in(new)
    assert len(told(outbox)) == 1, "a known browser is no news"


def test_staff_hear_of_it_too_and_are_sent_to_an_owner(browsers, mailbox):
    cast.member(cast.OTTO, "owner", set())
    for _ in range(2):
        assert send(browsers(), cast.OTTO.email, cast.STAFF_PASSWORD, door="/staff/sign-in").status_code == 303
    [mail] = mailbox()
    assert mail["To"] == cast.OTTO.email
    assert "Tell an owner" in text_of(mail)
    assert "/recover" not in text_of(mail)


def test_a_wrong_password_tells_nobody(ann, browsers, outbox):
    sign_in(browsers())
    send(browsers())
    assert told(outbox) == []


def test_a_browser_that_was_let_in_by_mail_is_known(ann, browsers, mailbox, outbox):
    sign_in(browsers())
    new = browsers()
    press(new, link_to(new, mailbox))
    assert send(new, password=cast.PASSWORD).status_code == 303
    assert told(outbox) == []


def test_a_browser_that_registered_is_known_and_never_locked_out(browser, mailbox, outbox):
    newcomer.become_customer(browser, mailbox)
    browser.client.delete_cookie("session")
    guess(10, newcomer.EMAIL)
    assert send(browser, newcomer.EMAIL, newcomer.PASSWORD).status_code == 303
    assert told(outbox) == []


def test_a_device_that_is_signed_out_from_afar_is_trusted_no_longer(ann, browsers, outbox):
    here, lost = browsers(), browsers()
    sign_in(lost)
    sign_in(here)
    assert trusted() == 2
    [far] = db.session.scalars(sa.select(SignInSession).order_by(SignInSession.id).limit(1))
    here.open("/account/security")
    here.send(f"/devices/{far.id}/sign-out")
    assert trusted() == 1
    guess(10)
    lost.client.delete_cookie("session")
    assert send(lost, password=cast.PASSWORD).status_code == 429


def test_signing_the_others_out_leaves_this_device_trusted_alone(ann, browsers):
    here, other = browsers(), browsers()
    sign_in(other)
    sign_in(here)
    here.open("/account/security")
    here.send("/sign-out-others")
    assert trusted() == 1
    guess(10)
    here.client.delete_cookie("session")
    assert send(here, password=cast.PASSWORD).status_code == 303


def test_signing_out_everywhere_leaves_no_device_trusted(ann, browsers):
    here = browsers()
    sign_in(here)
    here.open("/account/security")
    here.send("/sign-out-everywhere")
    assert trusted() == 0


def test_signing_out_by_oneself_keeps_the_trust(ann, browsers, outbox):
    here = browsers()
    sign_in(here)
    here.open("/account/security")
    here.send("/sign-out")
    assert trusted() == 1
    sign_in(here)
    assert told(outbox) == []


def test_a_planted_handle_is_nobodys_device(ann, browsers):
    browser = browsers()
    for value in ("x" * 43, "a.b.c", "", "%00" * 43, "x" * 3000):
        browser.client.set_cookie("device", value)
        assert send(browser).status_code == 422
    assert trusted() == 0


def test_devices_go_when_their_cookie_would_have(clock, ann, browsers):
    sign_in(browsers())
    clock.shift(devices.KEPT)
    devices.sweep()
    db.session.commit()
    assert db.session.scalars(sa.select(Device)).all() == []


def test_a_network_is_told_no_closer_than_its_household():
    told_as = {
        "203.0.113.77": "203.0.113.0/24",
        "::ffff:203.0.113.77": "203.0.113.0/24",
        "2001:db8:1:2::3": "2001:db8:1::/48",
        "": "",
        "nowhere": "",
    }
    assert {address: networks.shown(address) for address in told_as} == told_as
