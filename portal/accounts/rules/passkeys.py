"""What passkeys are asked for: at which address, by which options, verified how; and what they are called."""

import base64
import ipaddress
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from portal.accounts.models import Realm

MOST = 10  # passkeys of one account
LONGEST_NAME = 64  # characters
LIFETIME = timedelta(minutes=5)  # of a challenge
PATIENCE = 5 * 60 * 1000  # milliseconds that a browser waits for its owner
LONGEST_ANSWER = 64 * 1024  # bytes of what a browser answers; real ones take one or two thousand
ALGORITHMS = (-8, -7, -257)  # EdDSA, ECDSA with SHA-256, RSA with SHA-256, as COSE numbers them
LOCAL = "localhost"


class Purpose(StrEnum):
    """What a passkey is asked for."""

    SIGN_IN = "sign-in"
    SECOND_STEP = "second-step"
    CONFIRM = "confirm"
    ADD = "add"


@dataclass(frozen=True)
class RelyingParty:
    """Who asks: the name that passkeys are bound to, and the origin of the pages that may ask for them."""

    id: str
    origin: str


@dataclass(frozen=True)
class Known:
    """A passkey as a browser is told of it: its id, and how it is reached."""

    credential: str
    transports: tuple[str, ...] = ()


def relying_party(base_url: str, host: str, *, local: bool) -> RelyingParty | None:
    """Who asks for passkeys on a page; None where browsers give none: at a number, or on a name without https.

    Args:
        base_url: the address of the portal.
        host: the host that the page was asked from, with its port.
        local: whether the portal may be opened at localhost besides, as in development.
    """
    own, name = urlsplit(base_url), host.partition(":")[0].lower()
    if own.hostname == name and not _is_number(name) and (own.scheme == "https" or name == LOCAL):
        return RelyingParty(name, f"{own.scheme}://{own.netloc}".lower())
    return RelyingParty(LOCAL, f"http://{host.lower()}") if local and name == LOCAL else None


def demands_verification(purpose: Purpose, realm: Realm) -> bool:
    """Whether the device must verify its owner by finger, face or PIN: everywhere but beside a customer's password."""
    return realm is Realm.STAFF or purpose in (Purpose.SIGN_IN, Purpose.CONFIRM)


def asking(challenge: str, party: RelyingParty, known: Iterable[Known], *, verified: bool) -> dict[str, Any]:
    """Options with which a browser shows that it has a passkey; with none known it offers whatever it has."""
    return {
        "challenge": challenge,
        "rpId": party.id,
        "timeout": PATIENCE,
        "allowCredentials": [_described(passkey) for passkey in known],
        "userVerification": "required" if verified else "preferred",
    }


def making(
    challenge: str, party: RelyingParty, known: Iterable[Known], *, shop: str, handle: str, name: str, verified: bool
) -> dict[str, Any]:
    """Options with which a browser makes a passkey.

    Args:
        challenge: what it has to sign.
        party: who asks.
        known: the passkeys of the account, so that no device makes a second one.
        shop: the name of the shop, shown by the device.
        handle: what stands for the account on the device; tells nothing of anybody.
        name: the account as its owner knows it, shown by the device.
        verified: whether the device must verify its owner.
    """
    return {
        "challenge": challenge,
        "rp": {"id": party.id, "name": shop},
        "user": {"id": handle, "name": name, "displayName": name},
        "pubKeyCredParams": [{"type": "public-key", "alg": number} for number in ALGORITHMS],
        "timeout": PATIENCE,
        "attestation": "none",
        "excludeCredentials": [_described(passkey) for passkey in known],
        "authenticatorSelection": {
            "residentKey": "preferred",
            "requireResidentKey": False,
            "userVerification": "required" if verified else "preferred",
        },
    }


def client_data_of(answer: dict[str, Any]) -> dict[str, Any]:
    """What the browser noted of the page that asked, unverified; empty when it is not to be read."""
    try:
        text = answer["response"]["clientDataJSON"]
        found = json.loads(to_bytes(text))
    except (KeyError, TypeError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def to_bytes(text: str) -> bytes:
    """What a text of base64url stands for.

    Raises:
        ValueError: it is none.
    """
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def name_of(typed: str, browser: str, fallback: str) -> str:
    """What a passkey is called: as its owner typed it, else after the browser that made it."""
    shown = "".join(sign for sign in " ".join(typed.split()) if sign.isprintable())
    return (shown or browser or fallback)[:LONGEST_NAME].strip()


def _described(passkey: Known) -> dict[str, Any]:
    described: dict[str, Any] = {"id": passkey.credential, "type": "public-key"}
    return described | ({"transports": list(passkey.transports)} if passkey.transports else {})


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
