"""Whose mail an inbound report is about: told by words that only this installation can sign, wherever they stand."""

import hmac
import re
from email import message_from_bytes
from itertools import chain, product

from portal.foundation import crypto
from portal.foundation.errors import NotFound
from portal.newsletter.bounces import parsing, verp
from portal.newsletter.sending.compiling import MESSAGE, message_word
from portal.newsletter.service import leaving

MOST = 262_144  # bytes of a part that are looked at
MOST_TOLD = 20  # links, and Message-IDs: anybody may write a mail that is full of them, and each is tried with each
_LINK = re.compile(r"/u/([A-Za-z0-9_-]{30,80})")
_MESSAGE = re.compile(r"<c(\d{1,10})\.([a-z2-7]{24})@", re.IGNORECASE)


def whose(recipient: str, raw: bytes) -> tuple[int, int] | None:
    """Campaign and subscription; None when nothing in it is ours.

    Args:
        recipient: of the envelope, which is what bounces are addressed by.
        raw: the mail; feedback reports carry our own mail with its addresses taken out, but not its links.
    """
    texts = _texts(raw)
    found = next((one for one in map(verp.read, [recipient, *texts]) if one is not None), None)
    return found or _by_links(texts)


def _texts(raw: bytes) -> list[str]:
    """The mail as it came, then its parts as they were before they were encoded."""
    try:
        decoded = [part.get_payload(decode=True) for part in parsing.parts_of(message_from_bytes(raw))]
    except Exception:  # noqa: BLE001 - what can't be taken apart is looked at as it is
        decoded = []
    return [part[:MOST].decode("latin-1") for part in [raw, *decoded] if isinstance(part, bytes)]


def _by_links(texts: list[str]) -> tuple[int, int] | None:
    """The link out says which subscription, and the word in the Message-ID proves which campaign."""
    messages = _first(_MESSAGE, texts)
    if not messages:
        return None
    read = [_subscription(link[1]) for link in _first(_LINK, texts)]
    subscriptions = [one for one in read if one is not None]
    keys = crypto.ring().keys(MESSAGE)
    for message, subscription_id in product(messages, subscriptions):
        campaign_id = int(message[1])
        known = [message_word(key, campaign_id, subscription_id) for key in keys]
        if any(hmac.compare_digest(word, message[2].lower()) for word in known):
            return campaign_id, subscription_id
    return None


def _first(pattern: re.Pattern[str], texts: list[str]) -> list[re.Match[str]]:
    """The first few that differ."""
    seen: dict[str, re.Match[str]] = {}
    for found in chain.from_iterable(map(pattern.finditer, texts)):
        seen[found[0]] = found
        if len(seen) == MOST_TOLD:
            break
    return list(seen.values())


def _subscription(word: str) -> int | None:
    try:
        return leaving.read(word).subscription_id
    except NotFound:
        return None
