"""DKIM signatures (RFC 6376, Ed25519 by RFC 8463) of campaign mails, by a key that is read once."""

import base64
import hashlib
import re
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

# RFC 8058 wants both List-Unsubscribe headers signed; From twice, so that nobody puts another one on top.
SIGNED = (
    *("From", "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe"),
    *("List-Unsubscribe-Post", "Feedback-ID", "MIME-Version", "Content-Type"),
)
SHORTEST = 2048  # bits of an RSA key
_FOLDED = re.compile(r"[ \t\r\n]+")


class KeyUnfit(Exception):
    """A key can't be read or is none that mailboxes accept; the message says why."""


class Signer:
    """Signs in the name of a domain; relaxed headers, simple body."""

    def __init__(self, domain: str, selector: str, key: bytes) -> None:
        """Read the key (PEM).

        Raises:
            KeyUnfit: it is no RSA key of 2,048 bits or more and no Ed25519 key.
        """
        self._algorithm, self._sign = _signing(key)
        self._head = f"v=1; a={self._algorithm}; c=relaxed/simple; d={domain}; s={selector}; t="

    def __call__(self, headers: bytes, body: bytes) -> bytes:
        """The DKIM-Signature header of a mail, whose headers and body end with CRLF."""
        known = dict(_relaxed(headers))
        names = [name for name in SIGNED if name.lower() in known]
        digest = base64.b64encode(hashlib.sha256(_simple(body)).digest()).decode()
        value = f"{self._head}{int(time.time())}; h={_listed(names)}; bh={digest}; b="
        lines, seen = [], set()
        for name in names:
            if name not in seen:  # the second From of the list stands for one that is not there
                lines.append(f"{name.lower()}:{known[name.lower()]}\r\n")
            seen.add(name)
        signed = "".join([*lines, f"dkim-signature:{value}"]).encode()
        signature = base64.b64encode(self._sign(signed)).decode()
        folded = "\r\n ".join(signature[at : at + 72] for at in range(0, len(signature), 72))
        return f"DKIM-Signature: {_fold(value)}\r\n {folded}\r\n".encode()


def read(domain: str, selector: str, path: str) -> Signer | None:
    """The signer of a shop; None where no key is set.

    Raises:
        KeyUnfit: the key, or one of the other two settings, is not fit.
    """
    if not path:
        return None
    if not domain or not selector:
        raise KeyUnfit("PORTAL_DKIM_KEY needs PORTAL_DKIM_DOMAIN and PORTAL_DKIM_SELECTOR beside it.")
    try:
        return Signer(domain, selector, Path(path).read_bytes())
    except OSError as error:
        raise KeyUnfit(f"PORTAL_DKIM_KEY can't be read: {error.strerror}.") from error


def _signing(pem: bytes) -> tuple[str, Callable[[bytes], bytes]]:
    try:
        key = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise KeyUnfit("PORTAL_DKIM_KEY is no private key in PEM without a password.") from error
    if isinstance(key, Ed25519PrivateKey):
        own = key
        return "ed25519-sha256", lambda text: own.sign(hashlib.sha256(text).digest())
    if isinstance(key, RSAPrivateKey) and key.key_size >= SHORTEST:
        rsa, pad, algorithm = key, padding.PKCS1v15(), hashes.SHA256()
        return "rsa-sha256", lambda text: rsa.sign(text, pad, algorithm)
    raise KeyUnfit("PORTAL_DKIM_KEY must be an RSA key of 2,048 bits or more, or an Ed25519 key.")


def _relaxed(headers: bytes) -> list[tuple[str, str]]:
    """Names in small letters and values unfolded (RFC 6376 3.4.2); our mails have each of them once."""
    lines = re.sub(r"\r\n(?=[ \t])", " ", headers.decode()).split("\r\n")
    pairs = (line.split(":", 1) for line in lines if ":" in line)
    return [(name.strip().lower(), _FOLDED.sub(" ", value).strip()) for name, value in pairs]


def _listed(names: list[str]) -> str:
    """Names with a colon between, in lines of four."""
    return ": ".join(":".join(names[at : at + 4]) for at in range(0, len(names), 4))


def _simple(body: bytes) -> bytes:
    """The body with one line end at its end (RFC 6376 3.4.3)."""
    return body.rstrip(b"\r\n") + b"\r\n"


def _fold(value: str) -> str:
    """Fold between tags, and within the list of headers, where white space means nothing."""
    return value.replace("; ", ";\r\n ").replace(": ", ":\r\n ")
