"""Answers in the shop's own fields: what is right for which kind, and what a file says of them."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from portal.customers.models import FieldKind
from portal.customers.rules import custom_fields as rules
from portal.customers.rules.custom_fields import Misfit

NAUGHTY = json.loads((Path(__file__).parents[1] / "vendor" / "blns.json").read_text())

pytestmark = pytest.mark.parametrize("house", ["sqlite"], indirect=True, scope="session")


@pytest.fixture(autouse=True)
def _spoken(app):
    """Refusals and days are said in words, which need a language."""
    with app.test_request_context():
        yield


@dataclass
class Asked:
    """A definition without a table."""

    kind: FieldKind
    name: str = "GST number"
    example: str = ""
    pattern: str = ""
    choices: list[str] = field(default_factory=lambda: ["Red", "Grün", "Light blue"])


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (FieldKind.TEXT, ["  two   words "], "two words"),
        (FieldKind.TEXT, ["e\u0301t\u00e9"], "été"),
        (FieldKind.LONG_TEXT, ["one\r\n two  \r\n"], "one\n two"),
        (FieldKind.NUMBER, ["1,234.50"], "1234.5"),
        (FieldKind.NUMBER, ["-0"], "0"),
        (FieldKind.NUMBER, ["+7"], "7"),
        (FieldKind.NUMBER, ["100"], "100"),
        (FieldKind.DATE, ["1990-3-7"], "1990-03-07"),
        (FieldKind.CHOICE, ["grun"], "Grün"),
        (FieldKind.CHOICES, ["Light blue", "RED", "red"], ["Red", "Light blue"]),
        (FieldKind.YES_NO, ["Yes"], True),
        (FieldKind.YES_NO, ["0"], False),
        (FieldKind.LINK, ["shop.example/a?b=c"], "https://shop.example/a?b=c"),
        *((kind, ["", "  "], None) for kind in FieldKind if kind is not FieldKind.FILE),
    ],
)
def test_what_is_typed_is_kept_in_one_form(kind, typed, kept):
    assert rules.read(Asked(kind), typed) == kept


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (FieldKind.TEXT, "x" * 256),
        (FieldKind.TEXT, "nul\x00"),
        (FieldKind.LONG_TEXT, "x" * 4001),
        (FieldKind.NUMBER, "twelve"),
        (FieldKind.NUMBER, "1e999999999"),
        (FieldKind.NUMBER, "NaN"),
        (FieldKind.NUMBER, "1" * 19),
        (FieldKind.NUMBER, "1" * 16),
        (FieldKind.NUMBER, "1,23"),
        (FieldKind.NUMBER, "١٢"),
        (FieldKind.DATE, "2026-02-30"),
        (FieldKind.DATE, "0000-01-01"),
        (FieldKind.DATE, "27.3.1990"),
        (FieldKind.CHOICE, "Purple"),
        (FieldKind.CHOICES, "Red; Purple"),
        (FieldKind.YES_NO, "perhaps"),
        (FieldKind.LINK, "javascript:alert(1)"),
        (FieldKind.LINK, "data://text.html,x"),
        (FieldKind.LINK, "https://ann:secret@shop.example"),
        (FieldKind.LINK, 'https://shop.example/"onclick=x'),
        (FieldKind.LINK, "https://[shop.example"),
        (FieldKind.LINK, "https://shop.example:99999"),
        (FieldKind.LINK, "nothing"),
    ],
)
def test_what_is_not_right_is_refused_with_words(kind, typed):
    with pytest.raises(Misfit) as refusal:
        rules.read(Asked(kind), [typed])
    assert str(refusal.value)


def test_a_pattern_is_asked_and_the_example_is_told():
    asked = Asked(FieldKind.TEXT, pattern="[0-9]{6}", example="411001")
    assert rules.read(asked, ["411001"]) == "411001"
    with pytest.raises(Misfit, match="GST number must look like 411001"):
        rules.read(asked, ["four"])


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (("3", "Mar", "1990"), "1990-3-3"),
        (("03", "03", "1990"), "1990-03-03"),
        (("", "", ""), ""),
        (("3", "", ""), "--3"),
    ],
)
def test_a_date_is_typed_in_three_boxes(parts, text):
    assert rules.day_of(*parts) == text


def test_a_date_that_was_typed_wrongly_stands_in_its_boxes_again():
    assert rules.day_parts("1990-03-07") == ("7", "3", "1990")
    assert rules.day_parts(rules.day_of("x", "13", "")) == ("x", "13", "")


@pytest.mark.parametrize("kind", [kind for kind in FieldKind if kind is not FieldKind.FILE])
def test_what_a_file_says_is_read_back_as_it_was(kind):
    asked = Asked(kind)
    typed = {
        FieldKind.NUMBER: ["12.5"],
        FieldKind.DATE: ["1990-03-07"],
        FieldKind.CHOICE: ["Light blue"],
        FieldKind.CHOICES: ["Light blue", "Red"],
        FieldKind.YES_NO: ["no"],
        FieldKind.LINK: ["https://shop.example"],
        FieldKind.LONG_TEXT: ["one\ntwo; three"],
    }.get(kind, ["=1+1; two"])
    kept = rules.read(asked, typed)
    assert kept is not None
    assert rules.from_text(asked, rules.as_text(asked, kept)) == kept
    assert rules.from_text(asked, rules.as_text(asked, None)) is None


def test_a_file_is_nothing_that_a_cell_holds():
    asked = Asked(FieldKind.FILE)
    assert rules.as_text(asked, "certificate.pdf") == ""
    assert rules.from_text(asked, " ") is None
    with pytest.raises(Misfit):
        rules.from_text(asked, "certificate.pdf")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["Red"], "at least two"),
        (["Red", "red; blue"], "semicolon"),
        (["Red", "x" * 81], "longer"),
        ([str(n) for n in range(101)], "100"),
    ],
)
def test_choices_that_cannot_be_told_apart_or_written_down_are_refused(lines, words):
    with pytest.raises(Misfit, match=words):
        rules.check_choices(lines)


def test_every_naughty_string_is_kept_or_refused_and_never_breaks(app):
    for kind in (kind for kind in FieldKind if kind is not FieldKind.FILE):
        for text in NAUGHTY:
            try:
                kept = rules.read(Asked(kind), [text])
            except Misfit:
                continue
            if kept is not None:
                assert rules.read(Asked(kind), [rules.as_text(Asked(kind), kept)]) == kept
                assert isinstance(rules.shown(Asked(kind), kept), str)


@pytest.mark.parametrize(
    ("name", "key"), [("GST number", "gst_number"), ("Größe (cm)", "grosse_cm"), ("名前", ""), ("x" * 60, "x" * 40)]
)
def test_a_name_has_a_spelling_for_files(name, key):
    assert rules.key_of(name) == key
