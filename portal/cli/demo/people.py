"""Invented people: names, addresses, telephones, how things stand with each; the same seed makes the same ones."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from portal.cli.demo.places import PLACES, Place

SEED = 20261121
OLDEST = 1100  # days that the shop has been open
DOMAINS = ("demo.example", "mail.example", "post.example", "letters.example")
HANDLES = ("sunny", "river", "maple", "north", "quiet", "lucky", "amber", "tiger", "lotus", "cedar", "comet", "pixel")

# How things stand, and how often in a thousand. The first people of a load have each once, in this order.
STANDINGS = {
    "enabled": 640,
    "trade": 110,  # approved in the gate group
    "club": 60,  # approved in the upgrade group
    "waiting": 15,  # held at the gate
    "club-waiting": 10,
    "declined": 15,
    "club-declined": 5,
    "friend": 15,
    "disabled": 30,
    "invited": 40,
    "no-account": 50,
    "telephone-only": 10,
}


@dataclass(frozen=True)
class Someone:
    """One invented person; `age` is how many days ago they came."""

    standing: str
    place: Place
    first_name: str
    last_name: str
    email: str
    telephone: str
    e164: str
    age: float
    subscribes: bool
    town: tuple[str, str, str] | None
    street: str
    store: str
    faithful: float  # how far through their time as a customer they signed in last; 0 for never

    @property
    def has_account(self) -> bool:
        return self.standing not in ("invited", "no-account", "telephone-only")


def people(many: int, start: int) -> Iterator[Someone]:
    """So many people; `start` counts those who were loaded before, so that nobody comes twice."""
    chance = random.Random(SEED + start)
    standings, often = list(STANDINGS), list(STANDINGS.values())
    weights = [place.weight for place in PLACES]
    for n in range(many):
        standing = standings[n] if n < len(standings) else chance.choices(standings, often)[0]
        came = OLDEST * (1 - n / many) ** 1.5  # the shop grows: numbers rise with time, the more the later
        yield _someone(chance, start + n, standing, chance.choices(PLACES, weights)[0], came)


def _someone(chance: random.Random, serial: int, standing: str, place: Place, came: float) -> Someone:
    first, last = chance.choice(place.first), chance.choice(place.last)
    telephone, e164 = _telephone(chance, place.country)
    calls = standing in ("no-account", "telephone-only") or chance.random() < 0.8
    waits = standing in ("waiting", "club-waiting", "invited")
    return Someone(
        standing=standing,
        place=place,
        first_name=first,
        last_name=last,
        email="" if standing == "telephone-only" else _email(chance, first, last, serial),
        telephone=telephone if calls else "",
        e164=e164 if calls else "",
        age=chance.random() * 9 if waits else came,
        subscribes=chance.random() < 0.4,
        town=chance.choice(place.towns) if chance.random() < 0.5 else None,
        street=f"{chance.choice(place.streets)} {chance.randint(1, 180)}",
        store=chance.choice(("online", "online", "pune", "mumbai")),
        faithful=chance.random() if chance.random() < 0.9 else 0.0,
    )


def _email(chance: random.Random, first: str, last: str, serial: int) -> str:
    plain = re.sub("[^a-z]", "", f"{first}{last}".casefold())
    handle = plain if f"{first}{last}".isascii() and plain else chance.choice(HANDLES)
    return f"{handle}.{serial}@{chance.choice(DOMAINS)}"


def _telephone(chance: random.Random, country: str) -> tuple[str, str]:
    """A number like the example of the country, with other last digits: as it is written, and in E.164."""
    shape = _example(country)
    free = [place for place, letter in enumerate(shape) if letter.isdigit()][-6:]
    digits = "".join(str(chance.randrange(10)) if place in free else letter for place, letter in enumerate(shape))
    return digits, "+" + "".join(filter(str.isdigit, digits))


@lru_cache(maxsize=64)
def _example(country: str) -> str:
    import phonenumbers  # noqa: PLC0415 - the web server knows this command, too, and has no need of it

    number = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    if number is None:
        raise LookupError(f"No example of a telephone in {country}.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
