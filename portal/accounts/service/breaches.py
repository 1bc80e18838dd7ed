"""Passwords known from data breaches: asked of a service or a file that lists the SHA-1 of each.

Of a password five hexadecimal digits leave the machine, which thousands of passwords share; the answer is padded, so
that its length tells nothing either (Have I Been Pwned, "Pwned Passwords" range API). Whoever cannot be asked stops
nobody: the password is taken, and the log and the audit trail say so.
"""

import hashlib
import http.client
import logging
import os
import threading
import time
import unicodedata
import urllib.request
from pathlib import Path
from typing import Any, BinaryIO

from portal.audit.service import SYSTEM, Subject, record
from portal.config import settings
from portal.foundation import database

PREFIX = 5  # digits that are told
PATIENCE = 1.0  # seconds
CHUNK = 65536  # bytes
SHORTEST_LINE = 10  # digits of a file's line that say which password is meant
AT_ONCE = 4  # questions, so that a service that is slow does not take all request threads
UNASKED = "password.not_checked"

_log = logging.getLogger(__name__)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """What leads elsewhere is no answer: only the address of the settings is asked."""

    def redirect_request(self, *_args: Any) -> None:
        """Follow none."""


_opener = urllib.request.build_opener(_NoRedirects)
_places = threading.BoundedSemaphore(AT_ONCE)


def is_breached(password: str) -> bool:
    """Whether a password is known from a breach; no transaction is open meanwhile.

    Nothing may have been written before in this request.
    """
    source = settings().breached_passwords
    if not source:
        return False
    plain = unicodedata.normalize("NFKC", password).encode(errors="surrogatepass")
    digest = hashlib.sha1(plain, usedforsecurity=False).hexdigest().upper()
    database.release()
    try:
        return _is_listed_at(source, digest) if source.startswith("http") else _is_listed_in(Path(source), digest)
    except (OSError, ValueError, http.client.HTTPException) as error:
        _log.warning("A password was taken without asking whether it is known: %s", type(error).__name__)
        why = type(error).__name__
        database.note(lambda: record(UNASKED, Subject("password", None, ""), by=SYSTEM, reason=why))
        return False


def _is_listed_at(source: str, digest: str) -> bool:
    if not _places.acquire(blocking=False):
        raise TimeoutError("Others wait for the service already.")
    try:
        lines = _ask(source + digest[:PREFIX]).decode("ascii").upper().split()
    finally:
        _places.release()
    found = next((line for line in lines if line.partition(":")[0] == digest[PREFIX:]), "")
    return bool(found) and found.partition(":")[2] != "0"  # what pads the answer was seen 0 times


def _ask(address: str) -> bytes:
    until = time.monotonic() + PATIENCE
    question = urllib.request.Request(  # noqa: S310 - the settings take https alone, and http on this machine
        address, headers={"Add-Padding": "true", "User-Agent": "storefront-account-portal"}
    )
    answer = bytearray()
    with _opener.open(question, timeout=PATIENCE) as response:
        while part := response.read1(CHUNK):
            answer += part
            if time.monotonic() > until:
                raise TimeoutError("The service is slow.")
    return bytes(answer)


def _is_listed_in(path: Path, digest: str) -> bool:
    """Search a file of sorted lines, each a SHA-1 in capitals or its beginning, and perhaps a colon and a count."""
    with path.open("rb") as file:
        low, high = 0, file.seek(0, os.SEEK_END)
        while low < high:  # the last line that does not sort behind the digest begins at `low` or later
            middle = (low + high + 1) // 2
            line = _line_from(file, middle)
            low, high = (middle, high) if line and line <= digest else (low, middle - 1)
        line = _line_from(file, low)
    return len(line) >= SHORTEST_LINE and digest.startswith(line)


def _line_from(file: BinaryIO, place: int) -> str:
    """The digits of the first line that begins at a place or behind it; empty at the end."""
    file.seek(max(place - 1, 0))
    if place:
        file.readline()
    return file.readline().decode("ascii").partition(":")[0].strip()
