"""Codes of an authenticator app (RFC 6238): six digits, anew every 30 seconds, one step of drift either way."""

import hmac
import unicodedata
from datetime import datetime

import pyotp

STEP = 30  # seconds that one code is shown
DRIFT = 1  # steps that the clock of a telephone may be off
DIGITS = 6


def new_secret() -> str:
    """A secret of 160 bits, in the letters that apps take."""
    return pyotp.random_base32()


def step_at(moment: datetime) -> int:
    """The number of the step that a moment lies in."""
    return int(moment.timestamp()) // STEP


def code_of(secret: str, step: int) -> str:
    """The code that an app shows during a step."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP).generate_otp(step)


def matching_step(secret: str, typed: str, moment: datetime) -> int | None:
    """The step whose code was typed, of those that count at a moment; None when it is the code of none."""
    code, now = digits_of(typed), step_at(moment)
    steps = range(now - DRIFT, now + DRIFT + 1)
    fitting = [step for step in steps if hmac.compare_digest(code_of(secret, step).encode(), code.encode())]
    return max(fitting, default=None)


def digits_of(typed: str) -> str:
    """A code without the spaces and hyphens that people put into it."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", typed) if not is_gap(letter))


def is_gap(letter: str) -> bool:
    """Whether a sign only keeps the groups of a code apart: a space, or a dash of any kind."""
    return letter.isspace() or unicodedata.category(letter) == "Pd"


def address(secret: str, name: str, shop: str) -> str:
    """What the picture that an app scans says: whose secret of which shop this is."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP).provisioning_uri(name=name, issuer_name=shop)


def picture(text: str, title: str) -> str:
    """A text as a QR code, an SVG element without any style of its own."""
    import segno  # noqa: PLC0415 - two megabytes of every web worker, for a page that few open

    code = segno.make(text, error="m", micro=False)
    return str(code.svg_inline(scale=4, border=4, title=title, svgclass="qr", lineclass=None, omitsize=True))


def readable(secret: str) -> str:
    """A secret in groups of four, for typing it off."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
