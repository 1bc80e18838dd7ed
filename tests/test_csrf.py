"""Every form of every page needs its own secret; nothing is changed by looking."""

from flask import Flask
from werkzeug.routing import Rule
from werkzeug.routing.converters import NumberConverter

from portal.foundation.web import SAFE, csrf
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


def test_no_form_is_taken_without_its_secret(app, client):
    answers = {}
    for rule, method in unsafe(app):
        path = address(app, rule)
        for data in ({}, {"csrf_token": "x"}, {"csrf_token": "IjEi.x.y"}):
            with measured() as work:
                status = client.open(path, method=method, data=data).status_code
            answers[f"{method} {path} {data}"] = (status, dict(work.rows), work.hashes)
    assert {name: found for name, found in answers.items() if found != (400, {}, [])} == {}


def test_only_machines_are_let_off(app):
    assert csrf._exempt_views == {"portal.newsletter.views.leaving.leave"}


def test_a_secret_of_another_browser_opens_nothing(app, browsers):
    mine, other = browsers(), browsers()
    page = other.open("/sign-in").text
    foreign = page.split('name="csrf_token" value="')[1].split('"')[0]
    mine.open("/sign-in")
    assert mine.client.post("/sign-in", data={"csrf_token": foreign, "email": "a", "password": "b"}).status_code == 400


def test_looking_at_a_page_writes_nothing(app, client):
    written = {}
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.endpoint != "static":
            with measured() as work:
                client.get(address(app, rule))
            if work.rows:
                written[rule.rule] = dict(work.rows)
    assert written == {}
