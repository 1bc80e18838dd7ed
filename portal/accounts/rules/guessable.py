"""Answers that anybody tries first: whoever reads the mail of somebody else would be let in by one of them."""

import re
from functools import cache
from pathlib import Path

from portal.accounts.rules.answers import normalise

LIST = Path(__file__).with_name("guessable_answers.txt")
YEAR = re.compile(r"(?:19|20)\d\d")


def is_guessable(answer: str) -> bool:
    """Whether an answer is among those, however it is written: a listed word, its plural, or a year."""
    plain = normalise(answer)
    return plain in known() or plain.removesuffix("s") in known() or bool(YEAR.fullmatch(plain))


@cache
def known() -> frozenset[str]:
    """The listed ones, normalised; read when the first is asked for."""
    lines = LIST.read_text(encoding="utf-8").splitlines()
    listed = (word for line in lines if not line.startswith("#") for word in line.split(","))
    return frozenset(normalise(word) for word in listed) - {""}
