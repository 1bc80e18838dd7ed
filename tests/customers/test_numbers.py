"""Customer numbers: a slip in copying is noticed, and no number is the name of a page."""

import pytest

from portal.customers.rules import numbers

NUMBER = numbers.with_check_digit(10042173)


def test_the_published_example_has_its_check_digit():
    assert numbers.with_check_digit(572) == "5724"


@pytest.mark.parametrize("place", range(9))
def test_every_wrong_digit_is_noticed(place):
    for digit in set("0123456789") - {NUMBER[place]}:
        assert not numbers.is_right(NUMBER[:place] + digit + NUMBER[place + 1 :])


@pytest.mark.parametrize("place", range(8))
def test_every_swap_of_neighbours_is_noticed(place):
    swapped = NUMBER[:place] + NUMBER[place + 1] + NUMBER[place] + NUMBER[place + 2 :]
    assert swapped == NUMBER or not numbers.is_right(swapped)


def test_a_number_is_found_as_it_is_read_aloud():
    assert numbers.shown(NUMBER) == f"{NUMBER[:4]} {NUMBER[4:8]} {NUMBER[8]}"
    assert numbers.read(numbers.shown(NUMBER)) == NUMBER
    assert numbers.read(f"{NUMBER[:4]}-{NUMBER[4:]}") == NUMBER


@pytest.mark.parametrize("typed", ["ABC", "VIP-001", "1-2", "A" * 32])
def test_letters_digits_and_dashes_may_be_typed(typed):
    assert numbers.objection(numbers.read(typed)) is None


@pytest.mark.parametrize(
    "typed", ["", "AB", "A" * 33, "new", "Edit", "a/b", "a b?", "---", "नंबर", "\x00\x00\x00", "..."]
)
def test_anything_else_is_refused_with_words(typed):
    assert numbers.objection(numbers.read(typed))
