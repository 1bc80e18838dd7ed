"""Mailed links, every purpose there is: used twice, elsewhere, by others, changed, late, at once, read and replaced."""

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.foundation import tokens
from portal.foundation.database import db
from tests.browsing import Browser
from tests.hostile.mailed_links import MAKERS, live, registered

OPENED, REFUSED = (200, 303), (404, 409, 410)
NAMES = sorted(MAKERS)
PATHS = {
    "/confirm-email/",
    "/sign-in/unlock/",
    "/recover/",
    "/recover/waited/",
    "/recover/stop/",
    "/account/email/",
    "/account/email/stop/",
    "/account/email/undo/",
    "/invitation/",
    "/staff/invitation/",
    "/newsletter/confirm/",
}


@pytest.fixture(params=NAMES)
def link(request, app, clock):
    """A live link of each purpose; time stands still."""
    return live(request.param)


def press(browser, link, token, path=""):
    """Send the form of the link's page, whether or not the page shows one."""
    secret = browser.client.get("/recover").text.split('name="csrf_token" value="')[1].split('"')[0]
    return browser.client.post((path or link.path) + token, data={"csrf_token": secret, **link.fields})


def raw(token):
    """The bytes of a token: eight of its row's id, then its code."""
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))


def text(parts):
    return base64.urlsafe_b64encode(parts).decode().rstrip("=")


def test_every_purpose_of_the_portal_is_attacked_here(app):
    assert set(registered()) == set(MAKERS)


def test_a_link_works(link, browser):
    """Else every attack below would be refused for another reason."""
    assert press(browser, link, link.issue()).status_code in OPENED


def test_replay(link, browsers):
    token = link.issue()
    assert press(browsers(), link, token).status_code in OPENED
    again = press(browsers(), link, token)
    assert again.status_code in (OPENED if link.again else REFUSED)


def test_another_purpose(link, browser):
    token = link.issue()
    told = {path: press(browser, link, token, path).status_code for path in sorted(PATHS - {link.path})}
    assert {path: status for path, status in told.items() if status not in REFUSED} == {}
    assert press(browser, link, token).status_code in OPENED, "and none of that used it up"


def test_another_owner(link, browser):
    """The code of one link before the number of another."""
    mine, theirs = link.issue(), live_again(link)
    crossed = [text(raw(theirs)[:8] + raw(mine)[8:]), text(raw(mine)[:8] + raw(theirs)[8:])]
    assert [press(browser, link, token).status_code for token in crossed] == [404, 404]


def live_again(link):
    """A link of the same purpose for another row."""
    token = tokens.issue(link.purpose, link.subject_id + 1, bound_to=link.bound_to)
    db.session.commit()
    return token


def test_every_bit_flipped(link, browser):
    token = link.issue()
    bits = raw(token)
    flipped = [bits[:at] + bytes([bits[at] ^ 1 << bit]) + bits[at + 1 :] for at in range(len(bits)) for bit in (0, 7)]
    told = {browser.client.get(link.path + text(changed)).status_code for changed in flipped}
    assert told == {404}
    for changed in (token[:-1], token + "A", token + "=", token.swapcase(), token[::-1]):
        assert browser.client.get(link.path + changed).status_code == 404


def test_late_by_a_second(link, browsers, clock):
    token = link.issue()
    clock.shift(link.purpose.lifetime)
    assert press(browsers(), link, token).status_code in REFUSED
    clock.shift(-timedelta(seconds=1))
    assert press(browsers(), link, token).status_code in OPENED


def test_eight_at_once(app, link):
    token = link.issue()
    with ThreadPoolExecutor(8) as crowd:
        told = list(crowd.map(lambda _: press(Browser(app), link, token).status_code, range(8)))
    won = sum(status in OPENED for status in told)
    assert won >= 1
    assert won == 1 or link.again
    assert set(told) <= {*OPENED, *REFUSED, 429, 503}


def test_opened_by_scanners(link, client, browser):
    token = link.issue()
    for _ in range(5):
        client.head(link.path + token)
        assert client.get(link.path + token).status_code == 200
    assert press(browser, link, token).status_code in OPENED


def test_read_in_a_copy_of_the_database(link):
    token = link.issue()
    code = raw(token)[8:]
    needles = (token, token[11:], code.hex(), text(code), base64.b64encode(code).decode())
    kept = [
        str(value)
        for table in db.metadata.sorted_tables
        for row in db.session.execute(sa.select(table))
        for value in row
    ]
    assert kept
    assert [value for value in kept for needle in needles if needle in value] == []


def test_replaced_by_a_newer_one(link, browsers):
    older, newer = link.issue(), link.issue()
    assert older != newer
    assert press(browsers(), link, older).status_code in REFUSED
    assert press(browsers(), link, newer).status_code in OPENED


def test_after_what_it_stands_for_has_changed(link, browsers):
    token = link.issue()
    link.spoil(link.subject_id)
    assert press(browsers(), link, token).status_code in REFUSED
