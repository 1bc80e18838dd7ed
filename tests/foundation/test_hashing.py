"""Hashes: nothing is cut or runs inside a transaction; a broken one is an ordinary failure, an old one is read."""

import dataclasses

import bcrypt
import pytest

from portal.foundation import crypto, hashing
from portal.foundation.crypto import Ring
from portal.foundation.database import db
from portal.foundation.hashing import Secret
from portal.stores.models import Store
from tests.work import measured

LONG = "a" * 72
WORDS = "three random words"


def made(text, kind=Secret.PASSWORD):
    [stored] = hashing.make((kind, text))
    return stored


def foreign(text, form="2b", cost=4):
    """A hash as another shop has it."""
    return bcrypt.hashpw(text.encode(), bcrypt.gensalt(cost)).decode().replace("$2b$", f"${form}$")


@pytest.fixture
def cost(app, monkeypatch):
    """Have the shop hash at a higher cost than it did so far."""

    def change(value):
        changed = dataclasses.replace(app.extensions["portal.settings"], bcrypt_cost=value)
        monkeypatch.setitem(app.extensions, "portal.settings", changed)

    return change


@pytest.mark.parametrize("text", ["x" * 71, "x" * 72, "x" * 73, "x" * 200, "🔑" * 25, "nul\0inside", "naïve"])
def test_a_password_of_any_length_and_script_is_its_own_key(app, text):
    assert hashing.verify(Secret.PASSWORD, made(text), text)


def test_two_passwords_alike_in_their_first_72_bytes_do_not_open_each_other(app):
    assert not hashing.verify(Secret.PASSWORD, made(LONG + "one"), LONG + "two")


def test_two_passwords_alike_before_a_nul_do_not_open_each_other(app):
    assert not hashing.verify(Secret.PASSWORD, made("same\0one"), "same\0two")


@pytest.mark.parametrize(
    ("one", "other"), [("café", "cafe\u0301"), ("ﬁsh and chips", "fish and chips"), ("１２", "12")]
)
def test_two_ways_to_type_the_same_letters_are_one_password(app, one, other):
    assert hashing.verify(Secret.PASSWORD, made(one), other)


def test_an_answer_does_not_open_what_a_password_locked(app):
    assert not hashing.verify(Secret.ANSWER, made("same words"), "same words")


@pytest.mark.parametrize(
    "stored",
    [
        None,
        "",
        "garbage",
        "v1.00000000.$2b$04$short",
        "v1.deadbeef.$2b$04$" + "." * 53,
        "$2b$04$short",
        "$2b$03$" + "." * 53,
        "$2b$16$" + "." * 53,
        "$2b$99$" + "." * 53,
        "$2x$04$" + "." * 53,
        "$2b$04$" + "." * 21 + "9" + "." * 31,
        "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b27vIhcVCQhZ3z9B1HqzSMi5QY",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "x" * 128,
        "\0",
    ],
)
def test_a_missing_or_broken_hash_is_an_ordinary_failure_after_one_hash(app, stored):
    with measured() as work:
        assert not hashing.verify(Secret.PASSWORD, stored, WORDS)
    assert work.hashes == [4]


def test_the_stored_form_names_its_version_its_pepper_and_its_cost(app):
    version, pepper, rest = made(WORDS).split(".", 2)
    assert version == "v1"
    assert pepper == crypto.identify(crypto.ring().key("pepper password"))
    assert rest.startswith("$2b$04$")


def test_a_hash_under_an_older_key_still_verifies_and_is_made_anew(app, monkeypatch):
    stored = made(WORDS)
    assert hashing.renewed(Secret.PASSWORD, stored, WORDS) is None
    kept = crypto.ring().masters
    monkeypatch.setitem(app.extensions, crypto.EXTENSION, Ring(("a newer key, long enough for anyone", *kept)))
    assert hashing.verify(Secret.PASSWORD, stored, WORDS)
    fresh = hashing.renewed(Secret.PASSWORD, stored, WORDS)
    assert hashing.verify(Secret.PASSWORD, fresh, WORDS)
    assert not hashing.is_outdated(Secret.PASSWORD, fresh)


def test_a_hash_whose_key_left_the_ring_fits_nothing(app, monkeypatch):
    stored = made(WORDS)
    monkeypatch.setitem(app.extensions, crypto.EXTENSION, Ring(("another key, long enough for anyone too",)))
    assert not hashing.verify(Secret.PASSWORD, stored, WORDS)


def test_a_hash_of_another_cost_is_made_anew(app, cost):
    stored = made(WORDS)
    cost(5)
    assert "$2b$05$" in hashing.renewed(Secret.PASSWORD, stored, WORDS)


@pytest.mark.parametrize("form", ["2a", "2b", "2y"])
def test_a_hash_of_another_shop_is_read_and_made_anew(app, form):
    stored = foreign(WORDS, form)
    assert hashing.verify(Secret.PASSWORD, stored, WORDS)
    assert not hashing.verify(Secret.PASSWORD, stored, WORDS + " and more")
    fresh = hashing.renewed(Secret.PASSWORD, stored, WORDS)
    assert hashing.FORM.fullmatch(fresh)
    assert hashing.verify(Secret.PASSWORD, fresh, WORDS)


def test_a_password_of_72_bytes_fits_its_hash_of_another_shop_and_a_longer_one_does_not(app):
    stored = foreign(LONG)
    assert hashing.verify(Secret.PASSWORD, stored, LONG)
    for longer in (LONG + "b", LONG + "\0", "a" * 71 + "é"):
        with measured() as work:
            assert not hashing.verify(Secret.PASSWORD, stored, longer)
        assert work.hashes == [4]


def test_a_password_with_a_nul_fits_no_hash_of_another_shop(app):
    assert not hashing.verify(Secret.PASSWORD, foreign("same"), "same\0")


def test_another_shop_had_no_answers(app):
    assert not hashing.verify(Secret.ANSWER, foreign(WORDS), WORDS)


@pytest.mark.parametrize("old", [4, 5, 6])
def test_a_wrong_password_is_the_same_work_for_a_cheaper_hash(app, cost, old):
    cost(6)
    for stored in (foreign(WORDS, cost=old), made(WORDS).replace("$2b$06$", f"$2b$0{old}$"), None):
        with measured() as work:
            assert not hashing.verify(Secret.PASSWORD, stored, "wrong")
        assert sum(2**one for one in work.hashes) == 2**6


def test_a_hash_never_runs_while_something_is_written_and_not_stored(app):
    db.session.add(Store(code="x", name="X", time_zone="UTC", currency="EUR"))
    with pytest.raises(RuntimeError, match="read, hash, then write"):
        hashing.verify(Secret.PASSWORD, None, WORDS)
