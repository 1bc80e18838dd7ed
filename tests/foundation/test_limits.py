"""The coarse limit stops a network that sends too much, and nothing else; it forgets rather than fails."""

from datetime import timedelta

import pytest

from portal import create_app
from portal.config import ConfigurationError, Settings
from portal.foundation import database, web
from tests.browsing import Client

KEYS = ("the only key of the tests, long enough for anyone",)


@pytest.fixture
def portal(tmp_path):
    """Open a portal of its own, with these settings."""
    opened = []

    def opening(**settings):
        base = {"env": "testing", "instance": tmp_path, "secret_keys": KEYS, "base_url": "http://localhost"}
        app = create_app(Settings(**{**base, "bcrypt_cost": 4, **settings}))
        app.test_client_class = Client
        opened.append(app)
        return app

    yield opening
    for app in opened:
        with app.app_context():
            database.db.engine.dispose()


def post(app, path="/sign-out", network="203.0.113.1", **headers):
    return app.test_client().post(path, environ_overrides={"REMOTE_ADDR": network}, headers=headers)


def test_a_network_that_sends_too_much_is_told_to_wait_and_others_are_not(clock, portal):
    app = portal(ratelimit="3 per minute")
    assert [post(app).status_code for _ in range(4)] == [400] * 3 + [429]
    answer = post(app)
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert "Your network sent more" in answer.text
    assert "X-RateLimit-Limit" not in answer.headers
    assert answer.headers["Content-Security-Policy"]
    assert post(app, network="203.0.113.2").status_code == 400
    clock.shift(timedelta(minutes=1))
    assert post(app).status_code == 400


def test_an_address_of_a_household_is_as_good_as_another(portal):
    app = portal(ratelimit="1 per minute")
    assert post(app, network="2001:db8:1:2::3").status_code == 400
    assert post(app, network="2001:db8:1:2::4").status_code == 429
    assert post(app, network="2001:db8:1:3::3").status_code == 400


def test_reading_machines_and_the_one_click_way_out_are_never_counted(portal):
    app = portal(ratelimit="1 per minute")
    post(app)
    for path in ("/help", "/healthz", "/static/portal.css"):
        assert [app.test_client().get(path, buffered=True).status_code for _ in range(5)] == [200] * 5
    for path in ("/u/no-token", "/healthz", "/readyz", "/static/portal.css"):
        assert 429 not in {post(app, path).status_code for _ in range(3)}
    assert post(app).status_code == 429


def test_an_empty_setting_counts_nothing(portal):
    app = portal(ratelimit="")
    assert {post(app).status_code for _ in range(20)} == {400}


def test_a_storage_that_is_out_of_reach_lets_everybody_in_and_says_so(portal, monkeypatch, caplog):
    app = portal(ratelimit="1 per minute")
    [limiter] = app.extensions["limiter"]

    def lost(*_, **__):
        raise ConnectionError("no storage")

    monkeypatch.setattr(limiter.limiter, "hit", lost)
    assert [post(app).status_code for _ in range(3)] == [400] * 3
    assert "Failed to rate limit" in caplog.text
    assert "203.0.113.1" not in caplog.text


def test_nobodys_address_is_in_the_log(portal, caplog):
    app = portal(ratelimit="1 per minute")
    with caplog.at_level("DEBUG"):
        for _ in range(3):
            post(app)
    assert "203.0.113.1" not in caplog.text


@pytest.mark.parametrize(
    "settings", [{"ratelimit": "a lot"}, {"ratelimit_storage_uri": "nowhere://"}, {"ratelimit": "10 per"}]
)
def test_a_limit_that_cannot_be_read_stops_the_start(portal, settings):
    with pytest.raises(ConfigurationError, match="PORTAL_RATELIMIT"):
        portal(**settings)


@pytest.mark.parametrize(
    ("hops", "forwarded", "counted"),
    [
        (0, "198.51.100.7", "203.0.113.1"),
        (0, "198.51.100.7, 198.51.100.8", "203.0.113.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "1.1.1.1, 198.51.100.7", "198.51.100.7"),
        (1, "", "203.0.113.1"),
        (2, "1.1.1.1, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
    ],
)
def test_a_forwarded_address_is_believed_as_far_as_there_are_proxies(portal, monkeypatch, hops, forwarded, counted):
    app = portal(proxy_hops=hops)
    seen = []
    told = web.public(lambda: seen.append(web.client_address()) or "")
    monkeypatch.setitem(app.view_functions, "healthz", told)
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    app.test_client().get("/healthz", environ_overrides={"REMOTE_ADDR": "203.0.113.1"}, headers=headers)
    assert seen == [counted]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "CF-Connecting-IP"])
def test_a_forged_header_gives_no_new_count(portal, header):
    app = portal(ratelimit="2 per minute")
    answers = [post(app, **{header: f"198.51.100.{number}"}).status_code for number in range(4)]
    assert answers == [400, 400, 429, 429]
