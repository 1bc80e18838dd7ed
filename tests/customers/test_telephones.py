"""Telephones are taken as people type them, everywhere."""

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from portal.customers.rules import telephones

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
KINDS = [PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.TOLL_FREE, PhoneNumberType.UAN]
WAYS = [PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL, PhoneNumberFormat.RFC3966]


@pytest.mark.parametrize("region", REGIONS)
def test_every_example_number_is_read_in_every_format(region):
    for kind in KINDS:
        example = phonenumbers.example_number_for_type(region, kind)
        if example is None:
            continue
        wanted = phonenumbers.format_number(example, PhoneNumberFormat.E164)
        for way in WAYS:
            assert telephones.to_e164(phonenumbers.format_number(example, way), region) == wanted


def test_a_number_of_any_country_and_kind_is_shown_as_the_library_reads_and_writes_it():
    kinds = [kind for kind in PhoneNumberType.values() if kind != PhoneNumberType.UNKNOWN]
    found = [phonenumbers.example_number_for_type(region, kind) for region in REGIONS for kind in kinds]
    stored = [phonenumbers.format_number(one, PhoneNumberFormat.E164) for one in found if one is not None]
    wrong = [one for one in stored if telephones.national(one) != written(one)]
    assert len(stored) > 1_000
    assert not wrong


def written(e164):
    return phonenumbers.format_number(phonenumbers.parse(e164), PhoneNumberFormat.NATIONAL)


@pytest.mark.parametrize("text", ["+9", "+", "", "call me", "+" + "9" * 40])
def test_what_is_no_number_is_shown_as_it_was_typed(text):
    assert telephones.national(text, "IN") == text


@pytest.mark.parametrize("region", REGIONS)
def test_what_is_shown_at_home_can_be_typed_again_at_home(region):
    example = phonenumbers.example_number(region)
    stored = phonenumbers.format_number(example, PhoneNumberFormat.E164)
    assert telephones.to_e164(telephones.national(stored, region), region) == stored


@pytest.mark.parametrize("text", ["", "12", "no telephone", "+999 123", "\x00", "9" * 300, "+1 555 010 0199 999"])
def test_what_no_telephone_can_have_is_refused(text):
    assert telephones.to_e164(text, "IN") is None


def test_a_number_from_elsewhere_is_shown_with_its_country_code():
    assert telephones.national("+447700900123", "IN") == "+44 7700 900123"
    assert telephones.national("+447700900123", "GB") == "07700 900123"


@pytest.mark.parametrize(
    ("text", "digits"),
    [("098765 43210", ["09876543210", "9876543210"]), ("(0)98-76", ["09876", "9876"]), ("12", []), ("a123", [])],
)
def test_a_part_of_a_number_is_sought_with_and_without_its_zero(text, digits):
    assert telephones.fragments(text) == digits
