"""Signed numbers that need no row: for links that work for ever.

The code is half of HMAC-SHA-256 (128 bits), checked against every key of the ring, so that a rotation ends no link.
"""

import base64
import binascii
import hmac
from collections.abc import Callable

from portal.foundation import crypto
from portal.foundation.errors import NotFound
from portal.foundation.text import _

CODE = 16  # bytes
NUMBER = 8  # bytes


def sign(purpose: str, *numbers: int) -> str:
    """One opaque word that stands for these numbers and can be made here only."""
    body = b"".join(number.to_bytes(NUMBER, "big") for number in numbers)
    return _word(body + _codes(purpose, body)[0])


def signer(purpose: str, *first: int) -> Callable[[int], str]:
    """`sign` for many words that differ in the last number alone, with the key at hand."""
    key = crypto.ring().key(purpose)
    head = b"".join(number.to_bytes(NUMBER, "big") for number in first)

    def word(last: int) -> str:
        body = head + last.to_bytes(NUMBER, "big")
        return _word(body + hmac.digest(key, body.hex().encode(), "sha256")[:CODE])

    return word


def read(purpose: str, word: str, count: int) -> tuple[int, ...]:
    """The `count` numbers of a word.

    Raises:
        NotFound: the word was not made here, or for something else, or was changed.
    """
    unknown = NotFound(_("This link doesn’t work. Check that it is complete."))
    try:
        raw = base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise unknown from None
    body, code = raw[:-CODE], raw[-CODE:]
    # The last letter of a word has spare bits: only the spelling that was handed out counts.
    if len(body) != count * NUMBER or _word(raw) != word:
        raise unknown
    if not any(hmac.compare_digest(code, known) for known in _codes(purpose, body)):
        raise unknown
    return tuple(int.from_bytes(body[at : at + NUMBER], "big") for at in range(0, len(body), NUMBER))


def _codes(purpose: str, body: bytes) -> list[bytes]:
    return [bytes.fromhex(made)[:CODE] for made in crypto.keyed_hashes(purpose, body.hex())]


def _word(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
