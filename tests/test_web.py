"""The frame of every request: one transaction, a page for every refusal, headers on every response."""

import gzip

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.config import Settings
from portal.foundation import access, errors, headers, web
from portal.foundation.access import public
from portal.foundation.database import db
from portal.stores.models import Store

REFUSALS = [
    (errors.NotFound, 404),
    (errors.NotAllowed, 403),
    (errors.Conflict, 409),
    (errors.Expired, 410),
    (errors.TooMany, 429),
    (errors.Busy, 503),
    (errors.DomainError, 400),
]


@pytest.fixture
def visit(app, monkeypatch):
    """Send a request whose view is the given function."""

    def send(view, path="/healthz", **kwargs):
        monkeypatch.setitem(app.view_functions, "healthz", public(view))
        monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
        return app.test_client().open(path, **kwargs)

    return send


def add_store():
    db.session.add(Store(code="pune", name="Pune", time_zone="Asia/Kolkata", currency="INR"))
    db.session.flush()


def stores():
    db.session.rollback()
    return db.session.scalars(sa.select(Store.code).order_by(Store.code)).all()


def writing(end):
    """A view that writes, whatever the method says, and then ends so."""

    def view():
        db.session().info["reading"] = None
        add_store()
        return end()

    return view


def fail(error):
    raise error


def test_a_view_that_returns_has_its_work_stored(app, visit):
    assert visit(writing(lambda: "done")).status_code == 200
    assert stores() == ["online", "pune"]


@pytest.mark.parametrize(("refusal", "status"), REFUSALS)
def test_a_refusal_has_a_page_and_leaves_nothing_behind(app, visit, refusal, status):
    page = visit(writing(lambda: fail(refusal("Words for the reader."))))
    assert page.status_code == status
    assert "Words for the reader." in page.text
    assert stores() == ["online"]


def test_something_unforeseen_is_a_page_with_a_number_and_leaves_nothing_behind(app, visit):
    page = visit(writing(lambda: fail(ZeroDivisionError("a secret"))))
    assert page.status_code == 500
    assert page.headers["X-Request-Number"] in page.text
    assert "a secret" not in page.text
    assert stores() == ["online"]


def test_a_get_that_writes_by_mistake_is_stopped(app, visit):
    def view():
        add_store()
        return "done"

    assert visit(view).status_code == 500
    assert stores() == ["online"]


def test_an_unknown_address_has_a_page(client):
    page = client.get("/nowhere")
    assert page.status_code == 404
    assert "We can’t find that page" in page.text


def test_a_host_that_is_not_ours_is_refused(client):
    assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/static/portal.css"])
def test_every_response_carries_the_security_headers(client, path):
    response = client.get(path, buffered=True)
    assert {name: response.headers.get(name) for name in headers.ALWAYS} == headers.ALWAYS
    assert "'unsafe" not in response.headers["Content-Security-Policy"]


def test_a_static_file_is_kept_for_ever_under_its_versioned_address(app, client):
    with app.test_request_context():
        address = app.jinja_env.globals["asset"]("portal.css")
    assert "immutable" in client.get(address, buffered=True).headers["Cache-Control"]
    assert "immutable" not in client.get("/static/portal.css", buffered=True).headers.get("Cache-Control", "")


def test_style_sheets_travel_compressed(client):
    plain = client.get("/static/portal.css", buffered=True)
    packed = client.get("/static/portal.css", headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 3
    again = client.get(
        "/static/portal.css", headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/static/../wsgi.py", "/static/%2e%2e/wsgi.py", "/static/none.css", "/static/"])
def test_nothing_else_is_served(client, path):
    assert client.get(path).status_code == 404


def test_a_view_without_a_declared_right_stops_the_start():
    app = Flask("house")
    app.add_url_rule("/", "forgotten", lambda: "")
    with pytest.raises(RuntimeError, match="forgotten"):
        access.check(app)


def test_every_view_of_the_portal_declares_who_may_enter(app):
    assert all(access.right_of(view) for view in app.view_functions.values())


def test_cookies_are_for_this_host_alone_over_https(app):
    for secure, name in ((True, "__Host-session"), (False, "session")):
        other = Flask("house")
        headers.init_app(other, Settings(base_url="https://shop.example" if secure else "http://localhost"))
        assert other.config["SESSION_COOKIE_NAME"] == name
        assert other.config["SESSION_COOKIE_SECURE"] is secure
        assert other.config["SESSION_COOKIE_HTTPONLY"]
        assert other.config["SESSION_COOKIE_SAMESITE"] == "Lax"


def test_a_forwarded_address_is_believed_only_from_proxies_that_were_named(app, visit):
    seen = []
    visit(lambda: seen.append(web.client_address()) or "", headers={"X-Forwarded-For": "203.0.113.9"})
    assert seen == ["127.0.0.1"]


@pytest.mark.parametrize("path", ["/sign-in", "/staff/sign-in", "/newsletter", "/no-such-page"])
def test_an_address_that_is_too_long_gets_a_page_of_ours(app, path):
    browser = app.test_client()
    assert browser.get(f"{path}?q={'x' * 4000}").status_code in (200, 404)
    page = browser.get(f"{path}?q={'x' * 5000}")
    assert page.status_code == 414
    assert "That address is too long" in page.text
    assert 'href="/' in page.text


def test_a_form_that_has_such_an_address_is_refused_alike(app):
    assert app.test_client().post(f"/sign-in?next={'x' * 5000}").status_code == 414
