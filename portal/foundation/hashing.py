"""Passwords and answers: bcrypt behind a gate, bounded, low in priority, versioned.

The stored form is `v1.<pepper id>.$2b$12$…`, made of `bcrypt(base64(HMAC-SHA-384(pepper, NFKC text)))`: bcrypt sees
64 characters whatever was typed, so nothing is cut at its 72 bytes (OWASP Password Storage Cheat Sheet, peppering and
pre-hashing). A hash takes about a fifth of a second, so none runs while a transaction is open.
"""

import base64
import contextlib
import hashlib
import hmac
import os
import re
import threading
import unicodedata
from concurrent.futures import Future, ThreadPoolExecutor
from enum import StrEnum

import bcrypt
from flask import Flask, current_app

from portal.config import Settings, settings
from portal.foundation import crypto, database
from portal.foundation.errors import Busy
from portal.foundation.text import _

EXTENSION = "portal.hashing"
VERSION = "v1"
FORM = re.compile(r"v1\.(?P<pepper>[0-9a-f]{8})\.(?P<hash>\$2b\$(?P<cost>\d\d)\$[./A-Za-z0-9]{53})")
WAITING = 16  # hashes that may wait for a thread; past that a caller is told to come back


class Secret(StrEnum):
    """What is hashed; each kind has a pepper of its own."""

    PASSWORD = "password"
    ANSWER = "answer"


class Gate:
    """As many hashing threads as cores, and a queue that ends."""

    def __init__(self, threads: int, niceness: int) -> None:
        self._niceness = niceness
        self._threads = threads
        self._places = threading.BoundedSemaphore(threads + WAITING)
        self._pool: ThreadPoolExecutor | None = None
        self._start = threading.Lock()

    def submit(self, text: bytes, salt: bytes) -> "Future[bytes]":
        """Start one hash.

        Raises:
            Busy: too many wait already.
        """
        if not self._places.acquire(blocking=False):
            raise Busy(_("A lot of people are signing in right now. Try again in a few seconds."))
        # Made late: threads do not survive the fork of a web worker.
        with self._start:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(
                    self._threads,
                    "hash",
                    initializer=_be_nice,
                    initargs=(self._niceness,),
                )
        future = self._pool.submit(bcrypt.hashpw, text, salt)
        future.add_done_callback(lambda _done: self._places.release())
        return future

    def close(self) -> None:
        """Let the threads end."""
        if self._pool is not None:
            self._pool.shutdown()


def _be_nice(niceness: int) -> None:
    # On Linux a thread has a niceness of its own; elsewhere hashing keeps the priority of the process.
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)


def init_app(app: Flask, settings: Settings) -> None:
    """Open the gate."""
    app.extensions[EXTENSION] = Gate(settings.hash_threads or os.cpu_count() or 1, settings.hash_niceness)


def make(*secrets: tuple[Secret, str]) -> list[str]:
    """Hash passwords and answers for storing, all at once.

    Raises:
        Busy: too many hashes wait already.
    """
    database.release()
    salts = [bcrypt.gensalt(settings().bcrypt_cost) for _ in secrets]
    peppers = [_pepper(kind) for kind, _ in secrets]
    hashes = [
        _gate().submit(_prepare(pepper, text), salt)
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
    form = FORM.fullmatch(stored or "")
    pepper = crypto.ring().by_id(_purpose(kind), form["pepper"]) if form else None
    if form is None or pepper is None:
        _gate().submit(_prepare(_pepper(kind), text), bcrypt.gensalt(settings().bcrypt_cost)).result()
        return False
    known = form["hash"].encode()
    return hmac.compare_digest(_gate().submit(_prepare(pepper, text), known).result(), known)


def is_outdated(kind: Secret, stored: str) -> bool:
    """Whether a hash that was just verified should be made anew: its cost or pepper is no longer the one in use."""
    form = FORM.fullmatch(stored)
    return (
        form is None or form["pepper"] != crypto.identify(_pepper(kind)) or int(form["cost"]) != settings().bcrypt_cost
    )


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
