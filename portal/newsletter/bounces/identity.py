"""Whose mail an inbound report is about: told by words that only this installation can sign, wherever they stand."""

import hmac
import re
from email import message_from_bytes

from portal.foundation import crypto
from portal.foundation.errors import NotFound
from portal.newsletter.bounces import parsing, verp
from portal.newsletter.sending.compiling import MESSAGE, message_word
from portal.newsletter.service import leaving

MOST = 262_144  # bytes of a part that are looked at
_LINK = re.compile(r"/u/([A-Za-z0-9_-]{30,80})")
_MESSAGE = re.compile(r"<c(\d{1,10})\.([a-z2-7]{24})@", re.IGNORECASE)


def whose(recipient: str, raw: bytes) -> tuple[int, int] | None:
    """Campaign and subscription; None when nothing in it is ours.

    Args:
        recipient: of the envelope, which is what bounces are addressed by.
        raw: the mail; feedback reports carry our own mail with its addresses taken out, but not its links.
    """
    found = verp.read(recipient)
    if found is not None:
        return found
    for text in _texts(raw):
        found = verp.read(text) or _by_links(text)
        if found is not None:
            return found
    return None


def _texts(raw: bytes) -> list[str]:
    """The mail as it came, then its parts as they were before they were encoded."""
    try:
        decoded = [part.get_payload(decode=True) for part in parsing.parts_of(message_from_bytes(raw))]
    except Exception:  # noqa: BLE001 - what can't be taken apart is looked at as it is
        decoded = []
    return [part[:MOST].decode("latin-1") for part in [raw, *decoded] if isinstance(part, bytes)]


def _by_links(text: str) -> tuple[int, int] | None:
    """The link out says which subscription, and the word in the Message-ID proves which campaign."""
    for message in _MESSAGE.finditer(text):
        campaign_id = int(message[1])
        for link in _LINK.finditer(text):
            try:
                subscription_id = leaving.read(link[1]).subscription_id
            except NotFound:
                continue
            words = [message_word(key, campaign_id, subscription_id) for key in crypto.ring().keys(MESSAGE)]
            if any(hmac.compare_digest(word, message[2].lower()) for word in words):
                return campaign_id, subscription_id
    return None
