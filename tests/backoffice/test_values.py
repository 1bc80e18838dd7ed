"""What a changed field held is told as people read it; what it can't be any more is told as it was kept."""

import pytest

from portal.backoffice import values


@pytest.mark.parametrize(
    ("field", "kept", "told"),
    [
        ("date_of_birth", "1987-03-27", "27 Mar 1987"),
        ("anniversary", "", ""),
        ("anniversary", None, None),
        ("date_of_birth", "some day", "some day"),
        ("gender", "female", "Female"),
        ("gender", "unheard of", "unheard of"),
        ("nationality", "IN", "India"),
        ("preferred_channel", "telephone", "Telephone call"),
        ("status", "no-account", "No account"),
        ("approval", "gate", "Before first sign-in"),
        ("merged_number", "100000011", "1000 0001 1"),
        ("merged_number", "OLD-7", "OLD-7"),
        ("allow_credit_sale", True, "yes"),
        ("rows", 12345, "12,345"),
        ("remarks", "Call before delivering.", "Call before delivering."),
    ],
)
def test_a_value_is_told_in_words(app, field, kept, told):
    assert values.in_words(field, kept) == told
