"""Every form of every page needs its own secret; nothing is changed by looking."""

import io
import re

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.routing.converters import NumberConverter

from portal.foundation import access
from portal.foundation.web import SAFE, csrf
from portal.staff.rules import OWNER
from tests import cast
from tests.work import measured


def address(app: Flask, rule: Rule) -> str:
    """An address that a rule matches."""
    values = {name: 1 if isinstance(kind, NumberConverter) else "x" for name, kind in rule._converters.items()}
    return str(app.url_map.bind("localhost").build(rule.endpoint, values))


def unsafe(app: Flask):
    """Every way to change something, but those that machines use by design."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        exempt = f"{view.__module__}.{view.__name__}" in csrf._exempt_views
        for method in sorted(rule.methods - SAFE):
            if not exempt:
                yield rule, method


def test_there_are_forms_to_test(app):
    assert len(list(unsafe(app))) > 10


def without_secret(app, client, doors):
    """What is answered, written and hashed when the forms of these doors come without their secret."""
    answers = {}
    for rule, method in doors:
        path = address(app, rule)
        for data in ({}, {"csrf_token": "x"}, {"csrf_token": "IjEi.x.y"}):
            with measured() as work:
                status = client.open(path, method=method, data=data).status_code
            answers[f"{method} {path} {data}"] = (status, dict(work.rows), work.hashes)
    return answers


def is_public(app, rule):
    return access.right_of(app.view_functions[rule.endpoint]) == access.PUBLIC


def test_no_form_is_taken_without_its_secret_and_guarded_ones_first_ask_who_it_is(app, client):
    public = [door for door in unsafe(app) if is_public(app, door[0])]
    guarded = [door for door in unsafe(app) if not is_public(app, door[0])]
    assert len(public) > 5
    assert len(guarded) > 15
    assert set(map(str, without_secret(app, client, public).values())) == {"(400, {}, [])"}
    assert set(map(str, without_secret(app, client, guarded).values())) == {"(401, {}, [])"}


@pytest.mark.parametrize("realm", ["customer", "staff"])
def test_no_form_of_somebody_signed_in_is_taken_without_its_secret(app, browser, realm):
    if realm == "customer":
        cast.customer(cast.ANN)
        browser.open("/sign-in")
        browser.send(email=cast.ANN.email, password=cast.PASSWORD)
    else:
        cast.member(cast.OTTO, "owner", set(OWNER))
        browser.open("/staff/sign-in")
        browser.send(email=cast.OTTO.email, password=cast.STAFF_PASSWORD)
    own = [door for door in unsafe(app) if door[0].rule.startswith("/staff") is (realm == "staff")]
    answers = without_secret(app, browser.client, own)
    assert len(answers) > 15
    assert {name: found for name, found in answers.items() if found != (400, {}, [])} == {}


def test_only_machines_and_the_form_of_storefronts_are_let_off(app):
    assert csrf._exempt_views == {
        "portal.newsletter.views.leaving.leave",
        "portal.newsletter.views.joining.join",
        "portal.customers.views.texting.receive",
    }


def test_a_secret_of_another_browser_opens_nothing(app, browsers):
    mine, other = browsers(), browsers()
    page = other.open("/sign-in").text
    foreign = page.split('name="csrf_token" value="')[1].split('"')[0]
    mine.open("/sign-in")
    assert mine.client.post("/sign-in", data={"csrf_token": foreign, "email": "a", "password": "b"}).status_code == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 422),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, 422),
        ({"Origin": "http://localhost:8000"}, 422),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 400),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://blog.localhost"}, 400),
        ({"Origin": "https://evil.example"}, 400),
        ({"Origin": "http://localhost.evil.example"}, 400),
        ({"Origin": "http://[localhost"}, 400),
        ({"Origin": "null"}, 400),
    ],
)
def test_a_form_that_another_site_sends_is_refused_even_with_its_secret(browser, headers, status):
    secret = browser.open("/sign-in").text.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": secret, "email": "a@demo.example", "password": "b"}
    assert browser.client.post("/sign-in", data=form, headers=headers).status_code == status


def test_a_mailbox_may_take_somebody_out_from_its_own_site(client):
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Origin": "https://mail.example"}
    assert client.post("/u/x", headers=elsewhere).status_code == 404  # no link of ours, but nothing else is wrong


# Fields take texts; a program may send anything.


@pytest.mark.parametrize(
    "path", ["/sign-in", "/staff/sign-in", "/register", "/recover", "/confirm-email", "/newsletter"]
)
def test_files_and_other_values_in_place_of_text_are_as_good_as_nothing(browser, path):
    page = browser.open(path).text
    secret = page.split('name="csrf_token" value="')[1].split('"')[0]
    names = set(re.findall(r'name="(\w+)"', page)) - {"csrf_token"}
    files = {name: (io.BytesIO(b"\0\xff"), "photo.jpg") for name in names}
    assert browser.client.post(path, data={"csrf_token": secret, **files}).status_code == 422
    for value in (dict.fromkeys(names, 5), {name: ["a"] for name in names}, [1], None):
        answer = browser.client.post(path, json=value, headers={"X-CSRFToken": secret})
        assert answer.status_code == 422


def test_looking_at_a_page_writes_nothing(app, client):
    written = {}
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.endpoint != "static":
            with measured() as work:
                client.get(address(app, rule))
            if work.rows:
                written[rule.rule] = dict(work.rows)
    assert written == {}
