"""Passwords from breaches: five digits leave the machine, nothing waits, and a service in disorder stops nobody."""

import hashlib
import http.server
import itertools
import threading
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from portal.accounts.models import Registration, SecurityAnswer
from portal.accounts.service import breaches
from portal.audit.models import AuditEntry
from portal.config import ConfigurationError, Settings, check
from portal.foundation.database import db
from portal.staff import service as staff
from tests import cast
from tests.accounts.recovering import ask
from tests.accounts.test_security_page import change
from tests.accounts.test_sessions import sign_in
from tests.storefront import newcomer

KNOWN = "violet ladder harbour"
UNKNOWN = "copper lantern valley"
WORDS = "This password was in a data breach elsewhere"


def digest(text):
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest().upper()


class Service:
    """What it was asked, and what it answers."""

    def __init__(self):
        self.asked = []
        self.headers = []
        self.seen = {digest(KNOWN): 7}
        self.status = 200
        self.slowly = threading.Event()
        self.slowly.set()
        self.at_the_door = lambda: None

    def answer(self, prefix):
        padding = [f"{number:035X}:0" for number in range(20)]
        mine = [f"{known[5:]}:{count}" for known, count in self.seen.items() if known.startswith(prefix)]
        return "\r\n".join(sorted([*padding, *mine])).encode()


@contextmanager
def serving(service):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            service.asked.append(self.path)
            service.headers.append(dict(self.headers))
            service.at_the_door()
            service.slowly.wait(10)
            body = service.answer(self.path.rpartition("/")[2])
            try:
                self.send_response(service.status)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Location", "/elsewhere/00000")
                self.end_headers()
                self.wfile.write(body)
            except ConnectionError:
                return

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/range/"
    finally:
        service.slowly.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def service(app, shop_wants):
    """A service that knows one password, and a shop that asks it."""
    made = Service()
    with serving(made) as address:
        shop_wants(breached_passwords=address)
        yield made


def notes():
    return db.session.scalars(sa.select(AuditEntry).where(AuditEntry.verb == breaches.UNASKED)).all()


def register(browser, password):
    return newcomer.register(browser, follow=False, password=password, confirm_password=password)


def reset(browser, mailbox, password):
    browser.open(ask(browser, mailbox))
    return browser.send(follow=False, password=password, confirm_password=password)


@pytest.mark.real
def test_five_digits_leave_the_machine_and_nothing_else(browser, service):
    assert WORDS in register(browser, KNOWN).text
    assert service.asked == [f"/range/{digest(KNOWN)[:5]}"]
    [headers] = service.headers
    assert headers["Add-Padding"] == "true"
    assert set(headers) == {"Accept-Encoding", "Host", "User-Agent", "Add-Padding", "Connection"}


@pytest.mark.real
def test_registering_is_refused_with_a_known_password_alone(browser, service):
    page = register(browser, KNOWN)
    assert page.status_code == 422
    assert '<a href="#password">' in page.text
    assert register(browser, UNKNOWN).status_code == 303
    assert len(service.asked) == 2
    assert notes() == []


@pytest.mark.real
def test_changing_resetting_and_staff_are_asked_alike(browsers, ann, service, mailbox):
    db.session.execute(sa.delete(SecurityAnswer))
    db.session.commit()
    signed_in = browsers()
    sign_in(signed_in)
    assert WORDS in change(signed_in, new=KNOWN).text
    assert WORDS in reset(browsers(), mailbox, KNOWN).text
    _, path = staff.invite("sam@demo.example", "clerk")
    db.session.commit()
    newcomer_to_staff = browsers()
    newcomer_to_staff.open(path)
    assert WORDS in newcomer_to_staff.send(follow=False, password=KNOWN, confirm_password=KNOWN).text
    assert len(service.asked) == 3


@pytest.mark.real
def test_signing_in_asks_nobody(browser, ann, service):
    sign_in(browser)
    assert service.asked == []


@pytest.mark.real
def test_a_password_that_is_refused_anyway_is_not_asked_for(browser, service):
    for password in ("short", "iloveyou", "Nora-Newman"):
        assert register(browser, password).status_code == 422
    assert service.asked == []


@pytest.mark.real
def test_lines_that_only_pad_the_answer_mean_nothing(browser, service):
    service.seen[digest(UNKNOWN)] = 0
    assert register(browser, UNKNOWN).status_code == 303


@pytest.mark.real
@pytest.mark.parametrize("status", [302, 307, 404, 429, 500, 503])
def test_a_service_that_is_out_of_order_or_leads_elsewhere_stops_nobody_and_is_noted(browser, service, status, caplog):
    service.status = status
    assert register(browser, KNOWN).status_code == 303
    assert len(service.asked) == 1
    [note] = notes()
    assert note.reason == "HTTPError"
    assert "without asking" in caplog.text
    assert KNOWN not in caplog.text


@pytest.mark.real
def test_a_service_that_is_slow_stops_nobody(browser, service, monkeypatch):
    monkeypatch.setattr(breaches, "PATIENCE", 0.05)
    service.slowly.clear()
    assert register(browser, KNOWN).status_code == 303
    assert len(notes()) == 1


@pytest.mark.real
def test_an_answer_in_drops_is_given_up_in_time(browser, service, monkeypatch):
    monkeypatch.setattr(breaches, "time", SimpleNamespace(monotonic=itertools.count(step=2).__next__))
    assert register(browser, KNOWN).status_code == 303
    assert [note.reason for note in notes()] == ["TimeoutError"]


@pytest.mark.real
def test_an_answer_that_is_no_list_stops_nobody(browser, service):
    service.answer = lambda _prefix: "→".encode()
    assert register(browser, KNOWN).status_code == 303
    assert len(notes()) == 1


def test_nobody_there_stops_nobody(browser, shop_wants, monkeypatch):
    def refused(*_args, **_kwargs):
        raise ConnectionRefusedError

    shop_wants(breached_passwords="http://127.0.0.1:9/range/")
    monkeypatch.setattr(breaches._opener, "open", refused)
    assert register(browser, KNOWN).status_code == 303
    assert [note.reason for note in notes()] == ["ConnectionRefusedError"]


@pytest.mark.real
def test_while_it_is_asked_others_write(browser, service):
    seen, engine = [], db.engine

    def write():
        with engine.begin() as connection:
            seen.append(connection.execute(sa.text("UPDATE customer_group SET sort_order = sort_order")).rowcount)

    service.at_the_door = write
    register(browser, KNOWN)
    assert seen == [1]


@pytest.mark.real
def test_few_wait_for_it_at_once_and_the_others_go_on(browser, service, monkeypatch):
    monkeypatch.setattr(breaches, "_places", threading.BoundedSemaphore(1))
    breaches._places.acquire()
    assert register(browser, KNOWN).status_code == 303
    assert service.asked == []
    assert len(notes()) == 1


LINES = sorted(digest(word) for word in [KNOWN, *(f"word {number}" for number in range(200))])


@pytest.mark.parametrize(
    "lines",
    [
        [f"{line}:3" for line in LINES],
        LINES,
        [line[:16] for line in LINES],
        [digest(KNOWN)],
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_is_searched(app, shop_wants, tmp_path, lines, end):
    path = tmp_path / "known.txt"
    path.write_bytes(end.join([*lines, ""]).encode())
    shop_wants(breached_passwords=str(path))
    assert breaches.is_breached(KNOWN)
    assert not breaches.is_breached(UNKNOWN)


def test_every_line_of_a_file_is_found(app, shop_wants, tmp_path):
    path = tmp_path / "known.txt"
    path.write_text("".join(f"{line}:1\n" for line in LINES))
    assert all(breaches._is_listed_in(path, line) for line in LINES)
    assert not any(breaches._is_listed_in(path, line[::-1]) for line in LINES)


@pytest.mark.parametrize("content", ["", "\n\n\n", "0\n", "A\n"])
def test_a_file_without_passwords_knows_none(app, tmp_path, content):
    path = tmp_path / "known.txt"
    path.write_text(content)
    assert not breaches._is_listed_in(path, digest(KNOWN))


def test_a_file_that_went_away_stops_nobody(browser, shop_wants, tmp_path):
    shop_wants(breached_passwords=str(tmp_path / "gone.txt"))
    assert register(browser, KNOWN).status_code == 303
    assert [note.reason for note in notes()] == ["FileNotFoundError"]


def test_nobody_is_asked_where_the_shop_does_not_want_it(browser, monkeypatch):
    monkeypatch.setattr(breaches, "_ask", lambda _: pytest.fail("asked"))
    assert register(browser, KNOWN).status_code == 303
    assert newcomer.count(Registration) == 1


@pytest.mark.parametrize(
    "source",
    ["http://range.example/", "https://range.example/range", "http://127.0.0.1.evil.example/", "no-such-file.txt"],
)
def test_a_source_that_cannot_be_asked_safely_is_refused_at_the_start(source):
    with pytest.raises(ConfigurationError, match="PORTAL_BREACHED_PASSWORDS"):
        check(Settings(env="testing", breached_passwords=source))


def test_an_address_and_a_file_may_be_set(tmp_path):
    path = tmp_path / "known.txt"
    path.touch()
    for source in ("https://api.pwnedpasswords.com/range/", "http://127.0.0.1:8080/range/", str(path), ""):
        check(Settings(env="testing", breached_passwords=source))


def test_the_audit_trail_says_it_in_words(app):
    from portal.backoffice import acts

    assert acts.in_words(breaches.UNASKED) != breaches.UNASKED
    assert cast.ANN.email not in acts.in_words(breaches.UNASKED)
