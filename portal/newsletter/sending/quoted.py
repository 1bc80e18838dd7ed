"""Quoted-printable in pieces (RFC 2045 6.7): what is the same for everybody is encoded once, not once for each mail."""

import binascii
import re

LONGEST = 76
SOFT = b"=\r\n"  # a break that the reader's program takes out again
_BARE = re.compile(rb"(?<!\r)\n")
_NEWLINE = re.compile(r"\r\n|\r|\n")
_PLAIN = re.compile("[!-<>-~]+")  # what stands for itself, in any place


def piece(text: str) -> bytes:
    """A piece of a body, ended so that any other piece may follow."""
    encoded = _BARE.sub(b"\r\n", binascii.b2a_qp(_NEWLINE.sub("\r\n", text).encode(), istext=True))
    return close(encoded)


def value(text: str) -> bytes:
    """A short piece on one line, such as a name or an address."""
    if _PLAIN.fullmatch(text):
        plain = text.encode()
        if len(plain) < LONGEST:
            return plain + SOFT
        return b"".join([plain[at : at + LONGEST - 1] + SOFT for at in range(0, len(plain), LONGEST - 1)])
    return piece(" ".join(text.split()))


def close(encoded: bytes) -> bytes:
    """End encoded text with a soft break where it does not end a line, within the longest line."""
    last = encoded[encoded.rfind(b"\n") + 1 :]
    if not last:
        return encoded
    if len(last) < LONGEST:
        return encoded + SOFT
    cut = len(encoded) - 3
    escape = encoded.rfind(b"=", cut)
    cut = escape if escape != -1 else cut
    return encoded[:cut] + SOFT + encoded[cut:] + SOFT
