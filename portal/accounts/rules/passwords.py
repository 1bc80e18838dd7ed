"""What makes a password acceptable, and why not."""

import functools
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from portal.foundation.text import _

LONGEST = 1024  # code points
STAFF_MINIMUM = 15  # NIST SP 800-63B-4, 3.1.1.2: a password that is the only factor
REPEATED = re.compile(r"\A(.+?)\1+\Z")  # the same word over and over
REPEATABLE = 8  # signs of a word that may stand twice
LONG = 25  # signs from which on a repetition is none of the first tries
SPARE = 5  # signs that must be left of a password beside words that others know

# The passwords of eight characters or more in published leaks, most frequent first: those of zxcvbn and some of ours
# (tools/common_passwords.py). What is common but shorter is refused for its length.
LIST = Path(__file__).with_name("common_passwords.txt")
ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop")


def objection(password: str, *, minimum: int, context: Iterable[str]) -> str | None:
    """Why a password cannot be taken, None when it can.

    Args:
        password: as typed; length counts code points.
        minimum: the shortest that is taken.
        context: what others may know of its owner: name, address, the shop, the security answer.
    """
    if not password:
        return _("Choose a password")
    if len(password) < minimum:
        return _("Use %(n)s characters or more", n=minimum)
    if len(password) > LONGEST:
        return _("Password must be %(n)s characters or fewer", n=LONGEST)
    if is_common(password):
        return _("This password is easy to guess. Try three random words.")
    if _is_known(password, context):
        return _("This password is close to your name, email address, answer or the shop. Try three random words.")
    return None


def is_common(password: str) -> bool:
    """Whether a password is among the first that anybody tries: listed, one word repeated, or keys in a row."""
    plain = "".join(unicodedata.normalize("NFKC", password).casefold().split())
    word = REPEATED.sub(r"\1", plain)
    if any(_is_listed(known) for known in (plain, word, plain.rstrip("!?.*#$@"))):
        return True
    if word != plain and len(word) < REPEATABLE and len(plain) < LONG:
        return True
    return any(plain in row * 3 or plain in row[::-1] * 3 for row in ROWS)


@functools.cache
def _listed() -> bytes:
    """The list as it lies on the disk: a search takes microseconds, a set of so many words would take a megabyte."""
    return b"\n" + LIST.read_bytes()


def _is_listed(word: str) -> bool:
    return b"\n%b\n" % word.encode(errors="surrogatepass") in _listed()


def _is_known(password: str, context: Iterable[str]) -> bool:
    rest = whole = _plain(password)
    for word in sorted(_words(context), key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest != whole and len(rest) < SPARE


def _words(context: Iterable[str]) -> set[str]:
    texts = [text for text in context if text]
    parts = [part for text in texts for part in re.split(r"[\W_]+", text)]
    return {word for word in (_plain(text) for text in (*texts, *parts)) if len(word) >= 3}


def _plain(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())
