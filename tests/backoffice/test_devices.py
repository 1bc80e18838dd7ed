"""Members see where they are signed in, and end one device, all others, or all."""

import re

from tests import cast
from tests.browsing import Browser, Forms

PATH = "/staff/me"


def at_work(app):
    browser = Browser(app)
    browser.open("/staff/sign-in")
    browser.send("/staff/sign-in", email=cast.OTTO.email, password=cast.STAFF_PASSWORD)
    assert browser.path == "/staff"
    return browser


def is_at_work(browser):
    return browser.client.get("/staff").status_code == 200


def test_one_device_or_all_others_or_all_are_signed_out(app):
    cast.member(cast.OTTO, "owner", set())
    here, there, elsewhere = at_work(app), at_work(app), at_work(app)
    here.open(PATH)
    [first, *_rest] = re.findall(r"/staff/me/devices/\d+/sign-out", here.page.text)
    here.send(first)
    assert [is_at_work(there), is_at_work(elsewhere)].count(True) == 1
    here.send("/sign-out-others")
    assert "All other devices are signed out" in here.page.text
    assert (is_at_work(here), is_at_work(there), is_at_work(elsewhere)) == (True, False, False)
    here.send("/sign-out-everywhere")
    assert here.path == "/staff/sign-in"
    assert not is_at_work(here)


def test_ending_a_device_asks_who_is_at_the_desk_after_five_minutes(app, clock):
    cast.member(cast.OTTO, "owner", set())
    here, there = at_work(app), at_work(app)
    here.open(PATH)
    clock.shift(301)
    assert here.send("/sign-out-others", follow=False).status_code == 403
    assert is_at_work(there)


def test_the_device_of_somebody_else_is_nobodys(app):
    cast.member(cast.OTTO, "owner", set())
    cast.member(cast.CLARA, "clerk", set())
    at_work(app)
    otto, clara = at_work(app), Browser(app)
    clara.open("/staff/sign-in")
    clara.send("/staff/sign-in", email=cast.CLARA.email, password=cast.STAFF_PASSWORD)
    [other] = re.findall(r"/staff/me/devices/\d+/sign-out", otto.open(PATH).text)
    form_of_clara = {"csrf_token": Forms(clara.open(PATH).text).forms[-1]["fields"]["csrf_token"]}
    assert clara.client.post(other, data=form_of_clara).status_code == 404
