"""Keyed hashes and encryption over one ring of master keys that can be rotated."""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask, current_app

from portal.config import Settings

EXTENSION = "portal.keys"


class Unreadable(Exception):
    """A stored text cannot be decrypted."""


class Ring:
    """Master keys, newest first; a key for one purpose is derived from each, so none serves two."""

    def __init__(self, masters: tuple[str, ...]) -> None:
        self._masters = masters

    def keys(self, purpose: str) -> list[bytes]:
        """The keys of one purpose, newest first."""
        return [_mac(master.encode(), f"portal {purpose}".encode()) for master in self._masters]

    def key(self, purpose: str) -> bytes:
        """The key that new things of this purpose are made with."""
        return self.keys(purpose)[0]

    def by_id(self, purpose: str, key_id: str) -> bytes | None:
        """The key with this id, None when it has left the ring."""
        return next((key for key in self.keys(purpose) if identify(key) == key_id), None)


def identify(key: bytes) -> str:
    """A short public name of a key, stored beside what it made."""
    return hashlib.sha256(key).hexdigest()[:8]


def init_app(app: Flask, settings: Settings) -> None:
    """Take the ring from the settings, or in development from INSTANCE/keys, made once."""
    masters = settings.secret_keys or _kept(settings.instance / "keys")
    app.extensions[EXTENSION] = Ring(masters)
    session_keys = [key.hex() for key in ring(app).keys("session")]
    app.config["SECRET_KEY"] = session_keys[0]
    app.config["SECRET_KEY_FALLBACKS"] = session_keys[1:]


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


def encrypt(purpose: str, text: str) -> str:
    """A text that only this installation can read again: AES-256-GCM under the newest key, whose id stands before."""
    key, nonce = ring().key(f"encrypt {purpose}"), os.urandom(12)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), purpose.encode())
    return f"v1.{identify(key)}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def decrypt(purpose: str, sealed: str) -> str:
    """What was encrypted for this purpose.

    Raises:
        Unreadable: its key has left the ring, or it is not what was stored.
    """
    try:
        version, key_id, text = sealed.split(".")
        key, raw = ring().by_id(f"encrypt {purpose}", key_id), base64.urlsafe_b64decode(text)
        if version != "v1" or key is None:
            raise Unreadable(f"No key of the ring opens this {purpose}.")
        return AESGCM(key).decrypt(raw[:12], raw[12:], purpose.encode()).decode()
    except (ValueError, InvalidTag) as error:
        raise Unreadable(f"This is not the {purpose} that was stored.") from error


def digest(handle: str) -> str:
    """What is stored of a random handle (256 bits need no salt and no slow hash)."""
    return hashlib.sha256(handle.encode()).hexdigest()


def random_handle() -> str:
    """A fresh 256-bit secret for a cookie."""
    return secrets.token_urlsafe(32)


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def _kept(path: Path) -> tuple[str, ...]:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return tuple(path.read_text().split())
    with os.fdopen(file, "w") as writer:
        writer.write(secrets.token_hex(32) + "\n")
    return _kept(path)
