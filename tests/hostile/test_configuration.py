"""Configurations that are not safe: production does not start, and says in one sentence which setting is at fault."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portal import config
from portal.config import ConfigurationError
from tests import surroundings
from tests.hostile.attacks import tried
from tests.test_config import KEY, SAFE

ROOT = Path(__file__).parents[2]
OTHER = "20260101T000000Z-0123456789abcdef0123456789abcdef0123456789abcdef"

UNSAFE = {
    "no key": {"PORTAL_SECRET_KEYS": ""},
    "a short key": {"PORTAL_SECRET_KEYS": "a-key-that-is-short"},
    "a short key behind a good one": {"PORTAL_SECRET_KEYS": f"{KEY},short"},
    "a key of one letter": {"PORTAL_SECRET_KEYS": "k" * 64},
    "a key of two letters": {"PORTAL_SECRET_KEYS": "ab" * 32},
    "the key of an example": {"PORTAL_SECRET_KEYS": "change-me-to-a-long-random-text-of-32-signs"},
    "one key twice": {"PORTAL_SECRET_KEYS": f"{KEY},{OTHER},{KEY}"},
    "nothing but the rest of an old key": {"PORTAL_SECRET_KEYS": "past.audit." + "0123456789abcdef" * 4},
    "the rest of an old key in front": {"PORTAL_SECRET_KEYS": f"past.audit.{'0123456789abcdef' * 4},{KEY}"},
    "plain http": {"PORTAL_BASE_URL": "http://shop.example"},
    "no address": {"PORTAL_BASE_URL": ""},
    "an address with a path": {"PORTAL_BASE_URL": "https://shop.example/portal"},
    "an address with a query": {"PORTAL_BASE_URL": "https://shop.example/?a=b"},
    "an address with a password": {"PORTAL_BASE_URL": "https://ann:secret@shop.example"},
    "an address that is a number": {"PORTAL_BASE_URL": "https://192.0.2.7"},
    "an address of version six": {"PORTAL_BASE_URL": "https://[2001:db8::1]"},
    "an address that is nothing": {"PORTAL_BASE_URL": "https://[::bad"},
    "localhost": {"PORTAL_BASE_URL": "https://localhost"},
    "no trusted host": {"PORTAL_TRUSTED_HOSTS": ""},
    "every host": {"PORTAL_TRUSTED_HOSTS": "*"},
    "every host below one": {"PORTAL_TRUSTED_HOSTS": "shop.example,*.example"},
    "every host below one, as werkzeug writes it": {"PORTAL_TRUSTED_HOSTS": ".example"},
    "no mail server": {"PORTAL_MAIL_SERVER": ""},
    "cheap hashes": {"PORTAL_BCRYPT_COST": "9"},
    "short passwords": {"PORTAL_PASSWORD_MIN_LENGTH": "5"},
    "the debugger": {"FLASK_DEBUG": "1"},
    "less than no proxy": {"PORTAL_PROXY_HOPS": "-1"},
    "any number of proxies": {"PORTAL_PROXY_HOPS": "6"},
}
# Through the command itself: three ways to be refused, for a process takes a while; where attacks are what is run, all.
STARTED = tuple(UNSAFE) if surroundings.EVERY_ATTACK else ("no key", "every host", "the debugger")


@pytest.mark.parametrize("name", UNSAFE)
def test_production_is_refused_with(name):
    setting = next(iter(UNSAFE[name]))
    with pytest.raises(ConfigurationError, match=setting) as refusal:
        config.read(SAFE | UNSAFE[name])
    assert tried("configuration", refused=True)
    assert "secret@" not in str(refusal.value)
    assert KEY not in str(refusal.value)


def start(folder, changes, *words):
    """Run a command in an environment of its own to its end."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "FLASK_"))}
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env=own | SAFE | {"PORTAL_INSTANCE": str(folder), "PORTAL_PORT": "1"} | changes,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_command_itself_ends_at_once_with_one_sentence(tmp_path):
    with ThreadPoolExecutor(2) as pool:
        runs = {name: pool.submit(start, tmp_path, UNSAFE[name], "flask", "--app", "wsgi", "serve") for name in STARTED}
    for name, found in runs.items():
        run = found.result()
        assert run.returncode != 0
        assert run.stdout == ""
        [said] = run.stderr.splitlines()
        assert said.startswith(next(iter(UNSAFE[name])))
        assert tried("configuration", refused=run.returncode != 0)


def test_the_web_server_does_not_start_either(tmp_path):
    run = start(tmp_path, UNSAFE["every host"], "gunicorn", "wsgi:app", "--bind", f"unix:{tmp_path}/door")
    assert run.returncode != 0
    assert "PORTAL_TRUSTED_HOSTS must name each host" in run.stderr
    assert tried("configuration", refused=run.returncode != 0)


def test_what_is_safe_is_accepted_and_what_is_weak_is_told(tmp_path):
    good = start(tmp_path, {"PORTAL_MAIL_DEFAULT_SENDER": "hello@shop.example"}, *CHECK)
    assert (good.returncode, good.stderr) == (0, "")
    weak = {
        "PORTAL_STAFF_SECOND_FACTOR": "offered",
        "PORTAL_BCRYPT_COST": "10",
        "PORTAL_MAIL_USERNAME": "shop",
        "PORTAL_MAIL_PASSWORD": "quiet",
    }
    told = start(tmp_path, weak, *CHECK)
    assert told.returncode == 0
    named = [line.removeprefix("Warning: ").split()[0] for line in told.stderr.splitlines()]
    assert named == [
        "PORTAL_STAFF_SECOND_FACTOR",
        "PORTAL_BCRYPT_COST",
        "PORTAL_MAIL_USE_TLS",
        "PORTAL_MAIL_DEFAULT_SENDER",
    ]


CHECK = ("flask", "--app", "wsgi", "config", "check")


@pytest.mark.parametrize(
    "change",
    [
        {"PORTAL_BASE_URL": "https://shop.example/"},
        {"PORTAL_BASE_URL": "https://shop.example:8443"},
        {"PORTAL_SECRET_KEYS": f"{KEY},{OTHER}"},
        {"PORTAL_SECRET_KEYS": f"{KEY},past.audit.{'0123456789abcdef' * 4}"},
        {"FLASK_DEBUG": "0"},
        {"PORTAL_PROXY_HOPS": "5"},
    ],
)
def test_nothing_safe_is_refused(change):
    assert config.read(SAFE | change).production
