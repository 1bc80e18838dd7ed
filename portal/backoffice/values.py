"""What a changed field held, as people read it: days, choices and countries in words, numbers with their spaces."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date

from portal.backoffice import customer_words as words
from portal.customers.fields import CHANNELS, GENDERS
from portal.customers.models import CustomerStatus
from portal.customers.rules import numbers
from portal.customers.rules.addresses import country_name
from portal.foundation.pages import day
from portal.foundation.text import _, language_name, locale
from portal.groups.rules import APPROVALS


def in_words(field: str, value: object) -> object:
    """The value of a field as the audit log keeps it, in words; what it may no longer be is shown as it was kept."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return f"{value:,}"
    if field in READ and isinstance(value, str) and value:
        with suppress(ValueError, KeyError):
            return READ[field](value)
    return value


def _day(value: str) -> str:
    return day(date.fromisoformat(value))


def _status(value: str) -> str:
    _kind, said = words.STATUS[CustomerStatus(value)]
    return str(said)


def _approval(value: str) -> str:
    return str({kind.value: said for kind, said in APPROVALS.items()}[value])


READ: dict[str, Callable[[str], str]] = {
    "anniversary": _day,
    "approval": _approval,
    "customer_number": numbers.shown,
    "date_of_birth": _day,
    "different_from": numbers.shown,
    "gender": lambda value: str(dict(GENDERS)[value]),
    "locale": language_name,
    "merged_into": numbers.shown,
    "merged_number": numbers.shown,
    "nationality": lambda value: country_name(value, locale()),
    "preferred_channel": lambda value: str(dict(CHANNELS)[value]),
    "status": _status,
}
