"""The security questions offered, questions of one's own, and which answers are fit."""

import re
from collections.abc import Iterable

from portal.accounts.rules.answers import normalise
from portal.accounts.rules.guessable import is_guessable
from portal.foundation.text import _, lazy

OWN = "own"
SHORTEST, LONGEST = 10, 120  # characters of a question of one's own
LONGEST_ANSWER = 200
SHORTEST_KEPT = 4  # characters of a password or address that a question must not contain
WIDE = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U000323af]"
)  # one letter of these is a syllable

# Of the kind that OWASP calls good: one keeps the answer for life, few others know it, and it is no date or colour.
QUESTIONS: dict[str, str] = {
    "school-friend": lazy("What was the full name of your best friend at your first school?"),
    "teacher-nickname": lazy("What did you and your friends call the teacher you remember best?"),
    "first-dish": lazy("What was the first dish you learned to cook, and with whom?"),
    "first-concert": lazy("Which concert did you go to first, and where was it?"),
    "childhood-book": lazy("Which book did you read again and again as a child?"),
    "grandparent-word": lazy("Which saying do you remember one of your grandparents by?"),
    "first-trip": lazy("Where did you go on the first trip without your family?"),
    "lost-thing": lazy("What did you lose as a child and still think of?"),
    "first-bicycle": lazy("Where did you learn to ride a bicycle or to swim?"),
}


def words(question: str) -> str:
    """A stored question as its owner reads it."""
    return str(QUESTIONS.get(question, question))


def choices() -> list[tuple[str, str]]:
    """The questions to choose from, a question of one's own last."""
    return [*((key, str(text)) for key, text in QUESTIONS.items()), (OWN, _("Write my own question"))]


def objection_to_question(question: str, answer: str, *, kept: Iterable[str] = ()) -> str | None:
    """Why a question of one's own cannot be taken, None when it can.

    Args:
        question: as typed.
        answer: its answer as typed.
        kept: what must not stand in it, since whoever has the mailed link reads it: password and address.
    """
    if len(question) < SHORTEST:
        return _("Write a question of %(n)s characters or more", n=SHORTEST)
    if len(question) > LONGEST:
        return _("Question must be %(n)s characters or fewer", n=LONGEST)
    if sum(sign.isdigit() for sign in question) >= 4:
        return _("Write a question without numbers in it")
    if normalise(answer) and normalise(answer) in normalise(question):
        return _("Write a question that does not contain its answer")
    if any(len(text) >= SHORTEST_KEPT and normalise(text) in normalise(question) for text in kept if normalise(text)):
        return _("Write a question without your password or email address in it")
    return None


def objection_to_answer(answer: str, *, question: str, known: Iterable[str]) -> str | None:
    """Why an answer cannot be taken, None when it can.

    Args:
        answer: as typed.
        question: its question as the owner reads it.
        known: what others may know of the owner (name, address, telephone) and their password.
    """
    plain = normalise(answer)
    if unfit := _objection_to_length(answer, plain):
        return unfit
    if plain in _given_away(known):
        return _("Choose an answer other than your password, name, email address or telephone")
    if is_guessable(answer):
        return _("Many people would give this answer. Choose one that nobody can guess.")
    if plain in {normalise(word) for word in question.split()}:
        return _("Choose an answer that is no word of the question")
    return None


def _objection_to_length(answer: str, plain: str) -> str | None:
    if not plain:
        return _("Enter an answer")
    if len(answer) > LONGEST_ANSWER:
        return _("Answer must be %(n)s characters or fewer", n=LONGEST_ANSWER)
    if len(plain) < (2 if WIDE.search(plain) else 3):
        return _("Enter an answer of 3 letters or digits, or more")
    return None


def _given_away(known: Iterable[str]) -> set[str]:
    texts = [text for text in known if text]
    parts = [part for text in texts for part in re.split(r"[\s@.+_-]+", text)]
    return {normalise(part) for part in (*texts, *parts)} - {""}
