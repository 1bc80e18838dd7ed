"""Keyed hashes and encryption over one ring of master keys that can be rotated.

Whatever is made is made with the newest key; whatever is checked or read is tried with every key of the ring. So a new
key in front changes nothing for anybody, and a key may leave once nothing hangs on it (`flask keys status`).
"""

import base64
import hashlib
import hmac
import os
import secrets

from flask import Flask, current_app

from portal.config import Settings
from portal.foundation import keyring

EXTENSION = "portal.keys"
PAST = "past."  # begins an entry of the ring that is no master: past.<purpose>.<key in hex>


class Unreadable(Exception):
    """A stored text cannot be decrypted."""


class Ring:
    """Master keys, newest first; a key for one purpose is derived from each, so none serves two.

    Behind them may stand what is left of masters that were taken away: one derived key each, which proves or finds what
    was written long ago and makes nothing new (see `leave_for_past`).
    """

    def __init__(self, entries: tuple[str, ...]) -> None:
        self.entries = entries
        self.masters = tuple(entry for entry in entries if not entry.startswith(PAST))
        self._derived: dict[str, tuple[bytes, ...]] = {}  # purposes are few and the ring never changes

    def keys(self, purpose: str) -> tuple[bytes, ...]:
        """The keys of one purpose, newest first."""
        found = self._derived.get(purpose)
        if found is None:
            found = self._derived[purpose] = self._derive(purpose)
        return found

    def key(self, purpose: str) -> bytes:
        """The key that new things of this purpose are made with."""
        return self.keys(purpose)[0]

    def by_id(self, purpose: str, key_id: str) -> bytes | None:
        """The key with this id, None when it has left the ring."""
        return next((key for key in self.keys(purpose) if identify(key) == key_id), None)

    def _derive(self, purpose: str) -> tuple[bytes, ...]:
        mine = f"{PAST}{purpose}."
        past = (bytes.fromhex(entry.removeprefix(mine)) for entry in self.entries if entry.startswith(mine))
        return (*(_mac(master.encode(), f"portal {purpose}".encode()) for master in self.masters), *past)


def identify(key: bytes) -> str:
    """A short public name of a key, stored beside what it made."""
    return hashlib.sha256(key).hexdigest()[:8]


def identify_master(master: str) -> str:
    """A short public name of a master key, as operators read it."""
    return identify(Ring((master,)).key("name"))


def leave_for_past(master: str, purpose: str) -> str:
    """The entry that stays for one purpose when a master is taken away."""
    return f"{PAST}{purpose}.{Ring((master,)).key(purpose).hex()}"


def init_app(app: Flask, settings: Settings) -> None:
    """Take the ring from the settings, or from INSTANCE/keys, made once."""
    take(app, keyring.load(settings))


def take(app: Flask, entries: tuple[str, ...]) -> None:
    """Work with these keys, newest first."""
    app.extensions[EXTENSION] = Ring(entries)
    newest, *older = [key.hex() for key in ring(app).keys("session")]
    app.config["SECRET_KEY"] = newest
    app.config["SECRET_KEY_FALLBACKS"] = older
    # Flask-WTF hands this to itsdangerous, which signs with the last of a list and reads with all.
    app.config["WTF_CSRF_SECRET_KEY"] = [key.hex() for key in reversed(ring(app).keys("csrf"))]


def ring(app: Flask | None = None) -> Ring:
    """The ring of the application at work."""
    found: Ring = (app or current_app).extensions[EXTENSION]
    return found


def keyed_hash(purpose: str, text: str) -> str:
    """A hash that only this installation can make: for looking things up without keeping them."""
    return _mac(ring().key(purpose), text.encode()).hex()


def keyed_hashes(purpose: str, text: str) -> list[str]:
    """The same hash under every key of the ring, newest first: finds what was written before a rotation."""
    return [_mac(key, text.encode()).hex() for key in ring().keys(purpose)]


def lasting_hash(purpose: str, text: str) -> str:
    """The hash under the oldest key: for counters, which a rotation must not set back to nothing."""
    return _mac(ring().keys(purpose)[-1], text.encode()).hex()


def encrypt(purpose: str, text: str) -> str:
    """A text that only this installation can read again: AES-256-GCM under the newest key, whose id stands before."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - see decrypt

    key, nonce = ring().key(f"encrypt {purpose}"), os.urandom(12)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), purpose.encode())
    return f"v1.{identify(key)}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def decrypt(purpose: str, sealed: str) -> str:
    """What was encrypted for this purpose.

    Raises:
        Unreadable: its key has left the ring, or it is not what was stored.
    """
    # Six megabytes of every web worker, for the secrets of a few accounts.
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    try:
        version, key_id, text = sealed.split(".")
        key, raw = ring().by_id(f"encrypt {purpose}", key_id), base64.urlsafe_b64decode(text)
        if version != "v1" or key is None:
            raise Unreadable(f"No key of the ring opens this {purpose}.")
        return AESGCM(key).decrypt(raw[:12], raw[12:], purpose.encode()).decode()
    except (ValueError, InvalidTag) as error:
        raise Unreadable(f"This is not the {purpose} that was stored.") from error


def seal(key: bytes, text: str, about: str) -> str:
    """A text sealed with AES-256-GCM under a key of its own; `about` must be said again to open it."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - see decrypt

    nonce = os.urandom(12)
    return base64.urlsafe_b64encode(nonce + AESGCM(key).encrypt(nonce, text.encode(), about.encode())).decode()


def unseal(key: bytes, sealed: str, about: str) -> str:
    """What `seal` was given.

    Raises:
        Unreadable: another key, another `about`, or it is not what was stored.
    """
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - see decrypt
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    try:
        raw = base64.urlsafe_b64decode(sealed)
        return AESGCM(key).decrypt(raw[:12], raw[12:], about.encode()).decode()
    except (ValueError, InvalidTag) as error:
        raise Unreadable("This is not what was sealed.") from error


def is_outdated(purpose: str, sealed: str) -> bool:
    """Whether an encrypted text should be sealed anew: its key is no longer the newest."""
    return not sealed.startswith(f"v1.{identify(ring().key(f'encrypt {purpose}'))}.")


def digest(handle: str) -> str:
    """What is stored of a random handle (256 bits need no salt and no slow hash)."""
    return hashlib.sha256(handle.encode()).hexdigest()


def random_handle() -> str:
    """A fresh 256-bit secret for a cookie."""
    return secrets.token_urlsafe(32)


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")
