"""What the cells of a row mean: each in the form that the portal keeps, or why it is refused."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from portal.customers.models import Channel, Gender
from portal.customers.rules import days, names, numbers
from portal.foundation import csvfile, emails
from portal.foundation.forms import is_clean, tidy
from portal.foundation.text import _
from portal.transfers.rules import belongings, dialling
from portal.transfers.rules.columns import FIELD
from portal.transfers.rules.reading import Read, Refused, Shop, Told, country_of, local_day_of, past_day_of, unquoted

LONGEST_FIELD = 4000  # of one of the shop's own, which checks the rest itself
LONGEST_CELL = 10_000  # characters that are looked at
LONGEST_COUNTRY = 100  # characters; none has a longer name
LONGEST = {
    "first_name": names.LONGEST,
    "last_name": names.LONGEST,
    "full_name": 2 * names.LONGEST + 1,
    "external_id": 64,
    "remarks": 5000,
    "telephone": 64,
    "consent_source": 100,
    **belongings.LONGEST,
}
UNLIKE = frozenset({"customer_number", "external_id", "email", "telephone", "remarks", "address_1", "password_hash"})
KEPT_IN_MIND = 2000  # cells of a column whose meaning is not worked out again
SIMPLE_EMAIL = re.compile(
    r"[a-z0-9](?:[a-z0-9_+-]|\.(?=[a-z0-9])){0,50}@(?:[a-z0-9][a-z0-9-]{0,40}[a-z0-9]\.){1,3}(?:com|net|in|org|example)"
)
BCRYPT = re.compile(r"\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}")
# Also as Magento numbers and names them.
GENDERS = {"m": "male", "f": "female", "0": "", "1": "male", "2": "female", "3": "", "not specified": ""}
# How databases write that there is nothing, in columns of which nobody could mean it.
NOTHING = frozenset(("NULL", "\\N", "0000-00-00", "0000-00-00 00:00:00"))
NEVER_SO = frozenset(
    ("email", "telephone", "date_of_birth", "anniversary", "gender", "nationality", "preferred_channel", "status")
)

Reading = Callable[[str, Shop], Told]
_Column = tuple[int, str, Reading, int, dict[str, Told] | None]


class Reader:
    """Reads rows of one file: each column with what reads it, and with what its commonest cells mean."""

    def __init__(self, mapping: Sequence[str], shop: Shop) -> None:
        self.shop, self.mapping = shop, list(mapping)
        self._plan: list[_Column] = [
            (place, name, _reading_of(name), _longest(name), None if name in UNLIKE else {})
            for place, name in enumerate(mapping)
            if name
        ]
        self._countries = [mapping.index(name) for name in ("billing_country", "country") if name in mapping]
        self._dialled = mapping.index("telephone") if self._countries and "telephone" in mapping else None
        if self._dialled is not None:  # it is read when the country is known
            self._plan = [column for column in self._plan if column[1] != "telephone"]
        self._gathers = belongings.gathered(name for name in mapping if name)
        self._width = len(self.mapping)

    def read(self, cells: Sequence[str]) -> Read:
        """What a row means; empty cells are left out, so that they change nothing.

        Raises:
            Refused: a cell cannot be taken.
        """
        found = Read()
        values, further = found.values, found.further
        if len(cells) < self._width:
            cells = [*cells, *[""] * (self._width - len(cells))]
        elif len(cells) > self._width and any(cells[self._width :]):
            raise Refused("", _("It has more cells than the head. Put quotes around a cell that holds the separator"))
        for place, name, reading, longest, memory in self._plan:
            if not (cell := cells[place]):
                continue
            told = memory.get(cell) if memory is not None else None
            if told is None:
                told = self._meaning(name, cell, reading, longest)
                if memory is not None:
                    _keep_in_mind(memory, cell, told)
            if told[0]:
                values.update(told[0])
            if told[1]:
                further.update(told[1])
        self._dial(found, cells)
        if further:
            self._put_together(found)
        return found

    def _dial(self, found: Read, cells: Sequence[str]) -> None:
        """The telephone, as it is dialled in the country of the row's address, else in the shop's."""
        if self._dialled is not None and (cell := cells[self._dialled]):
            country = next((cells[place] for place in self._countries if cells[place]), "")
            reading = _telephone_in(country[:LONGEST_COUNTRY]) if country else _telephone
            found.values.update(self._meaning("telephone", cell, reading, LONGEST["telephone"])[0])

    def _put_together(self, found: Read) -> None:
        if "consent_at" in found.further or "consent_source" in found.further:
            _consent(found)
        if self._gathers:
            belongings.gather(found, self.shop, self._gathers)

    def _meaning(self, name: str, cell: str, reading: Reading, longest: int) -> Told:
        text = cell if _is_tidy(cell) else _tidied(name, cell)
        if not text or (text in NOTHING and name in NEVER_SO):
            return {}, {}
        if len(text) > longest:
            raise Refused(name, _("It is longer than %(n)s characters", n=longest))
        return reading(text, self.shop)


def _longest(name: str) -> int:
    return LONGEST.get(name, LONGEST_FIELD if name.startswith(FIELD) else 320)


def _keep_in_mind(memory: dict[str, Told], cell: str, told: Told) -> None:
    if len(memory) >= KEPT_IN_MIND:
        memory.clear()
    memory[cell] = told


def _is_tidy(cell: str) -> bool:
    """Whether a cell is what tidying would make of it, as most are."""
    return cell.isascii() and cell.isprintable() and "  " not in cell and cell[0] not in "' " and cell[-1] != " "


def _tidied(name: str, cell: str) -> str:
    plain = csvfile.plain(cell)[:LONGEST_CELL]
    text = plain.strip() if name == "remarks" or name.startswith(FIELD) else tidy(plain)
    if not (text.isprintable() or is_clean(text)):
        raise Refused(name, _("It holds a character that can’t be kept"))
    return text


def _reading_of(name: str) -> Reading:
    return READERS.get(name) or belongings.reader_of(name) or _as_it_is(name)


def _as_it_is(name: str) -> Reading:
    return lambda text, _shop: ({name: text}, {})


def _number(text: str, _shop: Shop) -> Told:
    number = numbers.read(text)
    if words := numbers.objection(number):
        raise Refused("customer_number", words)
    return {"number": number}, {}


def _name(which: str) -> Reading:
    def read_name(text: str, _shop: Shop) -> Told:
        if not text.isascii() and not names.is_visible(text):
            raise Refused(which, _("Nothing of it can be seen"))
        return {which: text}, {}

    return read_name


def _full_name(text: str, shop: Shop) -> Told:
    first, _blank, last = text.rpartition(" ")
    if len(first) > names.LONGEST or len(last) > names.LONGEST:
        raise Refused("full_name", _("Write first and last name in columns of their own"))
    _name("full_name")(text, shop)
    return {}, {"full_name": (first or last, last if first else "")}


def _external_id(text: str, _shop: Shop) -> Told:
    return {"external_id": unquoted(text)}, {}


def _email(text: str, _shop: Shop) -> Told:
    if SIMPLE_EMAIL.fullmatch(text) and "--" not in text:
        return {"email": text, "email_key": text}, {}
    address = emails.read(text)
    if address is None:
        raise Refused("email", _("This is no email address"))
    return {"email": address, "email_key": emails.key(address)}, {}


@lru_cache(maxsize=256)
def _telephone_in(country: str) -> Reading:
    """What reads a telephone in a country, as a cell names it; what nobody there can have is read as at home."""
    home = country_of(tidy(csvfile.plain(country)))

    def read_telephone(text: str, shop: Shop) -> Told:
        abroad = dialling.to_e164(text, home) if home not in (None, shop.country) else None
        return ({"telephone": text, "e164": abroad}, {}) if abroad else _telephone(text, shop)

    return read_telephone


def _telephone(text: str, shop: Shop) -> Told:
    e164 = dialling.to_e164(text, shop.country)
    if e164 is None:
        raise Refused("telephone", _("No telephone can have this number"))
    return {"telephone": text, "e164": e164}, {}


def _gender(text: str, _shop: Shop) -> Told:
    word = GENDERS.get(text.lower(), text.lower())
    if word and word not in set(Gender):
        raise Refused("gender", _("Write female, male or other"))
    return {"gender": word} if word else {}, {}


def _day(which: str, column: str) -> Reading:
    def read_day(text: str, shop: Shop) -> Told:
        on = local_day_of(text, shop.country)
        if on is None or not days.is_sensible(on, shop.today):
            raise Refused(which, _("Write a day like 1987-03-27"))
        return {column: on}, {}

    return read_day


def _nationality(text: str, _shop: Shop) -> Told:
    country = country_of(text)
    if country is None:
        raise Refused("nationality", _("Write a country in two letters, like IN"))
    return {"nationality": country}, {}


def _channel(text: str, _shop: Shop) -> Told:
    if text.lower() not in set(Channel):
        raise Refused("preferred_channel", _("Write email, sms, telephone or post"))
    return {"preferred_channel": text.lower()}, {}


def _hash(text: str, shop: Shop) -> Told:
    # One of another kind is left out, since nobody could sign in with it: they choose a new password. A dearer one than
    # the shop's own is, too: its sign-ins would take so long that they tell who has an account, and hold up the others.
    found = BCRYPT.fullmatch(text)
    if found is None:
        return {}, {}
    return {}, {"is_hash_dear": True} if int(found[1]) > shop.bcrypt_cost else {"password_hash": text}


def _consent_at(text: str, shop: Shop) -> Told:
    on = past_day_of(text, "consent_at", shop.today)
    return {}, {"consent_at": datetime(on.year, on.month, on.day, tzinfo=UTC)}


def _consent_source(text: str, _shop: Shop) -> Told:
    return {}, {"consent_source": text}


def _consent(found: Read) -> None:
    """Consent counts with its date and its source, and with an address; else there is none."""
    told = found.further
    if not (told.get("consent_at") and told.get("consent_source") and found.values.get("email")):
        told.pop("consent_at", None)
        told.pop("consent_source", None)


READERS: dict[str, Reading] = {
    "customer_number": _number,
    "first_name": _name("first_name"),
    "last_name": _name("last_name"),
    "email": _email,
    "telephone": _telephone,
    "full_name": _full_name,
    "external_id": _external_id,
    "remarks": _as_it_is("remarks"),
    "gender": _gender,
    "date_of_birth": _day("date_of_birth", "born_on"),
    "anniversary": _day("anniversary", "anniversary_on"),
    "nationality": _nationality,
    "preferred_channel": _channel,
    "password_hash": _hash,
    "consent_at": _consent_at,
    "consent_source": _consent_source,
}
