"""The address that a mail's bounce comes back to: it says whose and which campaign's, signed (VERP).

A local part may be written in capitals on its way and has 64 octets at most (RFC 5321 4.5.3.1.1), so the word is
base32 of two numbers and 64 bits of HMAC-SHA-256: 26 letters and digits.
"""

import hmac
import re
from base64 import b32decode, b32encode
from collections.abc import Callable

from portal.config import settings
from portal.foundation import crypto

PURPOSE = "bounce address"
PREFIX = "b+"
NUMBER = 4  # bytes: ids are whole numbers of 32 bits
CODE = 8  # bytes
_WORD = re.compile(r"(?<![a-z0-9])b[+=-]([a-z2-7]{26})(?![a-z0-9])", re.IGNORECASE)


def address(campaign_id: int, subscription_id: int) -> str | None:
    """Where the bounce of one mail goes; None when the shop has no bounce domain."""
    make = maker(campaign_id)
    return make(subscription_id) if make is not None else None


def maker(campaign_id: int) -> Callable[[int], str] | None:
    """`address` for many recipients of one campaign, with the key at hand."""
    domain = settings().bounce_domain
    if not domain:
        return None
    key = crypto.ring().key(PURPOSE)
    head = campaign_id.to_bytes(NUMBER, "big")

    def made(subscription_id: int) -> str:
        body = head + subscription_id.to_bytes(NUMBER, "big")
        return f"{PREFIX}{_word(body + _code(key, body))}@{domain}"

    return made


def read(text: str) -> tuple[int, int] | None:
    """Campaign and subscription of the first address in a text that was made here, by any key of the ring."""
    keys = crypto.ring().keys(PURPOSE)
    for found in _WORD.finditer(text):
        raw = b32decode(found[1].upper() + "======")
        body, code = raw[:-CODE], raw[-CODE:]
        # The last letter has spare bits: only the spelling that was handed out counts.
        if _word(raw) == found[1].lower() and any(hmac.compare_digest(code, _code(key, body)) for key in keys):
            return int.from_bytes(body[:NUMBER], "big"), int.from_bytes(body[NUMBER:], "big")
    return None


def _code(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")[:CODE]


def _word(raw: bytes) -> str:
    return b32encode(raw).decode().rstrip("=").lower()
