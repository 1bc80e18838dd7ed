"""What the portal writes while it works: no secret anywhere, no person in the log, one object on each line."""

import io
import json
import logging
import re
import warnings
from dataclasses import replace

import pyotp
import pytest
import sqlalchemy as sa

from portal.accounts.service import totp
from portal.audit.models import AuditEntry
from portal.foundation import logs, trace
from portal.foundation.database import db
from portal.mail import transport
from portal.mail.errors import Undelivered
from portal.mail.models import OutboxMessage
from tests import cast
from tests.accounts import recovering
from tests.backoffice.desk import at_desk
from tests.newsletter import ledger
from tests.storefront import newcomer

SECRETS = {
    "password": "canary passphrase violet",
    "wrong password": "canary wrong passphrase",
    "new password": "canary passphrase harbour",
    "answer": "Canaryvogel Thunder",
    "wrong answer": "Canaryvogel wrong",
}
PEOPLE = {
    "first name": "Canarina",
    "last name": "Canariensis",
    "email": "canary.bird@demo.example",
    "telephone": "+447700900987",
    "newsletter": "canary.news@demo.example",
    "address": "Canary Wharf 7",
}
NASTY = [
    'evil\r\n{"event": "forged", "level": "info"}',
    "evil\x1b[31mred\x1b[0m",
    "evil\u202eesrever\u2066",
    "evil\x00\x85\u2028\u2029",
    '"} evil {"',
]


@pytest.fixture
def lines(app):
    """The log as production writes it, line by line."""
    root, stream = logging.getLogger(), io.StringIO()
    before, level, show = root.handlers[:], root.level, warnings.showwarning
    logs.start(replace(app.extensions["portal.settings"], env="production"), stream)
    yield lambda: stream.getvalue().splitlines()
    logging.captureWarnings(capture=False)
    warnings.showwarning = show
    root.handlers[:] = before
    root.setLevel(level)


def told(lines):
    """Every line, read; each must be one object."""
    found = [json.loads(line) for line in lines()]
    assert all(isinstance(one, dict) for one in found)
    return found


class Story:
    """Everything that happens to Canarina, and all that a browser was shown meanwhile."""

    def __init__(self, app, browsers, mailbox, monkeypatch):
        self.app, self.browsers, self.mailbox, self.monkeypatch = app, browsers, mailbox, monkeypatch
        self.codes: set[str] = set()
        self.links: set[str] = set()

    def registers(self):
        browser = self.browsers()
        newcomer.become_customer(
            browser,
            self.mailbox,
            first_name=PEOPLE["first name"],
            last_name=PEOPLE["last name"],
            email=PEOPLE["email"],
            telephone=PEOPLE["telephone"],
            password=SECRETS["password"],
            confirm_password=SECRETS["password"],
            security_answer=SECRETS["answer"],
        )
        assert newcomer.account_of(PEOPLE["email"]) is not None

    def signs_in(self):
        browser = self.browsers()
        browser.open("/sign-in")
        browser.send(email=PEOPLE["email"], password=SECRETS["wrong password"])
        browser.send(email=PEOPLE["email"], password=SECRETS["new password"])
        assert browser.path == "/account"
        return browser

    def recovers(self):
        browser = self.browsers()
        link = recovering.ask(browser, self.mailbox, PEOPLE["email"])
        browser.open(link)
        recovering.answer(browser, SECRETS["wrong answer"])
        browser.send(security_answer=SECRETS["answer"])
        recovering.choose(browser, SECRETS["new password"])

    def sets_an_app_up(self, browser):
        account = newcomer.account_of(PEOPLE["email"])
        totp.begin(account)
        row = totp.begun(account)
        secret = totp.secret_of(row)
        db.session.commit()
        code = pyotp.TOTP(secret).now()
        self.codes |= {secret, code}
        browser.open("/account/security/authenticator")
        browser.send(code="000000")
        browser.send(code=code)

    def subscribes(self):
        ledger.join(self.browsers(), self.mailbox, PEOPLE["newsletter"])

    def is_edited_by_staff(self):
        clerk = at_desk(self.browsers(), "clerk")
        number = newcomer.customer_of(PEOPLE["email"]).number
        clerk.open(f"/staff/customers/{number}/edit")
        clerk.send(last_name=PEOPLE["last name"] + " Canaria")

    def gets_a_mail_that_fails(self):
        def refuse(_self, email):
            raise Undelivered(f"550 no such person <{email['To']}>")

        def crash(_self, email):
            raise ValueError(f"cannot send to {email['To']}: {email.as_string()[-200:]}")

        for fail in (refuse, crash):
            with self.monkeypatch.context() as patch:
                patch.setattr(transport.Memory, "send", fail)
                ledger.ask(self.browsers(), f"canary.{fail.__name__}@demo.example")
                self.mailbox()

    def meets_a_page_that_breaks(self, browser):
        def broken():
            raise RuntimeError(f"{SECRETS['password']} {PEOPLE['email']}")

        with self.monkeypatch.context() as patch:
            patch.setitem(self.app.config, "PROPAGATE_EXCEPTIONS", False)
            patch.setitem(self.app.view_functions, "overview.show", broken)
            page = browser.client.get("/account?email=" + PEOPLE["email"])
        assert page.status_code == 500
        assert not [word for word in (*SECRETS.values(), PEOPLE["email"]) if word in page.text]

    def is_told(self):
        self.registers()
        self.recovers()
        browser = self.signs_in()
        self.sets_an_app_up(browser)
        self.subscribes()
        self.is_edited_by_staff()
        self.meets_a_page_that_breaks(browser)
        for mail in self.mailbox():
            self.links |= set(re.findall(r"/([A-Za-z0-9_-]{40,})", mail.as_string().replace("=\n", "")))
        self.gets_a_mail_that_fails()


@pytest.fixture
def story(app, browsers, mailbox, monkeypatch, lines):
    """The whole story, from the first page to the last."""
    found = Story(app, browsers, mailbox, monkeypatch)
    found.is_told()
    return found


def everything(table, *left_out):
    columns = [column for column in table.columns if column.name not in left_out]
    return "\n".join(str(row) for row in db.session.execute(sa.select(*columns)))


def test_a_whole_story_leaves_no_secret_anywhere_and_no_person_in_the_log(app, story, lines):
    log = "\n".join(lines())
    found = told(lines)
    assert {"answered", "Something broke."} <= {one["event"] for one in found}
    assert any("could not be sent" in one["event"] for one in found)
    assert len(story.links) > 3
    assert len(found) > 30
    words = [*SECRETS.values(), *PEOPLE.values(), *story.codes, *story.links, "Canari", "canary", cast.CLARA.email]
    assert [word for word in words if word in log] == []
    database = "\n".join(everything(table) for table in db.metadata.sorted_tables)
    assert [word for word in (*SECRETS.values(), *story.codes, *story.links) if word in database] == []


def test_audit_and_outbox_name_people_only_where_they_are_told_of_them(story):
    audit = everything(AuditEntry.__table__)  # whole: words about a person are sealed there
    outbox = everything(OutboxMessage.__table__, "to", "to_key", "last_reply")
    assert [word for word in PEOPLE.values() if word in audit + outbox] == []
    names = [entry.subject_name for entry in db.session.scalars(sa.select(AuditEntry))]
    assert any(PEOPLE["first name"] in name for name in names)  # or the test would prove nothing


def test_whether_somebody_got_in_is_a_line_that_names_no_one(app, browser, lines):
    cast.customer(cast.ANN)
    for password in ("not the password", cast.PASSWORD):
        browser.open("/sign-in")
        browser.send(email=cast.ANN.email, password=password)
    refused, let_in = (line for line in told(lines) if line["event"] in ("not signed in", "signed in"))
    assert (refused["event"], refused["realm"], refused["outcome"]) == ("not signed in", "customer", "refused")
    assert (let_in["event"], let_in["realm"], let_in["methods"]) == ("signed in", "customer", "password")
    assert isinstance(let_in["account"], int)
    assert "account" not in refused
    assert not any(cast.ANN.email in line for line in lines())


def test_a_line_says_which_request_and_whose_and_how_long_it_took(app, browser, lines):
    cast.customer(cast.ANN)
    browser.open("/sign-in?next=/account/security")
    browser.send(email=cast.ANN.email, password=cast.PASSWORD)
    browser.open("/account")
    browser.open("/healthz")
    browser.client.get("/static/portal.css", buffered=True)
    last = told(lines)[-1]
    assert set(last) == {
        *("event", "level", "logger", "timestamp", "request", "method"),
        *("endpoint", "status", "ms", "realm", "account"),
    }
    assert (last["endpoint"], last["status"], last["realm"]) == ("overview.show", 200, "customer")
    assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}", last["request"])


@pytest.mark.parametrize("nasty", NASTY)
def test_no_text_of_a_stranger_breaks_out_of_its_line(app, client, lines, nasty):
    agent = nasty.replace("\r", " ").replace("\n", " ").encode("utf-8").decode("latin-1")
    client.get("/" + nasty.replace("\r\n", "%0d%0a"), headers={"User-Agent": agent})
    client.get("/recover/" + nasty.replace("\r\n", "%0d%0a"))
    client.open("/sign-in", method=re.sub(r"\W", "", nasty).upper()[:30] or "X")
    client.post("/newsletter", data={"email": nasty, "first_name": nasty})
    trace.start()
    logging.getLogger("portal.anything").warning("A line that quotes %s", nasty)
    logging.getLogger("gunicorn.error").warning("Invalid request from ip=203.0.113.7: bad line: '%s'", nasty)
    found = told(lines)
    assert len(found) >= 6
    assert all(one["event"] != "forged" for one in found)
    for line in lines():
        assert line.isascii()
        assert line.isprintable()
    quoting = next(one for one in found if one["logger"] == "portal.anything")
    assert quoting["event"].isprintable()
    server = next(one for one in found if one["logger"] == "gunicorn.error")
    assert "evil" not in server["event"]
    assert "203.0.113.7" not in server["event"]
    assert "request" not in server


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Mail to ann@demo.example failed", "Mail to [address] failed"),
        ("<ann+x@demo.example>, ben@demo.example", "<[address]>, [address]"),
        ("/recover/" + "aB3-_" * 9, "/recover/[…]"),
        ("A short line of 19 letters: abcdefghijklmnopqrs", "A short line of 19 letters: abcdefghijklmnopqrs"),
    ],
)
def test_words_lose_addresses_and_whatever_could_be_a_link(app, lines, words, said):
    logging.getLogger("portal.anything").warning("%s", words)
    assert told(lines)[-1]["event"] == said


@pytest.mark.parametrize("name", ["email", "password", "token", "answer", "cookie", "telephone", "first_name", "to"])
def test_what_is_not_listed_never_stands_beside_the_words(app, lines, name):
    logging.getLogger("portal.anything").warning("words", extra={name: "canary"})
    assert "canary" not in lines()[-1]


def test_an_exception_is_told_by_its_kind_and_place_and_so_are_those_that_led_to_it(app, lines):
    def inner():
        raise KeyError("canary")

    try:
        try:
            inner()
        except KeyError as error:
            raise RuntimeError("canary too") from error
    except RuntimeError:
        logging.getLogger("portal.anything").exception("It broke")
    last = told(lines)[-1]
    assert last["error"] == ["RuntimeError", "KeyError"]
    assert last["raised"][1][-1].endswith(" inner")
    assert "canary" not in lines()[-1]


def test_in_development_lines_are_for_a_reader(app, lines):
    stream = io.StringIO()
    logs.start(replace(app.extensions["portal.settings"], env="development"), stream)
    logging.getLogger("portal.anything").warning("It is\x1b[31m late for %s", "ann@demo.example")
    said = stream.getvalue()
    assert "It is\N{REPLACEMENT CHARACTER}[31m late for [address]" in said
    assert not said.startswith("{")
