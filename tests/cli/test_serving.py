"""flask serve: web server, worker and listener under one parent, started again when they die, ended together."""

import importlib.util
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from portal import create_app
from portal.cli import serving as command
from portal.config import Settings
from portal.foundation import migrations
from tests import migrated, processes

pytestmark = pytest.mark.real

ENDS_WITHIN = 10  # seconds, as the contract says


@pytest.fixture
def shop(tmp_path):
    """A migrated shop of its own, on a free port."""
    settings = Settings(env="testing", instance=tmp_path, bcrypt_cost=4, port=processes.free_port())
    app = create_app(settings)
    with app.app_context():
        migrations.open_to(app)
        migrated.migrate()
    return settings


def serving(shop, **more):
    return processes.flask("serve", env=processes.environment(shop, port=shop.port, **more))


def greeting(port):
    """What a mail server says first; empty while nobody listens."""
    try:
        # From another address: out of the same one a line to a port that nobody has may come to be one to itself.
        with socket.create_connection(("127.0.0.1", port), timeout=20, source_address=("127.0.0.2", 0)) as line:
            return line.recv(99)
    except OSError:
        return b""


def answers(shop):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{shop.port}/healthz", timeout=20) as answer:
            return answer.read() == b"ok\n"
    except OSError:  # the parent listens long before anybody answers
        return False


def refusal(shop, path):
    """How an address is refused, and whether with a page of the portal's own."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{shop.port}{path}", timeout=20).close()
    except urllib.error.HTTPError as answer:
        return answer.code, b"That address is too long" in answer.read()
    return None


def child(process, word):
    """The pid of a child by a word of its command, 0 while there is none."""
    return next((pid for pid in processes.descendants(process.pid) if word in processes.command(pid)), 0)


def test_serve_answers_starts_again_what_dies_and_ends_everything_in_time(shop):
    (shop.instance / "demo-password").write_text("four quiet blue lamps\n")
    with serving(shop) as process:
        processes.until(lambda: answers(shop))
        for word in (" worker", "gunicorn"):
            first = child(process, word)
            assert first
            processes.kill([first])
            processes.until(lambda word=word, first=first: child(process, word) not in (0, first))
        processes.until(lambda: answers(shop))
        assert refusal(shop, f"/sign-in?q={'x' * 8000}") == (414, True)
        everything = [process.pid, *processes.descendants(process.pid)]
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(ENDS_WITHIN)
        assert time.monotonic() - began < ENDS_WITHIN
        assert [pid for pid in everything if processes.is_alive(pid)] == []
        said = process.stdout.read()
    assert f"http://127.0.0.1:{shop.port}" in said
    assert "demo password: four quiet blue lamps" in said
    assert "owner@demo.example" in said


def test_nothing_is_left_when_the_parent_is_killed(shop):
    port = processes.free_port()
    listens = {"bounce_domain": "bounce.demo.example", "bounce_listen": "lmtp", "bounce_port": port}
    with serving(shop, **listens) as process:
        processes.until(lambda: answers(shop))
        processes.until(lambda: greeting(port).startswith(b"220 "))
        below = processes.descendants(process.pid)
        assert len(below) >= 4
        processes.kill([process.pid])
        processes.until(lambda: not any(processes.is_alive(pid) for pid in below))


def test_a_port_in_use_is_said_in_one_sentence(shop):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", shop.port))
        taken.listen()
        with serving(shop) as process:
            assert process.wait(90) == 1
            said = process.stdout.read()
    assert f"Port {shop.port}" in said
    assert len(said.splitlines()) == 1


def test_settings_that_cannot_work_are_said_in_one_sentence(shop):
    with processes.flask("config", "check", env=processes.environment(shop, bcrypt_cost="low")) as process:
        assert process.wait(90) == 3  # what gunicorn takes for a reason not to begin again
        said = process.stdout.read()
    assert said == "PORTAL_BCRYPT_COST must be a whole number, not 'low'.\n"


def test_what_the_children_load_is_compiled_before_they_start_and_once(monkeypatch, tmp_path):
    """A process that compiles what it loads stays megabytes larger than one that finds it compiled."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path))
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    command._compile([sys, command])
    assert Path(importlib.util.cache_from_source(command.__file__, optimization=2)).is_file()
    assert list(tmp_path.rglob("gunicorn/arbiter.*.opt-2.pyc"))
    monkeypatch.setattr(command.subprocess, "run", lambda *_, **__: pytest.fail("it is compiled"))
    command._compile([sys, command])


def test_nothing_is_compiled_where_no_bytecode_is_wanted(monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(command.subprocess, "run", lambda *_, **__: pytest.fail("nobody wants it"))
    command._compile([command])
