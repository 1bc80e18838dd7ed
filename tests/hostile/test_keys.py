"""Key rotation: what each purpose made before is worth the same after, and nothing once its key has left the ring."""

import dataclasses
import stat
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal import create_app
from portal.accounts.models import Account, Authenticator, RecoveryCode, SecurityAnswer
from portal.accounts.rules.answers import normalise
from portal.audit.models import AuditEntry
from portal.config import ConfigurationError, Settings
from portal.foundation import crypto, hashing, keyring, pagination, signing, throttle
from portal.foundation.clock import now
from portal.foundation.crypto import Unreadable
from portal.foundation.database import db
from portal.foundation.errors import NotFound, TooMany
from portal.foundation.hashing import Secret
from portal.foundation.pagination import Order
from portal.foundation.throttle import Limit
from portal.newsletter import queries as consents
from tests import cast
from tests.accounts import recovering
from tests.newsletter import ledger

NEWER = "a newer key, also long enough for anyone"
PHASES = ("before", "after", "dropped")


class Rotation:
    """The ring of the application, and what an operator does to it; each step is what a restart brings."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.first = crypto.ring(app).masters

    def rotate(self) -> None:
        crypto.take(self.app, (NEWER, *self.first))

    def drop(self) -> None:
        crypto.take(self.app, (NEWER,))

    def reach(self, phase: str) -> None:
        {"before": lambda: None, "after": self.rotate, "dropped": self.drop}[phase]()


@pytest.fixture
def rotation(app):
    """The ring, put back at the end."""
    found = Rotation(app)
    yield found
    crypto.take(app, found.first)


@dataclass
class World:
    """What the things of a shop need to be made."""

    app: Any
    browsers: Any
    mailbox: Any


@pytest.fixture
def world(app, browsers, mailbox):
    """A shop with Ann in it."""
    cast.customer(cast.ANN)
    return World(app, browsers, mailbox)


def signed_in(browser):
    browser.open("/sign-in")
    browser.send(email=cast.ANN.email, password=cast.PASSWORD)
    assert browser.path == "/account"
    return browser


# Each makes something before the rotation and gives back what tells whether it still works.


def session(world):
    browser = signed_in(world.browsers())
    return lambda: browser.client.get("/account").status_code == 200


def open_form(world):
    browser = world.browsers()
    browser.open("/sign-in")

    def posts():
        answer = browser.send(follow=False, email=cast.ANN.email, password=cast.PASSWORD)
        assert answer.status_code in (303, 400)
        return answer.status_code == 303

    return posts


def open_form_of_somebody_signed_in(world):
    browser = signed_in(world.browsers())
    browser.open("/account/security")

    def posts():
        answer = browser.send("/sign-out", follow=False)
        assert answer.status_code in (303, 400, 401)
        return answer.status_code == 303

    return posts


def mailed_link(world):
    browser = world.browsers()
    link = recovering.ask(browser, world.mailbox)

    def opens():
        status = browser.client.get(link).status_code
        assert status in (200, 404)
        return status == 200

    return opens


def way_out_of_the_newsletter(world):
    browser = world.browsers()
    link = ledger.join(browser, world.mailbox)
    return lambda: browser.client.get(link).status_code == 200


def password(world):
    browser = world.browsers()

    def fits():
        browser.open("/sign-in")
        answer = browser.send(follow=False, email=cast.ANN.email, password=cast.PASSWORD)
        assert answer.status_code in (303, 422)
        return answer.status_code == 303

    return fits


def answer(world):
    stored = db.session.scalars(sa.select(SecurityAnswer)).one().answer_hash
    return lambda: hashing.verify(Secret.ANSWER, stored, normalise(cast.ANSWER))


def encrypted_field(world):
    sealed = crypto.encrypt("totp", "JBSWY3DPEHPK3PXP")

    def opens():
        try:
            return crypto.decrypt("totp", sealed) == "JBSWY3DPEHPK3PXP"
        except Unreadable:
            return False

    return opens


def keyed_look_up(world):
    stored = crypto.keyed_hash("recovery code", "7:abcd")
    return lambda: stored in crypto.keyed_hashes("recovery code", "7:abcd")


def consent_ledger(world):
    ledger.join(world.browsers(), world.mailbox)
    return lambda: len(consents.history_of(ledger.ZOE)) == 2


def signed_number(world):
    word = signing.sign("test", 7)

    def reads():
        try:
            return signing.read("test", word, 1) == (7,)
        except NotFound:
            return False

    return reads


def place_in_a_list(world):
    order = Order(Account.id, Account.id)
    cursor = pagination._write(db.session.scalars(sa.select(Account)).one(), order)
    return lambda: pagination._read(cursor, order) is not None


THINGS = {
    made.__name__: made
    for made in (
        session,
        open_form,
        open_form_of_somebody_signed_in,
        mailed_link,
        way_out_of_the_newsletter,
        password,
        answer,
        encrypted_field,
        keyed_look_up,
        consent_ledger,
        signed_number,
        place_in_a_list,
    )
}


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("thing", THINGS)
def test_what_was_made_before_works_till_its_key_is_gone(world, rotation, thing, phase):
    still_works = THINGS[thing](world)
    rotation.reach(phase)
    assert still_works() is (phase != "dropped")


def test_after_a_rotation_the_next_use_takes_password_answer_and_cookie_to_the_new_key(world, rotation):
    browser = signed_in(world.browsers())
    recover = recovering.ask(world.browsers(), world.mailbox)
    rotation.rotate()
    browser.open("/account")  # the cookie is signed anew
    signed_in(world.browsers())  # the password is hashed anew
    other = world.browsers()
    other.open(recover)
    recovering.answer(other, cast.ANSWER)  # the answer is hashed anew
    rotation.drop()
    assert browser.client.get("/account").status_code == 200
    signed_in(world.browsers())
    stored = db.session.scalars(sa.select(SecurityAnswer)).one().answer_hash
    assert hashing.verify(Secret.ANSWER, stored, normalise(cast.ANSWER))


def test_files_that_are_kept_for_ever_carry_no_cookie_after_a_rotation(world, rotation):
    browser = signed_in(world.browsers())
    rotation.rotate()
    assert "Set-Cookie" not in browser.client.get("/static/portal.css", buffered=True).headers
    assert "Set-Cookie" in browser.client.get("/account").headers
    assert "Set-Cookie" not in browser.client.get("/account").headers


def test_a_form_of_another_browser_opens_nothing_under_any_key(world, rotation):
    other, mine = world.browsers(), world.browsers()
    foreign = other.open("/sign-in").text.split('name="csrf_token" value="')[1].split('"')[0]
    mine.open("/sign-in")
    rotation.rotate()
    form = {"csrf_token": foreign, "email": cast.ANN.email, "password": cast.PASSWORD}
    assert mine.client.post("/sign-in", data=form).status_code == 400


def test_a_rotation_gives_nobody_new_tries(app, rotation):
    limit = Limit("test", 2, timedelta(minutes=1))
    throttle.count((limit, "x"))
    throttle.count((limit, "x"))
    rotation.rotate()
    with pytest.raises(TooMany):
        throttle.count((limit, "x"))


def test_a_key_serves_one_purpose(app):
    purposes = ("session", "csrf", "token", "pepper password", "pepper answer", "encrypt totp", "audit", "name")
    assert len({crypto.ring().key(purpose) for purpose in purposes}) == len(purposes)
    assert crypto.keyed_hash("token", "1") != crypto.keyed_hash("throttle", "1")


# The file, and the commands


@pytest.fixture
def shop(app, rotation, tmp_path):
    """The application as an operator has it whose keys are kept in the file."""
    before = app.extensions["portal.settings"]
    app.extensions["portal.settings"] = dataclasses.replace(before, secret_keys=(), instance=tmp_path)
    keyring.keep(tmp_path / "keys", rotation.first)
    yield app
    app.extensions["portal.settings"] = before


def told(app, *words, code=0):
    db.session.commit()
    result = app.test_cli_runner().invoke(args=["keys", *words])
    assert result.exit_code == code, result.output
    db.session.expire_all()
    return result.output


def names():
    return [crypto.identify_master(master) for master in crypto.ring().masters]


def test_the_file_gets_a_new_key_in_front_and_stays_private(shop, tmp_path):
    said = told(shop, "rotate")
    newest, old = keyring.kept(tmp_path / "keys")
    assert crypto.ring().masters == (newest, old)
    assert crypto.identify_master(newest) in said
    assert "restart" in said
    assert newest not in said
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]
    assert db.session.scalars(sa.select(AuditEntry.verb)).all() == ["keys.rotated"]


def test_keys_in_the_settings_are_printed_with_a_new_one_in_front_and_nothing_else_happens(app, rotation):
    said = told(app, "rotate")
    [line] = [line for line in said.splitlines() if line.startswith("PORTAL_SECRET_KEYS=")]
    assert line.endswith(f",{rotation.first[0]}")
    assert len(line.removeprefix("PORTAL_SECRET_KEYS=").split(",")[0]) >= 64
    assert crypto.ring().masters == rotation.first


def test_status_tells_what_hangs_on_each_key_and_never_a_key(world, shop, browsers, mailbox):
    account = db.session.scalars(sa.select(Account)).one()
    db.session.add(Authenticator(account_id=account.id, secret=crypto.encrypt("totp", "JBSWY3DPEHPK3PXP")))
    db.session.add(RecoveryCode(account_id=account.id, digest=crypto.keyed_hash("recovery code", "1:x")))
    ledger.join(browsers(), mailbox)
    told(shop, "rotate")
    said = told(shop, "status")
    newest, oldest = said.splitlines()[1:]
    assert newest.split()[:5] == [names()[0], "0", "days", "0", "0"]
    assert oldest.split()[:5] == [names()[1], "unknown", "1", "1", "1"]
    assert oldest.split()[-1] == "2"  # both steps of consent
    assert not any(master in said for master in crypto.ring().masters)


def test_what_is_encrypted_goes_over_to_the_newest_key_and_the_broken_rest_is_told(world, shop):
    account = db.session.scalars(sa.select(Account)).one()
    other = cast.account(cast.BEN)
    db.session.add(Authenticator(account_id=account.id, secret=crypto.encrypt("totp", "JBSWY3DPEHPK3PXP")))
    told(shop, "rotate")
    assert told(shop, "rewrap") == "1 encrypted anew.\n"
    assert told(shop, "rewrap") == "0 encrypted anew.\n"
    sealed = db.session.scalars(sa.select(Authenticator.secret)).one()
    db.session.add(Authenticator(account_id=other.id, secret="v1.00000000.AAAA"))
    crypto.take(shop, crypto.ring().masters[:1])
    assert crypto.decrypt("totp", sealed) == "JBSWY3DPEHPK3PXP"
    assert "1 can’t be read" in told(shop, "rewrap", code=1)


def test_a_key_that_people_need_is_taken_away_only_by_force(world, shop):
    told(shop, "rotate")
    newest, old = names()
    said = told(shop, "retire", old, code=1)
    assert "people who would have to set a new password by mail: 1" in said
    assert "people whose security question could not be answered: 1" in said
    assert names() == [newest, old]
    told(shop, "retire", old, "--force")
    assert names() == [newest]
    kept = keyring.kept(keyring.file_of(shop.extensions["portal.settings"]))
    assert [entry.split(".")[0:2] for entry in kept[1:]] == [["past", "audit"], ["past", "consent"]]


def test_a_key_that_nobody_needs_goes_and_leaves_what_proves_the_past(app, shop, browsers, mailbox):
    ledger.join(browsers(), mailbox)
    told(shop, "rotate")
    going = names()[1]
    audit, sessions = crypto.ring().keys("audit")[1], crypto.ring().keys("session")[1]
    told(shop, "retire", going)
    assert going not in names()
    assert audit in crypto.ring().keys("audit")
    assert sessions not in crypto.ring().keys("session")
    assert len(consents.history_of(ledger.ZOE)) == 2
    told(shop, "rotate")  # what is left stays behind every key to come
    assert crypto.ring().keys("audit")[-1] == audit
    assert "(past)" in told(shop, "status")


def test_the_newest_key_and_one_that_is_not_there_are_never_taken_away(shop):
    told(shop, "rotate")
    assert "the newest" in told(shop, "retire", names()[0], "--force", code=1)
    assert "no key 00000000" in told(shop, "retire", "00000000", "--force", code=1)
    assert len(names()) == 2


def test_two_processes_that_begin_together_find_one_key(tmp_path, monkeypatch):
    path = tmp_path / "keys"
    write = keyring._write_beside

    def meanwhile(at, masters):
        fresh = write(at, masters)
        if not path.exists():
            write(tmp_path / "other", ("the key of the other process",)).rename(path)
        return fresh

    monkeypatch.setattr(keyring, "_write_beside", meanwhile)
    assert keyring.kept(path) == ("the key of the other process",)


def test_a_file_without_a_key_stops_the_start_instead_of_locking_everybody_out(tmp_path):
    (tmp_path / "keys").write_text("\n")
    with pytest.raises(ConfigurationError, match="holds no key"):
        create_app(Settings(env="testing", instance=tmp_path))


def test_the_age_of_a_key_stands_in_it(clock):
    made = keyring.make()
    clock.shift(timedelta(days=90))
    assert (now() - keyring.born(made)).days == 90
    assert keyring.born("k" * 40) is None
    assert keyring.born("99999999T999999Z-abc") is None
