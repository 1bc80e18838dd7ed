"""Headers and cookies: on every answer, whatever is asked for, over https as in production, and nobody adds to them."""

import pytest

from portal import create_app
from portal.config import Settings
from portal.foundation import headers, migrations
from portal.foundation.database import db
from tests import linting, migrated
from tests.hostile.attacks import tried
from tests.test_config import KEY
from tests.test_csrf import address

BASE = "https://shop.example"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A portal behind https, empty."""
    folder = tmp_path_factory.mktemp("https")
    app = create_app(
        Settings(env="testing", instance=folder, base_url=BASE, bcrypt_cost=4, secret_keys=(KEY,), ratelimit="")
    )
    migrations.open_to(app)
    with app.app_context():
        migrated.migrate()
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield app
    with app.app_context():
        db.engine.dispose()


def faults(answer):
    """What is wrong with an answer over https; counted."""
    wrong = linting.faults(answer, secure=True)
    tried("headers", refused=not wrong)
    return wrong


def addresses(app):
    """An address of every rule, with every method that it takes."""
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods):
            yield method, address(app, rule)


def test_every_address_with_every_method_answers_with_every_header(shop):
    wrong = {}
    for method, path in addresses(shop):
        answer = shop.test_client().open(path, method=method, base_url=BASE, buffered=True)
        if found := faults(answer):
            wrong[f"{method} {path}"] = found
    assert wrong == {}


@pytest.mark.parametrize(
    ("method", "path", "status", "more"),
    [
        ("GET", "/nowhere", 404, {}),
        ("GET", "/static/none.css", 404, {}),
        ("GET", "/static/portal.css", 200, {}),
        ("POST", "/healthz", 405, {}),
        ("EVIL", "/sign-in", 405, {}),
        ("POST", "/sign-in", 400, {}),
        ("GET", "/account", 303, {}),
        ("GET", "/sign-in", 400, {"headers": {"Host": "evil.example"}}),
        ("POST", "/sign-in", 413, {"data": {"email": "a" * 300_000}}),
        ("GET", "/confirm-email/" + "a" * 5000, 404, {}),
        ("GET", "/%00", 404, {}),
    ],
)
def test_so_does_every_refusal(shop, method, path, status, more):
    answer = shop.test_client().open(path, method=method, base_url=BASE, buffered=True, **more)
    assert answer.status_code == status
    assert faults(answer) == []


def test_so_does_a_page_that_breaks(shop, monkeypatch):
    monkeypatch.setitem(shop.view_functions, "healthz", lambda: 1 / 0)
    answer = shop.test_client().get("/healthz", base_url=BASE)
    assert answer.status_code == 500
    assert faults(answer) == []


def test_so_does_a_file_that_is_still_the_same(shop):
    client = shop.test_client()
    tag = client.get("/static/portal.css", base_url=BASE, buffered=True).headers["ETag"]
    answer = client.get("/static/portal.css", base_url=BASE, headers={"If-None-Match": tag}, buffered=True)
    assert answer.status_code == 304
    assert faults(answer) == []


def test_the_policy_lets_nothing_in_that_is_not_ours():
    rules = dict(rule.strip().split(" ", 1) for rule in headers.POLICY.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert not {"*", "'unsafe-inline'", "'unsafe-eval'", "http:", "https:"} & set(headers.POLICY.split())
    assert "publickey-credentials-get=(self)" in headers.ALWAYS["Permissions-Policy"]


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("X-Frame-Options", "ALLOWALL", "X-Frame-Options"),
        ("Cache-Control", "public", "Cache-Control"),
        ("Location", "https://evil.example/", "Location"),
        ("Location", "//evil.example/", "Location"),
        ("Set-Cookie", "session=x; HttpOnly; Path=/; Secure", "samesite=lax"),
        ("Set-Cookie", "__Host-session=x; HttpOnly; SameSite=Lax; Path=/", "secure"),
        ("Set-Cookie", "__Host-session=x; HttpOnly; SameSite=Lax; Path=/; Secure; Domain=x", "other hosts"),
        ("Set-Cookie", "tracker=x; HttpOnly; SameSite=Lax; Path=/; Secure", "unknown name"),
        ("Set-Cookie", f"__Host-session={'x' * 4096}; HttpOnly; SameSite=Lax; Path=/; Secure", "too large"),
    ],
)
def test_the_rules_find_what_is_wrong(shop, name, value, fault):
    answer = shop.test_client().get("/sign-in", base_url=BASE)
    assert linting.faults(answer, secure=True) == []
    answer.headers.remove(name)
    answer.headers.add(name, value)
    assert fault in str(linting.faults(answer, secure=True))
