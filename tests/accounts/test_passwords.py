"""Passwords at every door that takes one: what is refused, what fits nothing, and how old hashes become new ones."""

import dataclasses

import bcrypt
import pytest
import sqlalchemy as sa

from portal.accounts.models import Account, Passkey, Registration
from portal.accounts.rules import passwords
from portal.accounts.service import signing_in
from portal.foundation import crypto, hashing
from portal.foundation.crypto import Ring
from portal.foundation.database import db
from portal.foundation.errors import Busy
from portal.foundation.hashing import Secret
from portal.staff import service as staff
from tests import cast
from tests.accounts.recovering import ask
from tests.accounts.test_security_page import change
from tests.accounts.test_sessions import sign_in
from tests.storefront import newcomer
from tests.work import measured

FIRST = passwords.LIST.read_text(encoding="utf-8").split()[:3000]
LONG = "a long walk by the river, " * 3  # 78 signs
NUL = "three random\0words"
EMOJI = "🔑" * 25  # 100 bytes
OLD_KEY = "an older key, long enough for anyone too"
LIMIT = "x1$" * 341 + "y"  # 1,024 signs


def hash_of(person=cast.ANN):
    return db.session.scalars(sa.select(Account.password_hash).where(Account.email == person.email)).one()


def store(text, person=cast.ANN):
    db.session.execute(sa.update(Account).where(Account.email == person.email).values(password_hash=text))
    db.session.commit()


def register(browser, password, **fields):
    return newcomer.register(browser, follow=False, password=password, confirm_password=password, **fields)


def test_the_list_is_long_and_every_word_on_it_could_be_chosen():
    words = passwords.LIST.read_text(encoding="utf-8").split()
    assert len(words) == len(set(words)) > 11_000
    assert min(map(len, words)) >= 8


def test_the_first_three_thousand_passwords_that_anybody_tries_are_refused(app):
    assert [word for word in FIRST if not passwords.objection(word, minimum=8, context=[])] == []
    louder = [word.upper() + "!" for word in FIRST if word.isalnum()]
    assert [word for word in louder if not passwords.objection(word, minimum=8, context=[])] == []


@pytest.mark.parametrize(
    "password",
    [
        "",
        "seven77",
        "🔑" * 7,
        "password",
        "Trustno1!",
        "Nora-Newman",
        "nora@demo.example",
        "blue thunder",
        "Northgate1",
        "y" * 1025,
    ],
)
def test_registering_with_a_bad_password_is_refused_without_a_hash(browser, password):
    with measured() as work:
        page = register(browser, password)
    assert page.status_code == 422
    assert '<a href="#password">' in page.text
    assert work.hashes == []
    assert newcomer.count(Registration) == 0


@pytest.mark.parametrize(
    "password", ["eight 8s", "🔑" * 4 + "🚪" * 4, EMOJI, LONG, LIMIT, "पासवर्ड लंबा है", "  spaces count  "]
)
def test_registering_with_any_script_and_length_is_taken_and_kept_whole(browser, password):
    assert register(browser, password).status_code == 303
    stored = newcomer.only(Registration).password_hash
    assert hashing.verify(Secret.PASSWORD, stored, password)
    assert not hashing.verify(Secret.PASSWORD, stored, password[:-1])


@pytest.mark.parametrize(("size", "status"), [(1025, 422), (200_000, 422), (1_000_000, 413), (6_000_000, 413)])
@pytest.mark.parametrize("path", ["/register", "/sign-in", "/staff/sign-in"])
def test_a_password_longer_than_any_is_refused_without_a_hash(browser, path, size, status):
    browser.open(path)
    with measured() as work:
        page = browser.send(follow=False, email=cast.ANN.email, password="x" * size)
    assert page.status_code == status
    assert work.hashes == []


def test_the_current_password_is_not_hashed_when_it_is_longer_than_any(browser, ann):
    sign_in(browser)
    with measured() as work:
        assert change(browser, current="x" * 1025).status_code == 422
    assert work.hashes == []


@pytest.mark.parametrize("password", ["x1$" * 25 + tail for tail in ("", "a", "b")])
def test_only_the_whole_password_opens(browsers, ann, password):
    [stored] = hashing.make((Secret.PASSWORD, "x1$" * 25 + "a"))
    store(stored)
    assert (sign_in(browsers(), password=password).status_code == 303) is password.endswith("a")


@pytest.mark.parametrize("typed", ["caf\u00e9 au lait", "cafe\u0301 au lait", "ｃａｆé au lait"])
def test_a_password_opens_however_its_letters_are_composed(browsers, ann, typed):
    [stored] = hashing.make((Secret.PASSWORD, "café au lait"))
    store(stored)
    assert sign_in(browsers(), password=typed).status_code == 303


def test_a_nul_is_a_sign_like_any_other(browsers, ann):
    [stored] = hashing.make((Secret.PASSWORD, NUL))
    store(stored)
    assert sign_in(browsers(), password=NUL.partition("\0")[0]).status_code == 422
    assert sign_in(browsers(), password=NUL).status_code == 303


def of_cost_10():
    pepper = crypto.ring().key("pepper password")
    made = bcrypt.hashpw(hashing._prepare(pepper, cast.PASSWORD), bcrypt.gensalt(10)).decode()
    return f"v1.{crypto.identify(pepper)}.{made}"


def of_php():
    return bcrypt.hashpw(cast.PASSWORD.encode(), bcrypt.gensalt(4)).decode().replace("$2b$", "$2y$")


def plain():
    return bcrypt.hashpw(cast.PASSWORD.encode(), bcrypt.gensalt(5)).decode()


def older():
    return bcrypt.hashpw(cast.PASSWORD.encode(), bcrypt.gensalt(6)).decode().replace("$2b$", "$2a$")


def under_an_old_pepper():
    pepper = Ring((OLD_KEY,)).key("pepper password")
    made = bcrypt.hashpw(hashing._prepare(pepper, cast.PASSWORD), bcrypt.gensalt(4)).decode()
    return f"v1.{crypto.identify(pepper)}.{made}"


OLD = [of_cost_10, of_php, plain, older, under_an_old_pepper]


@pytest.fixture
def ring(app, monkeypatch):
    """A ring with an old key at its end."""
    monkeypatch.setitem(app.extensions, crypto.EXTENSION, Ring((*crypto.ring().entries, OLD_KEY)))


@pytest.mark.parametrize("old", OLD)
def test_an_old_hash_becomes_one_of_today_at_the_first_sign_in_and_stays_it_at_the_second(browsers, ann, ring, old):
    store(old())
    assert sign_in(browsers()).status_code == 303
    first = hash_of()
    assert not hashing.is_outdated(Secret.PASSWORD, first)
    with measured() as work:
        assert sign_in(browsers()).status_code == 303
    assert (hash_of(), work.hashes) == (first, [4])


@pytest.mark.parametrize("old", OLD)
def test_a_wrong_password_changes_no_old_hash(browser, ann, ring, old):
    stored = old()
    store(stored)
    assert sign_in(browser, password="wrong").status_code == 422
    assert hash_of() == stored


@pytest.mark.parametrize(
    "stored", ["", "garbage", "$2b$99$" + "." * 53, "$argon2id$v=19$m=1,t=1,p=1$YQ$YQ", "v1..", "\u2603"]
)
def test_a_hash_that_nobody_can_read_is_a_wrong_password(browser, ann, stored):
    store(stored)
    with measured() as work:
        assert sign_in(browser).status_code == 422
    assert work.hashes == [4]


def test_somebody_gets_in_although_no_place_is_left_for_a_new_hash(browser, ann, monkeypatch):
    stored = plain()
    store(stored)

    def full(*_secrets):
        raise Busy

    monkeypatch.setattr(hashing, "make", full)
    assert sign_in(browser).status_code == 303
    assert hash_of() == stored


def test_an_old_hash_tells_nothing_about_its_account(app, browsers, ann, shop_wants):
    shop_wants(bcrypt_cost=6)
    efforts = []
    for stored in (plain(), of_php(), "garbage", hashing.make((Secret.PASSWORD, cast.PASSWORD))[0]):
        store(stored)
        browser = browsers()
        browser.open("/sign-in")
        with measured() as work:
            browser.send("/sign-in", follow=False, email=cast.ANN.email, password="wrong")
        efforts.append(sum(2**cost for cost in work.hashes))
    assert efforts == [2**6] * 4


def test_a_full_gate_says_when_to_come_back(app, browser, ann, monkeypatch):
    browser.open("/sign-in")
    gate = app.extensions[hashing.EXTENSION]
    taken = gate.places_left
    gate.take(taken)
    try:
        with measured() as work:
            page = browser.send("/sign-in", follow=False, email=cast.ANN.email, password=cast.PASSWORD)
    finally:
        gate.give_back(taken)
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert "A lot of people are signing in" in page.text
    assert work.hashes == []


@pytest.mark.parametrize(("password", "status"), [("fourteen signs", 422), ("fifteen signs!!", 303)])
def test_staff_choose_fifteen_signs_or_more(app, browser, password, status):
    _, path = staff.invite("sam@demo.example", "clerk")
    db.session.commit()
    browser.open(path)
    assert browser.send(follow=False, password=password, confirm_password=password).status_code == status


def test_staff_with_a_passkey_choose_as_customers_do(app, browser):
    member = cast.member(cast.CLARA, "clerk", set())
    key = Passkey(account_id=member.account_id, credential="1", public_key=b"2", name="Key")
    db.session.add(key)
    _, path = staff.invite(cast.CLARA.email, "clerk")
    db.session.commit()
    browser.open(path)
    assert browser.send(follow=False, password="seven77", confirm_password="seven77").status_code == 422
    assert browser.send(follow=False, password="lanterns 8", confirm_password="lanterns 8").status_code == 303


def test_an_answer_is_not_the_password(browser, ann):
    sign_in(browser)
    browser.open("/account/security/question")
    page = browser.send(
        "/question",
        follow=False,
        current_password=cast.PASSWORD,
        security_question="own",
        own_question="Who taught me to ride a bicycle?",
        security_answer=cast.PASSWORD.upper(),
    )
    assert page.status_code == 422
    assert '<a href="#security_answer">' in page.text


def test_a_shop_may_ask_for_more(browser, shop_wants):
    shop_wants(password_min_length=12)
    assert register(browser, "eleven sign").status_code == 422
    assert register(browser, "twelve signs").status_code == 303


@pytest.mark.parametrize("path", ["/register", "/sign-in", "/staff/sign-in", "/account/security"])
def test_password_fields_help_those_who_keep_passwords_elsewhere(browser, ann, path):
    if path.startswith("/account"):
        sign_in(browser)
    page = browser.open(path).text
    fields = [tag for tag in page.split("<input") if 'type="password"' in tag]
    assert fields
    assert all('autocomplete="new-password"' in tag or 'autocomplete="current-password"' in tag for tag in fields)
    assert "data-password-toggle" in page
    assert "onpaste" not in page


def test_a_reset_asks_the_same_of_a_password(browser, ann, mailbox, shop_wants):
    shop_wants(security_question="off")
    browser.open(ask(browser, mailbox))
    assert browser.send(follow=False, password="iloveyou", confirm_password="iloveyou").status_code == 422
    assert browser.send(follow=False, password=LONG, confirm_password=LONG).status_code == 303
    assert hashing.verify(Secret.PASSWORD, hash_of(), LONG)


def test_a_dearer_hash_of_another_shop_is_made_cheaper_as_well(browsers, ann, app, monkeypatch):
    dear = dataclasses.replace(app.extensions["portal.settings"], bcrypt_cost=4)
    monkeypatch.setitem(app.extensions, "portal.settings", dear)
    store(bcrypt.hashpw(cast.PASSWORD.encode(), bcrypt.gensalt(7)).decode())
    found = signing_in.sign_in(cast.Realm.CUSTOMER, cast.ANN.email, cast.PASSWORD, signing_in.Visitor())
    db.session.commit()
    assert found.handle
    assert "$2b$04$" in hash_of()
