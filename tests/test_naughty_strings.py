"""The Big List of Naughty Strings in every text field of every form: answered in words, never a crash, nothing let out.

The forms are found by opening every page. Each field meets each string, one half on either database; in most runs a
sixth of them, another one for each form.
"""

import json
from collections import defaultdict
from pathlib import Path

import pytest

from portal.foundation import throttle
from portal.foundation.database import db
from portal.staff.rules import OWNER
from tests import cast, surroundings
from tests.browsing import Browser, Forms

STRINGS = [text for text in json.loads(Path("tests/vendor/blns.json").read_text()) if text]
PEOPLE = ("nobody", "ann", "otto")
KEPT = {"csrf_token", "form_key", "version", "next", "List-Unsubscribe", "page", "country", "decision"}
# Registration, customers and addresses have sterner tests of their own, beside the other tests of their flows.
ELSEWHERE = ("/register", "/staff/customers", "/account/addresses", "/account/profile")
HARMLESS = ("/sign-out", "/sign-out-everywhere", "/sign-out-others")


@pytest.fixture
def person(app, request, monkeypatch):
    """Somebody who may type without end: nothing is throttled, since only the typing is tried here."""
    monkeypatch.setattr(throttle, "count", lambda *_: defaultdict(int))
    cast.customer(cast.ANN)
    cast.applicant(cast.IVY, cast.group())
    cast.member(cast.OTTO, "owner", set(OWNER))
    browser = Browser(app)
    if request.param == "ann":
        browser.open("/sign-in")
        browser.send(email=cast.ANN.email, password=cast.PASSWORD)
    if request.param == "otto":
        browser.open("/staff/sign-in")
        browser.send(email=cast.OTTO.email, password=cast.STAFF_PASSWORD)
    return request.param, browser


def pages(app, who):
    """Every page that this person opens, with somebody real in the places of its address."""
    for rule in app.url_map.iter_rules():
        of = "otto" if rule.rule.startswith("/staff/") and "sign-in" not in rule.rule else "nobody"
        if of == "nobody" and rule.rule.startswith("/account"):
            of = "ann"
        if of == who and "GET" in rule.methods and "token" not in rule.arguments and "filename" not in rule.arguments:
            yield rule.rule.replace("<number>", "T-ANN").replace("<int:number>", "1")


def forms(browser, paths):
    """The forms with something to type, once each, with what a browser would send of them."""
    seen = {}
    for path in paths:
        page = browser.client.get(path)
        if page.status_code != 200 or page.mimetype != "text/html":
            continue
        for form in Forms(page.text).forms:
            action = form["action"].split("?")[0] or path
            typed = [name for name in form["fields"] if name not in KEPT and name in form["typed"]]
            if typed and not action.endswith(HARMLESS) and not action.startswith(ELSEWHERE):
                seen.setdefault((action, form["method"].lower(), *typed), (action, form, typed))
    return list(seen.values())


@pytest.mark.parametrize("person", PEOPLE, indirect=True)
def test_no_naughty_string_breaks_a_form_or_gets_out_of_its_field(app, person):
    who, browser = person
    half = STRINGS[0 if db.engine.dialect.name == "sqlite" else 1 :: 2]
    found = forms(browser, pages(app, who))
    assert len(found) >= {"nobody": 4, "ann": 2, "otto": 4}[who]
    for action, form, typed in found:
        for text in (text for text in half if surroundings.in_turn(action, text, share=6)):
            fields = form["fields"] | dict.fromkeys(typed, text)
            if form["method"].lower() == "post":
                answer = browser.client.post(action, data=fields)
            else:
                answer = browser.client.get(action, query_string=fields)
            assert answer.status_code < 500, (action, text)
            if "<" in text and len(text) > 8 and answer.mimetype == "text/html":
                assert text not in answer.text, (action, text)
