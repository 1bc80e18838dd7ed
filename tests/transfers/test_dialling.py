"""Telephones in files: the quick way answers as phonenumbers does, for every number that it takes on itself."""

import random

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from portal.customers.rules import telephones
from portal.transfers.rules import dialling

# Trunk prefixes of every kind (none, 0, 8, 06, 0 that stays, codes of carriers), codes that countries share, rewriting.
REGIONS = ("IN", "GB", "DE", "US", "IT", "AR", "MX", "BR", "RU", "KZ", "HU", "AU", "FR", "SG", "CI", "SM", "JE", "CN")
KINDS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE)
FORMS = (PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.E164)


def same(text, country):
    """Whether both ways say the same of a number, and what."""
    quick, whole = dialling.to_e164(text, country), telephones.to_e164(text, country)
    assert quick == whole, (text, country)
    return quick


@pytest.mark.parametrize("region", REGIONS)
def test_examples_of_a_country_are_read_alike_at_home_and_abroad(region):
    known = filter(None, (phonenumbers.example_number_for_type(region, kind) for kind in KINDS))
    for number in known:
        for form in FORMS:
            text = phonenumbers.format_number(number, form)
            digits = "".join(letter for letter in text if letter.isdigit())
            assert same(text, region)
            for written in (digits, f"+{digits}", f"0{digits}", f"00{digits}", f"({digits[:3]}) {digits[3:]}"):
                same(written, region)
                same(written, "IN")


def test_numbers_that_nobody_thought_of_are_read_alike():
    chance = random.Random(4)
    for _ in range(1500):
        digits = "".join(chance.choice("0123456789") for _ in range(chance.randint(5, 15)))
        text = chance.choice(("", "", "+", "0", "00", "+91", "+44 ", "(0)")) + digits
        same(text, chance.choice(REGIONS))


def test_most_plain_numbers_never_reach_phonenumbers(monkeypatch):
    monkeypatch.setattr(telephones, "to_e164", lambda *_: "the whole way")
    assert dialling.to_e164("098765 43210", "IN") == "+919876543210"
    assert dialling.to_e164("+44 7700 900123", "IN") == "+447700900123"
    assert dialling.to_e164("98765 43210 ext. 4", "IN") == "the whole way"
