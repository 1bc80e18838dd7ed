"""Hashes: nothing is cut, nothing runs inside a transaction, a broken one is an ordinary failure."""

import dataclasses

import bcrypt
import pytest

from portal.foundation import crypto, hashing
from portal.foundation.crypto import Ring
from portal.foundation.database import db
from portal.foundation.errors import Busy
from portal.foundation.hashing import Gate, Secret
from portal.stores.models import Store

LONG = "a" * 72


def made(text, kind=Secret.PASSWORD):
    [stored] = hashing.make((kind, text))
    return stored


@pytest.mark.parametrize("text", ["x" * 71, "x" * 72, "x" * 73, "x" * 200, "🔑" * 25, "nul\0inside", "naïve"])
def test_a_password_of_any_length_and_script_is_its_own_key(app, text):
    assert hashing.verify(Secret.PASSWORD, made(text), text)


def test_two_passwords_alike_in_their_first_72_bytes_do_not_open_each_other(app):
    assert not hashing.verify(Secret.PASSWORD, made(LONG + "one"), LONG + "two")


def test_two_ways_to_type_the_same_letters_are_one_password(app):
    assert hashing.verify(Secret.PASSWORD, made("café"), "cafe\u0301")


def test_an_answer_does_not_open_what_a_password_locked(app):
    assert not hashing.verify(Secret.ANSWER, made("same words"), "same words")


@pytest.mark.parametrize("stored", [None, "", "garbage", "v1.00000000.$2b$04$short", "v1.deadbeef.$2b$04$" + "." * 53])
def test_a_missing_or_broken_hash_is_an_ordinary_failure_after_one_hash(app, monkeypatch, stored):
    hashes = []
    submit = Gate.submit
    monkeypatch.setattr(Gate, "submit", lambda *args: hashes.append(1) or submit(*args))
    assert not hashing.verify(Secret.PASSWORD, stored, "three random words")
    assert hashes == [1]


def test_the_stored_form_names_its_version_its_pepper_and_its_cost(app):
    version, pepper, rest = made("three random words").split(".", 2)
    assert version == "v1"
    assert pepper == crypto.identify(crypto.ring().key("pepper password"))
    assert rest.startswith("$2b$04$")


def test_a_hash_under_an_older_key_still_verifies_and_is_due_for_a_new_one(app, monkeypatch):
    stored = made("three random words")
    assert not hashing.is_outdated(Secret.PASSWORD, stored)
    kept = crypto.ring().masters
    monkeypatch.setitem(app.extensions, crypto.EXTENSION, Ring(("a newer key, long enough for anyone", *kept)))
    assert hashing.verify(Secret.PASSWORD, stored, "three random words")
    assert hashing.is_outdated(Secret.PASSWORD, stored)


def test_a_hash_of_another_cost_is_due_for_a_new_one(app, monkeypatch):
    stored = made("three random words")
    costlier = dataclasses.replace(app.extensions["portal.settings"], bcrypt_cost=5)
    monkeypatch.setitem(app.extensions, "portal.settings", costlier)
    assert hashing.is_outdated(Secret.PASSWORD, stored)


def test_a_hash_never_runs_while_something_is_written_and_not_stored(app):
    db.session.add(Store(code="x", name="X", time_zone="UTC", currency="EUR"))
    with pytest.raises(RuntimeError, match="read, hash, then write"):
        hashing.verify(Secret.PASSWORD, None, "three random words")


def test_past_its_places_the_gate_sends_people_away_and_takes_them_again_later(app, monkeypatch):
    monkeypatch.setattr(hashing, "WAITING", 0)
    gate = Gate(threads=1, niceness=0)
    first = gate.submit(b"x" * 64, bcrypt.gensalt(10))
    with pytest.raises(Busy):
        gate.submit(b"x" * 64, bcrypt.gensalt(4))
    first.result()
    gate.submit(b"x" * 64, bcrypt.gensalt(4)).result()
    gate.close()
