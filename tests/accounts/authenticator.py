"""A device with passkeys, in software: real keys, real signatures, and every lie that a test wants it to tell."""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

ORIGIN = "http://localhost"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
SPOILED: dict[str, Callable[[bytes], bytes]] = {
    "one bit": lambda signature: signature[:-1] + bytes([signature[-1] ^ 1]),
    "cut": lambda signature: signature[:-1],
    "none": lambda _signature: b"",
}
Json = dict[str, Any]


@dataclass
class Key:
    """One passkey: its id, its secret, and how often it was used."""

    id: bytes
    secret: ec.EllipticCurvePrivateKey
    count: int = 0


@dataclass
class Authenticator:
    """Answers the options of a portal as a browser with a device would; `verifies` is whether it knows its owner."""

    origin: str = ORIGIN
    verifies: bool = True
    counts: bool = True
    keys: list[Key] = field(default_factory=list)

    def make(self, options: Json, **lies: Any) -> Json:
        """Make a passkey (`navigator.credentials.create`)."""
        key = Key(secrets.token_bytes(16), ec.generate_private_key(ec.SECP256R1()))
        self.keys.append(key)
        identity = lies.get("id", key.id)
        attested = bytes(16) + len(identity).to_bytes(2, "big") + identity + lies.get("public", cose(key))
        about = self._about(lies.get("rp", options["rp"]["id"]), key, ATTESTED, attested)
        told = {"fmt": lies.get("fmt", "none"), "attStmt": lies.get("statement", {}), "authData": about}
        response = {
            "clientDataJSON": text(self._client("webauthn.create", options, lies)),
            "attestationObject": text(cbor2.dumps(told)),
            "transports": ["internal"],
        }
        return {"id": text(identity), "rawId": text(identity), "type": "public-key", "response": response}

    def use(self, options: Json, key: Key | None = None, **lies: Any) -> Json:
        """Sign with a passkey (`navigator.credentials.get`), by default with the newest."""
        key = key or self.keys[-1]
        key.count = lies.get("count", key.count + 1 if self.counts else 0)
        about = self._about(lies.get("rp", options["rpId"]), key)
        client = self._client("webauthn.get", options, lies)
        signature = key.secret.sign(about + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": text(client),
            "authenticatorData": text(about),
            "signature": text(SPOILED[lies["spoiled"]](signature) if "spoiled" in lies else signature),
        }
        return {"id": text(key.id), "rawId": text(key.id), "type": "public-key", "response": response}

    def _about(self, party: str, key: Key, more_flags: int = 0, more: bytes = b"") -> bytes:
        flags = PRESENT | (VERIFIED if self.verifies else 0) | more_flags
        return hashlib.sha256(party.encode()).digest() + bytes([flags]) + key.count.to_bytes(4, "big") + more

    def _client(self, kind: str, options: Json, lies: Json) -> bytes:
        client = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(client | lies.get("client", {})).encode()


def cose(key: Key) -> bytes:
    """The public key as devices tell it."""
    numbers = key.secret.public_key().public_numbers()
    return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})


def text(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
