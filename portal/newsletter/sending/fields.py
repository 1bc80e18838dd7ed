"""Merge fields such as a first name with a fall-back, and no other expression, so there is nothing to break out of."""

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass

from portal.foundation.text import _
from portal.newsletter.errors import FieldUnknown

FIELDS = ("first_name", "last_name", "full_name", "email", "customer_number", "shop")
LINKS = ("unsubscribe_url", "preferences_url", "view_url", "why_url")
_FIELD = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_INSIDE = re.compile(r"""\s*(\w+)\s*(?:\|\s*default:\s*(?:"([^"]*)"|'([^']*)'|“([^”]*)”)\s*)?""")


@dataclass(frozen=True)
class Field:
    """A place in a text where something of the recipient stands, or else the fall-back."""

    name: str
    fallback: str = ""


Part = str | Field


def parse(text: str, also: Container[str] = ()) -> list[Part]:
    """A text as what stands in it for everybody and the places that differ.

    Args:
        text: with merge fields.
        also: names of fields beside those that people may write, which the portal put in itself.

    Raises:
        FieldUnknown: something between double braces is no field that there is.
    """
    parts: list[Part] = []
    place = 0
    for found in _FIELD.finditer(text):
        parts += [text[place : found.start()], _read(found[1], also)]
        place = found.end()
    parts.append(text[place:])
    return [part for part in parts if part != ""]


def fill(parts: list[Part], values: Mapping[str, str], escape: Callable[[str], str] = str) -> str:
    """The text of one recipient."""
    return "".join(part if isinstance(part, str) else escape(value_of(part, values)) for part in parts)


def value_of(field: Field, values: Mapping[str, str]) -> str:
    """What stands in the place of a field."""
    return values.get(field.name) or field.fallback


def _read(inside: str, also: Container[str]) -> Field:
    found = _INSIDE.fullmatch(inside)
    if found is None or (found[1] not in FIELDS + LINKS and found[1] not in also):
        word = " ".join(inside.split())[:60]
        raise FieldUnknown(_("{{ %(word)s }} is no field. Take one from the list of fields.", word=word))
    return Field(found[1], next((text for text in found.groups()[1:] if text is not None), ""))
