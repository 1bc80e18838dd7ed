"""What the cells of a row mean: each in the form that the portal keeps, or why it is refused."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from portal.customers.models import Channel, CustomerStatus, Gender
from portal.customers.rules import addresses, days, names, numbers, telephones
from portal.foundation import emails
from portal.foundation.forms import is_clean, tidy
from portal.foundation.text import _
from portal.transfers.rules.columns import ADDRESS

LONGEST = {"external_id": 64, "remarks": 5000, "consent_source": 100, "company": 120} | addresses.LONGEST
SIMPLE_EMAIL = re.compile(
    r"[a-z0-9](?:[a-z0-9_+-]|\.(?=[a-z0-9])){0,50}@(?:[a-z0-9][a-z0-9-]{0,40}[a-z0-9]\.){1,3}(?:com|net|in|org|example)"
)
BCRYPT = re.compile(r"\$2[aby]\$(?:0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}")
GENDERS = {"m": "male", "f": "female", "0": "", "1": "male", "2": "female", "3": ""}  # also as Magento numbers them
DAYS = (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T].*)?"), re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})"))


class Refused(Exception):
    """A cell that cannot be taken: of which column, and why."""

    def __init__(self, field_name: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field_name


@dataclass(frozen=True)
class Shop:
    """What a row is read against."""

    country: str
    groups: Mapping[str, int]  # folded name or id → id
    stores: Mapping[str, int]  # code in small letters → id
    today: date


@dataclass
class Read:
    """A row that was understood: values of customers' columns, and what else it brings."""

    values: dict[str, Any] = field(default_factory=dict)
    further: dict[str, Any] = field(default_factory=dict)


def read(said: Mapping[str, str], shop: Shop) -> Read:
    """What a row means; empty cells are left out, so that they change nothing.

    Raises:
        Refused: a cell cannot be taken.
    """
    found = Read()
    for name, cell in said.items():
        text = cell.strip() if name == "remarks" else tidy(cell)
        if not text:
            continue
        if not (text.isprintable() or is_clean(text)):
            raise Refused(name, _("It holds a character that can’t be kept"))
        if len(text) > LONGEST.get(name, 320):
            raise Refused(name, _("It is longer than %(n)s characters", n=LONGEST.get(name, 320)))
        if name in READERS:
            READERS[name](text, shop, found)
        elif name in ADDRESS:
            found.further.setdefault("address", {})[name] = text
        else:
            found.values[name] = text
    _consent(found)
    if "address" in found.further:
        found.further["address"] = _address(found.further["address"], shop)
    return found


def _number(text: str, _shop: Shop, found: Read) -> None:
    number = numbers.read(text)
    if words := numbers.objection(number):
        raise Refused("customer_number", words)
    found.values["number"] = number


def _name(which: str) -> Any:
    def read_name(text: str, _shop: Shop, found: Read) -> None:
        if len(text) > names.LONGEST:
            raise Refused(which, _("It is longer than %(n)s characters", n=names.LONGEST))
        if not text.isascii() and not names.is_visible(text):
            raise Refused(which, _("Nothing of it can be seen"))
        found.values[which] = text

    return read_name


def _email(text: str, _shop: Shop, found: Read) -> None:
    small = text.lower()
    if SIMPLE_EMAIL.fullmatch(small) and "xn--" not in small and "--" not in small and small == text:
        found.values["email"] = found.values["email_key"] = text
        return
    address = emails.read(text)
    if address is None:
        raise Refused("email", _("This is no email address"))
    found.values["email"], found.values["email_key"] = address, emails.key(address)


def _telephone(text: str, shop: Shop, found: Read) -> None:
    e164 = e164_of(text, shop.country) if len(text) <= 64 else None
    if e164 is None:
        raise Refused("telephone", _("No telephone can have this number"))
    found.values["telephone"], found.values["e164"] = text, e164


@lru_cache(maxsize=4096)
def e164_of(text: str, country: str) -> str | None:
    """As `telephones.to_e164`, which takes longer than all else in a row."""
    bare = text.translate(_SPACES)
    if _INDIAN.fullmatch(bare):
        return bare
    return telephones.to_e164(text, country)


_SPACES = str.maketrans("", "", " -()")
_INDIAN = re.compile(r"\+91[6-9][0-9]{9}")  # mobiles of the country that most shops are in: no other length is possible


def _gender(text: str, _shop: Shop, found: Read) -> None:
    word = GENDERS.get(text.lower(), text.lower())
    if word and word not in set(Gender):
        raise Refused("gender", _("Write female, male or other"))
    if word:
        found.values["gender"] = word


def _day(which: str, column: str) -> Any:
    def read_day(text: str, shop: Shop, found: Read) -> None:
        on = _day_of(text)
        if on is None or not days.is_sensible(on, shop.today):
            raise Refused(which, _("Write a day like 1987-03-27"))
        found.values[column] = on

    return read_day


def _day_of(text: str) -> date | None:
    iso, dotted = (pattern.fullmatch(text) for pattern in DAYS)
    parts = iso.groups() if iso else dotted.groups()[::-1] if dotted else None
    try:
        return date(*map(int, parts)) if parts else None
    except ValueError:
        return None


def _nationality(text: str, _shop: Shop, found: Read) -> None:
    if text.upper() not in addresses.countries():
        raise Refused("nationality", _("Write a country in two letters, like IN"))
    found.values["nationality"] = text.upper()


def _channel(text: str, _shop: Shop, found: Read) -> None:
    if text.lower() not in set(Channel):
        raise Refused("preferred_channel", _("Write email, sms, telephone or post"))
    found.values["preferred_channel"] = text.lower()


def _status(text: str, _shop: Shop, found: Read) -> None:
    if text.lower() not in set(CustomerStatus):
        raise Refused("status", _("Write enabled or disabled"))
    found.further["is_disabled"] = text.lower() == CustomerStatus.DISABLED


def _group(text: str, shop: Shop, found: Read) -> None:
    group_id = shop.groups.get(text.casefold())
    if group_id is None:
        raise Refused("customer_group", _("There is no such group"))
    found.further["group_id"] = group_id


def _stores(text: str, shop: Shop, found: Read) -> None:
    codes = [code.strip().lower() for code in text.split(";") if code.strip()]
    if any(code not in shop.stores for code in codes):
        raise Refused("stores", _("There is no such store. Write codes, with semicolons between them"))
    found.further["stores"] = "," + ",".join(str(shop.stores[code]) for code in codes) + ","


def _hash(text: str, _shop: Shop, found: Read) -> None:
    if not BCRYPT.fullmatch(text):
        return  # of another kind, which nobody could sign in with: they choose a new password
    found.further["password_hash"] = text


def _consent_at(text: str, shop: Shop, found: Read) -> None:
    on = _day_of(text)
    if on is None or on > shop.today:
        raise Refused("consent_at", _("Write a day like 2024-03-27"))
    found.further["consent_at"] = datetime(on.year, on.month, on.day, tzinfo=UTC)


def _consent_source(text: str, _shop: Shop, found: Read) -> None:
    found.further["consent_source"] = text


def _consent(found: Read) -> None:
    """Consent counts with its date and its source, and with an address; else there is none."""
    told = found.further
    if not (told.get("consent_at") and told.get("consent_source") and found.values.get("email")):
        told.pop("consent_at", None)
        told.pop("consent_source", None)


def _address(parts: dict[str, str], shop: Shop) -> str:
    """An address in the form of its country, empty where too little is said to be one."""
    country = parts.get("country", shop.country).upper()
    if "address_1" not in parts or country not in addresses.countries():
        return ""
    if not parts.get("city"):
        return ""
    kept = {name: parts.get(name, "") for name in addresses.PARTS}
    kept["postcode"] = _postcode(country, kept["postcode"])
    return json.dumps(kept | {"country": country, "company": parts.get("company", "")}, ensure_ascii=False)


@lru_cache(maxsize=4096)
def _postcode(country: str, typed: str) -> str:
    return addresses.postcode(country, typed)[:20] if typed else ""


READERS: dict[str, Any] = {
    "customer_number": _number,
    "first_name": _name("first_name"),
    "last_name": _name("last_name"),
    "email": _email,
    "telephone": _telephone,
    "gender": _gender,
    "date_of_birth": _day("date_of_birth", "born_on"),
    "anniversary": _day("anniversary", "anniversary_on"),
    "nationality": _nationality,
    "preferred_channel": _channel,
    "status": _status,
    "customer_group": _group,
    "stores": _stores,
    "password_hash": _hash,
    "consent_at": _consent_at,
    "consent_source": _consent_source,
}
