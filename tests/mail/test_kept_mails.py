"""/dev/mail: kept mails can be read in development, and the pages are nowhere else."""

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from portal import create_app
from portal.config import Settings
from portal.mail.composing import POLICY
from portal.mail.transport import Folder

PAGE = "<!doctype html><html><head></head><body><a href='http://127.0.0.1:8000/x'>Confirm</a></body></html>"


@pytest.fixture
def folder(tmp_path):
    """The folder of kept mails of a development machine."""
    return Folder(tmp_path / "mail")


@pytest.fixture
def developer(tmp_path):
    """Somebody with a browser on a development machine."""
    return create_app(Settings(instance=tmp_path)).test_client()


def message(subject="Confirm your address"):
    """A mail as the portal writes it."""
    made = EmailMessage(policy=POLICY)
    made["Subject"], made["From"], made["To"] = subject, "Shop <shop@demo.example>", "ann@demo.example"
    made["Date"], made["Message-ID"] = datetime(2026, 11, 21, 12, 0, tzinfo=UTC), "<0a1b@demo.example>"
    made.set_content("Open http://127.0.0.1:8000/confirm-email/abc\n")
    made.add_alternative(PAGE, subtype="html")
    return made


def test_a_kept_mail_comes_back_as_it_was(folder):
    folder.send(message("Zoë, hello"))
    [(name, kept)] = folder.newest(10)
    assert kept["Subject"] == "Zoë, hello"
    assert folder.find(name) is not None


@pytest.mark.parametrize("name", ["../keys", "..", "", "no-such", "20261121-1\0", "a" * 300])
def test_only_kept_mails_are_found(folder, name):
    folder.send(message())
    assert folder.find(name) is None


def test_kept_mails_are_listed_and_read(folder, developer):
    assert "No mails yet" in developer.get("/dev/mail").text
    folder.send(message())
    page = developer.get("/dev/mail").text
    assert "Confirm your address" in page
    [(name, _)] = folder.newest(1)
    for show in ("html", "text", "raw", "nonsense"):
        assert developer.get(f"/dev/mail/{name}?show={show}").status_code == 200
    assert "confirm-email/abc" in developer.get(f"/dev/mail/{name}/text").text
    assert "Message-ID" in developer.get(f"/dev/mail/{name}/raw").text
    assert developer.get("/dev/mail/unknown").status_code == 404


def test_the_html_of_a_mail_runs_nothing_and_is_framed_only_here(folder, developer):
    folder.send(message())
    [(name, _)] = folder.newest(1)
    response = developer.get(f"/dev/mail/{name}/html")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script" not in policy
    assert "frame-ancestors 'self'" in policy
    assert "frame-src 'self'" in developer.get(f"/dev/mail/{name}").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("127.0.0.1", 200),
        ("192.168.1.20", 200),
        ("8.8.8.8", 404),
        ("::ffff:8.8.8.8", 404),
        ("2606:4700::1111", 404),
        ("somewhere", 404),
    ],
)
def test_who_comes_from_the_internet_reads_no_mail(folder, developer, address, status):
    folder.send(message())
    [(name, _)] = folder.newest(1)
    for path in ("/dev/mail", f"/dev/mail/{name}", f"/dev/mail/{name}/raw"):
        assert developer.get(path, environ_base={"REMOTE_ADDR": address}).status_code == status


def test_outside_of_development_there_are_no_such_pages(app, client):
    assert client.get("/dev/mail").status_code == 404
