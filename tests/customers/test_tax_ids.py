"""PAN, GST and VAT numbers: the right ones in any spelling, the wrong ones with words that help."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.customers.rules import tax_ids

# The words of a refusal need an application; nothing in it changes from one example to the next.
any_text = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
GSTIN, PAN = "27AAPFU0939F1ZV", "AAPFU0939F"


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("pan", "aapfu 0939 f", PAN),
        ("gstin", "27-aapfu-0939-f1zv", GSTIN),
        ("gstin", "２７AAPFU0939F1ZV", GSTIN),
        ("vat_id", "de 136.695.976", "DE136695976"),
        ("vat_id", "GB 980 7806 84", "GB980780684"),
        ("vat_id", "EL 094259216", "EL094259216"),
        ("vat_id", "XI 980780684", "XI980780684"),
    ],
)
def test_a_right_number_is_taken_in_any_spelling(app, kind, typed, kept):
    assert tax_ids.tidy(typed) == kept
    assert tax_ids.objection(kind, kept) is None


@pytest.mark.parametrize(
    ("kind", "number", "words"),
    [
        ("pan", "AAPFU0939", "10 characters, like AAPFU0939F"),
        ("pan", "AAPXU0939F", "Check its fourth letter"),
        ("pan", "AAPFU0000F", "and its digits"),
        ("pan", "AAPFU093F9", "five letters, four digits and a letter"),
        ("gstin", GSTIN[:-1], "15 characters, like 27AAPFU0939F1ZV"),
        ("gstin", "27AAPFU0939F1ZO", "last character"),
        ("gstin", "99AAPFU0939F1ZV", "begin with the code of a state"),
        ("gstin", "27AAPXU0939F1ZV", "3 to 12 of a GST number are a PAN"),
        ("vat_id", "136695976", "Begin the VAT number with its country"),
        ("vat_id", "US136695976", "Begin the VAT number with its country"),
        ("vat_id", "DE136695977", "no VAT number of DE"),
        ("vat_id", "GB980780685", "no VAT number of GB"),
        ("vat_id", "DE", "no VAT number of DE"),
        ("vat_id", "", "Begin the VAT number"),
    ],
)
def test_a_wrong_number_is_refused_with_words_that_help(app, kind, number, words):
    assert words in tax_ids.objection(kind, number)


@pytest.mark.parametrize("kind", tax_ids.KINDS)
@any_text
@given(text=st.text(max_size=40))
def test_no_text_at_all_breaks_a_rule(app, kind, text):
    assert isinstance(tax_ids.objection(kind, tax_ids.tidy(text)), str | None)


@pytest.mark.parametrize("kind", tax_ids.KINDS)
@any_text
@given(text=st.from_regex(r"[A-Z0-9]{2,16}", fullmatch=True))
def test_no_number_like_one_breaks_a_rule(app, kind, text):
    assert isinstance(tax_ids.objection(kind, text), str | None)


def test_a_gst_number_goes_with_its_pan_and_its_state(app):
    assert tax_ids.objections({"gstin": GSTIN, "pan": PAN}, "mahārāshtra") == {}
    assert list(tax_ids.objections({"gstin": GSTIN, "pan": "AAPFU0939G"}, "")) == ["gstin"]
    assert "Maharashtra" in tax_ids.objections({"gstin": GSTIN}, "Goa")["state_of_registration"]
    assert tax_ids.objections({"pan": PAN}, "Goa") == {}


@pytest.mark.parametrize(("text", "shown"), [(GSTIN, "•••• 1ZV"), ("4711#", "••••"), ("1234567", "••••"), ("", "")])
def test_only_the_end_of_a_long_number_is_shown(text, shown):
    assert tax_ids.masked(text) == shown
