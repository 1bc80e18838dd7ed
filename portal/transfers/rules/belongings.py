"""Cells about what goes beside a customer: group, stores, tags, telephones, addresses, tax numbers, the till."""

from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import Any

from portal.customers.models import CustomerStatus, TelephoneKind
from portal.customers.rules import addresses, custom_fields, names, tax_ids
from portal.foundation import search
from portal.foundation.text import _
from portal.transfers.rules import dialling
from portal.transfers.rules.columns import (
    ADDRESS,
    AT_TILL,
    BILLING,
    CHANNELS,
    CHANNELS_SAID,
    DEFAULT_ADDRESS,
    FIELD,
    STATUTORY,
)
from portal.transfers.rules.reading import Read, Refused, Shop, Told, choice_of, country_of, past_day_of, unquoted

LONGEST = {
    **addresses.LONGEST,
    "company": 120,
    "recipient": 130,
    "address_telephone": 64,
    "delivery_note": 255,
    "gate_code": 64,
    "tags": 2000,
    "further_telephones": 700,
    "stores": 2000,
    "password_hash": 128,
    "drivers_licence": 64,
    "state_of_registration": 64,
    "price_note": 255,
    "channels_source": 100,
}
LONGEST |= {name: LONGEST[name.removeprefix("billing_")] for name in BILLING if name != "billing_country"}
LONGEST_TAG, MOST_TAGS, MOST_TELEPHONES = 40, 30, 9  # as the verbs have them
YES_OR_NO = dict.fromkeys(("yes", "y", "true", "1", "on"), True) | dict.fromkeys(
    ("no", "n", "false", "0", "off"), False
)
GATHERED = {  # what a row says in several columns, and in which
    "address": ADDRESS,
    "billing": BILLING,
    "statutory": STATUTORY,
    "till": AT_TILL,
    "channels": (*CHANNELS, *CHANNELS_SAID),
}
PARTS = {  # columns of an address, and what each is of it
    kind: tuple((name, name.removeprefix("billing_").replace("address_telephone", "telephone")) for name in columns)
    for kind, columns in (("address", ADDRESS), ("billing", BILLING))
}
DEFAULT_KIND = TelephoneKind.MOBILE.value

Reader = Callable[[str, Shop], Told]


def _status(text: str, _shop: Shop) -> Told:
    word = text.lower()
    if word in YES_OR_NO:
        word = CustomerStatus.ENABLED if YES_OR_NO[word] else CustomerStatus.DISABLED
    if word not in set(CustomerStatus):
        raise Refused("status", _("Write enabled or disabled"))
    if word not in (CustomerStatus.DISABLED, CustomerStatus.ENABLED):
        return {}, {}  # follows from other things, which no file decides
    return {}, {"is_disabled": word == CustomerStatus.DISABLED}


def _group(text: str, shop: Shop) -> Told:
    group_id = shop.groups.get(search.fold(text))
    if group_id is None:
        raise Refused("customer_group", _("There is no such group"))
    return {}, {"group_id": group_id}


def _stores(text: str, shop: Shop) -> Told:
    codes = [code.strip().lower() for code in text.split(";") if code.strip()]
    if any(code not in shop.stores for code in codes):
        raise Refused("stores", _("There is no such store. Write codes, with semicolons between them"))
    ids = sorted({shop.stores[code] for code in codes})
    return {}, {"stores": "," + ",".join(map(str, ids)) + ","} if ids else {}


def _tags(text: str, _shop: Shop) -> Told:
    words = {search.fold(word): word for word in (part.strip() for part in text.replace(";", ",").split(",")) if word}
    for key, word in words.items():
        if not key or not names.is_visible(word):
            raise Refused("tags", _("A tag needs a letter or a digit that can be shown"))
        if len(word) > LONGEST_TAG or len(key) > 3 * LONGEST_TAG:
            raise Refused("tags", _("Use %(n)s characters or fewer for each tag", n=LONGEST_TAG))
    if len(words) > MOST_TAGS:
        raise Refused("tags", _("A customer has at most %(n)s tags", n=MOST_TAGS))
    return {}, {"tags": [words[key] for key in sorted(words)]}


def _telephones(text: str, shop: Shop) -> Told:
    found: dict[str, list[str]] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        kind, colon, typed = part.partition(":")
        kind, typed = (kind.strip().lower(), typed.strip()) if colon else (DEFAULT_KIND, part)
        e164 = dialling.to_e164(typed, shop.country) if kind in set(TelephoneKind) and len(typed) <= 64 else None
        if e164 is None:
            words = _("Write kind and number of each, like home: +44 7700 900123; work: +44 7700 900124")
            raise Refused("further_telephones", words)
        found.setdefault(e164, [kind, typed, e164])
    if len(found) > MOST_TELEPHONES:
        raise Refused("further_telephones", _("Write at most %(n)s telephones", n=MOST_TELEPHONES))
    return {}, {"telephones": list(found.values())}


def _number_of_state(kind: str) -> Reader:
    def read_number(text: str, _shop: Shop) -> Told:
        number = tax_ids.tidy(text)
        if words := tax_ids.objection(kind, number):
            raise Refused(kind, words)
        return {}, {kind: number}

    return read_number


def _tick(name: str) -> Reader:
    return lambda text, _shop: ({}, {name: choice_of(text, YES_OR_NO, name)})


def _default_address(text: str, _shop: Shop) -> Told:
    if not choice_of(text, YES_OR_NO, DEFAULT_ADDRESS):
        words = _("Only the address of deliveries is read. Add this one on the customer’s page")
        raise Refused(DEFAULT_ADDRESS, words)
    return {}, {}


def _as_it_is(name: str) -> Reader:
    return lambda text, _shop: ({}, {name: text})


def _channels_at(text: str, shop: Shop) -> Told:
    return {}, {"channels_at": past_day_of(text, "channels_at", shop.today).isoformat()}


def reader_of(name: str) -> Reader | None:
    """What reads the cells of a column, None where it is none of these."""
    return _own(name.removeprefix(FIELD)) if name.startswith(FIELD) else READERS.get(name)


def _own(key: str) -> Reader:
    def read_field(text: str, shop: Shop) -> Told:
        definition = shop.fields.get(key)
        if definition is None:
            raise Refused(FIELD + key, _("There is no such field any more"))
        try:
            value = custom_fields.from_text(definition, text)
        except custom_fields.Misfit as misfit:
            raise Refused(FIELD + key, str(misfit)) from None
        return {}, {FIELD + key: value} if value is not None else {}

    return read_field


def gathered(named: Iterable[str]) -> frozenset[str]:
    """What `gather` has to put together of a file with these columns."""
    columns = set(named)
    found = {kind for kind, parts in GATHERED.items() if columns.intersection(parts)}
    return frozenset(found | ({"fields"} if any(name.startswith(FIELD) for name in columns) else set()))


def gather(found: Read, shop: Shop, kinds: Collection[str]) -> None:
    """Put together what several columns say: addresses, numbers of the state, the till, fields of the shop's own.

    Args:
        found: what the cells of a row mean, one by one.
        shop: what they are read against.
        kinds: those of `gathered`.

    Raises:
        Refused: they do not go together.
    """
    told = found.further
    for kind, prefix in (("address", ""), ("billing", "billing_")):
        if kind in kinds:
            _put(told, kind, _place(told, kind, prefix, shop))
    if "statutory" in kinds:
        _put(told, "statutory", _statutory(_taken(told, STATUTORY)))
    if "till" in kinds:
        _put(told, "till", _taken(told, AT_TILL))
    if "channels" in kinds:
        _put(told, "channels", _channels(_taken(told, GATHERED["channels"])))
    if "fields" in kinds:
        own = {name.removeprefix(FIELD): told.pop(name) for name in list(told) if name.startswith(FIELD)}
        _put(told, "fields", own)


def _put(told: dict[str, Any], name: str, found: dict[str, Any]) -> None:
    if found:
        told[name] = found


def _taken(told: dict[str, Any], columns: Iterable[str]) -> dict[str, Any]:
    return {name: told.pop(name) for name in columns if name in told}


def _channels(found: dict[str, Any]) -> dict[str, Any]:
    """Consent to channels counts with its date and its source, as that to the newsletter does; else there is none."""
    is_said = all(found.get(name) for name in CHANNELS_SAID)
    return found if is_said and any(name in found for name in CHANNELS) else {}


def _statutory(found: dict[str, Any]) -> dict[str, Any]:
    for name, words in tax_ids.objections(found, found.get("state_of_registration", "")).items():
        raise Refused(name if name in found else "gstin", words)
    return found


def _place(told: dict[str, Any], kind: str, prefix: str, shop: Shop) -> dict[str, Any]:
    """An address in the form of its country, empty where too little is said to be one."""
    parts = {part: told.pop(name) for name, part in PARTS[kind] if name in told}
    if "address_1" not in parts:
        return {}
    country = country_of(parts.get("country", shop.country))
    if country is None:
        raise Refused(f"{prefix}country", _("Write a country in two letters, like IN"))
    if "postcode" in parts:
        parts["postcode"] = _postcode(country, parts["postcode"])
    parts["country"] = country
    return parts


@lru_cache(maxsize=4096)
def _postcode(country: str, typed: str) -> str:
    return addresses.postcode(country, unquoted(typed))[: LONGEST["postcode"]]


READERS: dict[str, Reader] = {
    "status": _status,
    "customer_group": _group,
    "stores": _stores,
    "tags": _tags,
    "further_telephones": _telephones,
    **{kind: _number_of_state(kind) for kind in tax_ids.KINDS},
    **{name: _tick(name) for name in ("allow_credit_sale", "email_receipts", *CHANNELS)},
    "channels_at": _channels_at,
    DEFAULT_ADDRESS: _default_address,
    **{name: _as_it_is(name) for name in (*ADDRESS, *BILLING)},
    **{name: _as_it_is(name) for name in ("drivers_licence", "state_of_registration", "price_note", "channels_source")},
}
