"""Texts that mean to be more than text, in every field of every form: they stay text where they are shown or sent."""

from collections import defaultdict

import pytest
import sqlalchemy as sa

from portal.foundation.database import db
from portal.foundation.headers import FRAMED_POLICY
from tests import cast, surroundings
from tests.hostile import attacks, doors, forms
from tests.hostile.payloads import MARK, TEXTS, strange_in
from tests.hostile.world import STAFF

MAIL = ("style",)
pytestmark = pytest.mark.parametrize("house", ["sqlite"], indirect=True, scope="session")
SENDERS = ("nobody", "applicant", "ann", "owner")
# Sent with these, a form of the account ends the session that the next one needs.
UNTOUCHED = ("/sign-out", "/sign-out-everywhere")


@pytest.fixture
def untiring(app, monkeypatch):
    """Nobody is sent away for trying too often, and the secrets of forms have a family of their own."""
    from portal.foundation import throttle

    monkeypatch.setattr(throttle, "count", lambda *_args, **_more: defaultdict(int))
    app.config["WTF_CSRF_ENABLED"] = False
    yield
    app.config["WTF_CSRF_ENABLED"] = True


def texts(place):
    """The hostile texts that a place gets: all of them where attacks are what is run, else every sixth, in turn."""
    every = list(TEXTS.items())
    return every if surroundings.EVERY_ATTACK else every[place % 6 :: 6]


def troubles(answer):
    """What is wrong with an answer to a hostile text."""
    found = [f"status {answer.status_code}"] if answer.status_code == 500 else []
    found += [
        name for name, value in answer.headers if MARK in name.lower() or (name == "Set-Cookie" and MARK in value)
    ]
    if answer.mimetype == "text/html":
        is_mail = answer.headers["Content-Security-Policy"] == FRAMED_POLICY  # which carries its style in itself
        found += [one for one in strange_in(answer.text) if not (is_mail and one in MAIL)]
    return found


def hostile_forms(app, world, who):
    """The forms of somebody that take text."""
    passwords = cast.STAFF_PASSWORD if who in STAFF else cast.PASSWORD
    found = forms.of(app, world.client(who), world.of_ann, passwords)
    return [form for form in found if form.typed and not form.action.endswith(UNTOUCHED)]


def answers_that_are_strange(world, who):
    """Every form of somebody with hostile texts in its fields: the answers that show more than text."""
    wrong = []
    for form in hostile_forms(world.app, world, who):
        client = world.client(who)
        for place, field in enumerate(form.typed):
            for name, text in texts(place):
                answer = client.post(form.action, data={**form.fields, field: text})
                found = troubles(answer)
                if answer.status_code == 303 and who not in ("nobody", "applicant"):
                    client = world.client(who)
                if not attacks.tried("injection", refused=not found):
                    wrong.append((who, form.action, field, name, found))
    return wrong


def test_a_hostile_text_stays_a_text(world, untiring, mailbox):
    app = world.app
    assert [strange for who in SENDERS for strange in answers_that_are_strange(world, who)] == []
    assert pages_that_are_strange(app, world) == []
    assert mails_that_are_strange(mailbox()) == []
    tables = set(sa.inspect(db.engine).get_table_names())
    assert {table.name for table in db.metadata.sorted_tables} <= tables


def pages_that_are_strange(app, world):
    """Whatever was stored is shown on the pages of everybody concerned: what is strange there."""
    wrong = []
    for who in ("ann", "owner"):
        for door in doors.every(app, unsafe=False):
            if door.of_staff is (who == "owner"):
                found = troubles(world.client(who).get(doors.address(app, door, world.of_ann)))
                if found:
                    wrong.append((who, door.name, found))
    return wrong


def mails_that_are_strange(mails):
    """Whatever was typed may stand in mails, but in no header of its own."""
    return [
        (mail["Subject"], name)
        for mail in mails
        for name in mail.keys()  # noqa: SIM118 - a mail is no dict: keys() has every header
        if name.lower() in ("bcc", "cc", MARK) or len(mail.get_all("To")) != 1 or MARK in name.lower()
    ]


def test_a_hostile_text_in_an_address_stays_a_text(app, world, untiring):
    wrong = []
    for place, door in enumerate(doors.every(app, unsafe=False)):
        if not door.of_staff:
            continue
        path = doors.address(app, door, world.of_ann)
        client = world.client("owner")
        for name, text in texts(place):
            query = dict.fromkeys(("q", "status", "sort", "after", "before", "group", "store", "tab", "next"), text)
            found = troubles(client.get(path, query_string=query))
            if not attacks.tried("injection", refused=not found):
                wrong.append((door.name, name, found))
    assert wrong == []


@pytest.mark.parametrize("path", ["/", "/sign-in", "/register", "/recover", "/newsletter", "/nowhere", "/account"])
def test_hostile_headers_and_addresses_are_shown_as_text(client, untiring, path):
    for name, text in TEXTS.items():
        line = text.replace("\r", "").replace("\n", "")
        headers = {"User-Agent": line, "Referer": line, "Accept-Language": line.encode("ascii", "ignore").decode()}
        headers = {key: value.encode("latin-1", "ignore").decode("latin-1") for key, value in headers.items()}
        for where in (path, f"{path}?next={text}", f"/{text}"):
            found = troubles(client.get(where, headers=headers))
            assert attacks.tried("injection", refused=not found), (where, name, found)


def test_a_page_that_believed_a_text_would_be_noticed(app):
    for name in ("script", "image", "attribute", "own element", "svg", "frame", "base", "script address"):
        inside = f'<p class="{TEXTS[name]}">{TEXTS[name]}</p><a href="{TEXTS[name]}">x</a>'
        assert strange_in(inside), name
    assert strange_in("<p>62615533</p>")
    assert strange_in('<script src="/static/portal.js"></script><a href="/account">x</a>') == []
