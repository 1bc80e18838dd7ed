"""What segments may ask of people: a registry of conditions, each with its operators, words and meaning.

A feature offers a condition with `register`, or conditions that depend on its rows with `provide`. What a condition
means is an expression over `Subscription`, and over `Customer` and `Account`, which stand beside it where the address
has them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

Choices = list[tuple[str, str]]
Meaning = sa.ColumnElement[bool]


class Wants(StrEnum):
    """What an operator asks for behind it."""

    CHOICE = "choice"
    CHOICES = "choices"  # several, one a line
    DAYS = "days"  # so many
    DAY = "day"  # one of the calendar
    NOTHING = "nothing"


@dataclass(frozen=True)
class Operator:
    """How a condition asks: the words before the value, and those after it."""

    words: str
    wants: Wants
    after: str = ""


@dataclass(frozen=True)
class Condition:
    """One thing that segments may ask.

    `read` says what an operator and a value mean, None where the value is nothing that there is. `choices` are told
    with their words where an operator wants one or several. `note` says what the condition can't know.
    """

    key: str
    words: str
    operators: Mapping[str, Operator]
    read: Callable[[str, str], Meaning | None]
    choices: Callable[[], Choices] = list
    note: str = ""


_known: dict[str, Condition] = {}
_providers: list[Callable[[], Iterable[Condition]]] = []


def register(condition: Condition) -> None:
    """Offer a condition to segments."""
    _known[condition.key] = condition


def provide(conditions: Callable[[], Iterable[Condition]]) -> None:
    """Offer conditions that depend on what the shop defined; asked each time a segment is read or shown."""
    if conditions not in _providers:
        _providers.append(conditions)


def every() -> dict[str, Condition]:
    """All conditions by their keys, in the order in which they were offered."""
    return _known | {condition.key: condition for provider in _providers for condition in provider()}
