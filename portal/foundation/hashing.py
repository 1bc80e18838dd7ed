"""Passwords and answers: bcrypt behind a gate, bounded, low in priority, versioned.

The stored form is `v1.<pepper id>.$2b$12$…`, made of `bcrypt(base64(HMAC-SHA-384(pepper, NFKC text)))`: bcrypt sees
64 characters whatever was typed, so nothing is cut at its 72 bytes (OWASP Password Storage Cheat Sheet, peppering and
pre-hashing). A password that another shop hashed, plain `$2a$`, `$2b$` or `$2y$`, is read too, until its owner signs in
and `renewed` makes the form of today of it. A hash takes about a fifth of a second, so none runs while a transaction
is open.
"""

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

import bcrypt
from flask import Flask, current_app

from portal.config import Settings, settings
from portal.foundation import companions, crypto, database
from portal.foundation.errors import Busy
from portal.foundation.gate import Gate

EXTENSION = "portal.hashing"
VERSION = "v1"
BCRYPT = r"(?P<cost>0[4-9]|1[0-5])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}"  # a cost of 16 would take seconds
FORM = re.compile(rf"v1\.(?P<pepper>[0-9a-f]{{8}})\.(?P<hash>\$2b\${BCRYPT})")
FOREIGN = re.compile(rf"(?P<hash>\$2[aby]\${BCRYPT})")
DIGEST = 31  # signs at the end of a hash, behind its salt
MOST_BYTES = 72  # of a foreign password: what bcrypt reads of one


class Secret(StrEnum):
    """What is hashed; each kind has a pepper of its own."""

    PASSWORD = "password"
    ANSWER = "answer"


@dataclass
class _Places:
    """What the work in hand has reserved at the gate and not used yet."""

    left: int


_reserved: ContextVar[_Places | None] = ContextVar("places at the gate", default=None)


def init_app(app: Flask, settings: Settings) -> None:
    """Open the gate."""
    app.extensions[EXTENSION] = Gate(settings.hash_threads or companions.cores(), settings.hash_niceness)


def places_left() -> int:
    """How many hashes could begin or wait now."""
    return _gate().places_left


@contextmanager
def reserved(places: int = 1) -> Iterator[None]:
    """Keep places at the gate for the hashes inside, so that a refusal comes before anything is counted or written.

    Raises:
        Busy: too many hashes wait already.
    """
    gate, mine = _gate(), _Places(places)
    gate.take(places)
    token = _reserved.set(mine)
    try:
        yield
    finally:
        _reserved.reset(token)
        gate.give_back(mine.left)


def make(*secrets: tuple[Secret, str]) -> list[str]:
    """Hash passwords and answers for storing, all at once: either every one has a place or none.

    Raises:
        Busy: too many hashes wait already.
    """
    database.release()
    salts = [bcrypt.gensalt(settings().bcrypt_cost) for _ in secrets]
    peppers = [_pepper(kind) for kind, _ in secrets]
    _take(len(secrets))
    hashes = [
        _gate().submit(bcrypt.hashpw, _prepare(pepper, text), salt)
        for pepper, (_, text), salt in zip(peppers, secrets, salts, strict=True)
    ]
    return [
        f"{VERSION}.{crypto.identify(pepper)}.{made.result().decode()}"
        for pepper, made in zip(peppers, hashes, strict=True)
    ]


def verify(kind: Secret, stored: str | None, text: str) -> bool:
    """Whether the text is the one that was stored; the same work when nothing was, or nothing readable.

    Raises:
        Busy: too many hashes wait already.
    """
    database.release()
    cost = settings().bcrypt_cost
    found = _read(kind, stored or "", text)
    _take(1)
    if found is None:
        _gate().submit(bcrypt.hashpw, _prepare(_pepper(kind), text), bcrypt.gensalt(cost)).result()
        return False
    return _gate().submit(_fits, *found, cost).result()


def is_outdated(kind: Secret, stored: str) -> bool:
    """Whether a hash that was just verified should be made anew: its form, cost or pepper is no longer in use."""
    form = FORM.fullmatch(stored)
    return (
        form is None or form["pepper"] != crypto.identify(_pepper(kind)) or int(form["cost"]) != settings().bcrypt_cost
    )


def renewed(kind: Secret, stored: str, text: str) -> str | None:
    """A new hash of a text that was just verified, where the stored one is outdated.

    None where it is not, and while the gate is full: nobody is turned away for it, the next time will do.
    """
    if not is_outdated(kind, stored):
        return None
    try:
        [made] = make((kind, text))
    except Busy:
        return None
    return made


def _take(places: int) -> None:
    """Use places that were reserved, and take those that were not."""
    mine = _reserved.get()
    ready = min(mine.left, places) if mine else 0
    _gate().take(places - ready)
    if mine:
        mine.left -= ready


def _read(kind: Secret, stored: str, text: str) -> tuple[bytes, bytes] | None:
    """What to hash and the hash to compare it with; None where nothing can fit."""
    if form := FORM.fullmatch(stored):
        pepper = crypto.ring().by_id(_purpose(kind), form["pepper"])
        return (_prepare(pepper, text), form["hash"].encode()) if pepper else None
    # As the other shop did it: the text as typed. What it would have cut, or ended at a NUL, fits nothing.
    plain = text.encode(errors="surrogatepass")
    foreign = FOREIGN.fullmatch(stored) if kind is Secret.PASSWORD else None
    if foreign is None or len(plain) > MOST_BYTES or b"\0" in plain:
        return None
    return plain, foreign["hash"].encode()


def _fits(text: bytes, known: bytes, cost: int) -> bool:
    """Compare; where it does not fit, do the work that a hash cheaper than today's has spared.

    2^c + 2^c + 2^(c+1) + … + 2^(cost-1) is 2^cost, so that a wrong password tells nothing about an old hash.
    """
    if hmac.compare_digest(bcrypt.hashpw(text, known)[-DIGEST:], known[-DIGEST:]):
        return True
    for spared in range(int(known[4:6]), cost):
        bcrypt.hashpw(text, bcrypt.gensalt(spared))
    return False


def _prepare(pepper: bytes, text: str) -> bytes:
    plain = unicodedata.normalize("NFKC", text).encode(errors="surrogatepass")
    return base64.b64encode(hmac.new(pepper, plain, hashlib.sha384).digest())


def _purpose(kind: Secret) -> str:
    return f"pepper {kind}"


def _pepper(kind: Secret) -> bytes:
    return crypto.ring().key(_purpose(kind))


def _gate() -> Gate:
    gate: Gate = current_app.extensions[EXTENSION]
    return gate
