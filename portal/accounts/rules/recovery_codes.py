"""Recovery codes: 24 letters and digits that cannot be mistaken for each other, 120 bits each.

A keyed hash is enough to store 112 bits and more; shorter ones would need a slow hash each (OWASP ASVS 6.5.2).
"""

import secrets
import unicodedata

from portal.accounts.rules.totp import is_gap

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
MISREAD = str.maketrans("ILO", "110")
LENGTH = 24
HOW_MANY = 10
FEW = 3  # left: time to make new ones


def new_codes() -> list[str]:
    """Ten codes as they are shown, like 7K2P-M4QX-90ZD-3HWN-58VR-C6TE."""
    return [readable("".join(secrets.choice(LETTERS) for _ in range(LENGTH))) for _ in range(HOW_MANY)]


def readable(code: str) -> str:
    """A code in six groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def tidied(typed: str) -> str:
    """The letters of a code however it was typed: small, with spaces, O for 0; empty when it can be none."""
    upper = unicodedata.normalize("NFKC", typed).upper().translate(MISREAD)
    code = "".join(letter for letter in upper if not is_gap(letter))
    return code if len(code) == LENGTH and set(code) <= set(LETTERS) else ""
