"""Key rotation: what each purpose made before is worth the same after, and nothing once its key has left the ring."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa

from portal.accounts.models import Account, SecurityAnswer
from portal.accounts.rules.answers import normalise
from portal.accounts.service import recovery_codes, totp
from portal.foundation import crypto, hashing, pagination, signing, throttle
from portal.foundation.clock import now
from portal.foundation.crypto import Unreadable
from portal.foundation.database import db
from portal.foundation.errors import NotFound, TooMany
from portal.foundation.hashing import Secret
from portal.foundation.pagination import Order
from portal.foundation.throttle import Limit
from portal.ledgers import verifying
from portal.newsletter import queries as consents
from portal.newsletter.service import proving
from tests import cast
from tests.accounts import recovering
from tests.newsletter import ledger

PHASES = ("before", "after", "dropped")


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


def authenticator_app(world):
    account = db.session.scalars(sa.select(Account)).one()
    totp.begin(account)
    row = totp.begun(account)
    secret, row.confirmed_at = totp.secret_of(row), now()
    db.session.commit()
    return lambda: totp.use(account, pyotp.TOTP(secret).now())


def authenticator_app_half_set_up(world):
    browser = signed_in(world.browsers())
    account = db.session.scalars(sa.select(Account)).one()
    totp.begin(account)
    db.session.commit()

    def shown():
        assert browser.open("/account/security/authenticator").status_code == 200
        return totp.begun(account) is not None

    return shown


def recovery_code(world):
    account = db.session.scalars(sa.select(Account)).one()
    code = recovery_codes.replace(account)[0]
    db.session.commit()
    return lambda: recovery_codes.use(account, code)


def consent_ledger(world):
    ledger.join(world.browsers(), world.mailbox)
    return lambda: len(consents.history_of(ledger.ZOE)) == 3


def chain_of_the_ledger(world):
    ledger.join(world.browsers(), world.mailbox)
    return lambda: verifying.verify().faults == []


def proof_of_consent(world):
    ledger.join(world.browsers(), world.mailbox)
    text = proving.written(proving.document(ledger.ZOE))
    return lambda: proving.check(text).problem == ""


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
        authenticator_app,
        authenticator_app_half_set_up,
        recovery_code,
        consent_ledger,
        chain_of_the_ledger,
        proof_of_consent,
        signed_number,
        place_in_a_list,
    )
}


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("thing", THINGS)
def test_what_was_made_before_works_till_its_key_is_gone(world, rotation, thing, phase):
    still_works = THINGS[thing](world)
    {"before": rotation.back, "after": rotation.rotate, "dropped": rotation.drop}[phase]()
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
