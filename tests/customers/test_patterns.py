"""Patterns of the shop's fields: they say what Python's own say, and no pattern with no text takes long."""

import random
import re
import warnings

import pytest

from portal.customers.rules import patterns
from portal.customers.rules.patterns import NoPattern, Pattern

GST = "[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][0-9A-Z]Z[0-9A-Z]"

pytestmark = pytest.mark.parametrize("house", ["sqlite"], indirect=True, scope="session")


@pytest.fixture(autouse=True)
def _spoken(app):
    """Refusals are said in words, which need a language."""


@pytest.mark.parametrize(
    ("pattern", "fitting", "other"),
    [
        (GST, ["27AAPFU0939F1ZV"], ["27aapfu0939f1zv", "27AAPFU0939F1ZV ", "", "27AAPFU0939F1Z"]),
        (r"\d{6}", ["411001"], ["41100", "4110011", "٤١١٠٠١"]),
        ("(yes|no)?", ["yes", "no", ""], ["yesno", "maybe"]),
        ("[^ ]+@[a-z.]+", ["ann@demo.example"], ["@demo", "an n@demo"]),
        ("a{2,}", ["aa", "aaaaaa"], ["a", "b"]),
        ("^ABC$", ["ABC"], ["ABCD"]),
        (r"\$\.", ["$."], ["$x"]),
        ("[]a-]+", ["]", "-a"], ["b"]),
    ],
)
def test_a_pattern_is_of_the_whole_text(pattern, fitting, other):
    assert [text for text in fitting if not Pattern(pattern).fits(text)] == []
    assert [text for text in other if Pattern(pattern).fits(text)] == []


@pytest.mark.parametrize(
    "pattern",
    [
        *("(", ")", "a)", "[a", "*a", "a**", "a{3", "a{x}", "a{5,2}", "a{101}", "[z-a]", r"\1", r"\p", "(?=a)", "a$b"),
        *("\\", "a" * 201, "((a{100}){100}){100}", "(" * 30 + "a" + ")" * 30),
    ],
)
def test_what_is_no_pattern_is_refused_with_words(pattern):
    with pytest.raises(NoPattern) as refusal:
        Pattern(pattern)
    assert str(refusal.value)


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+b", "(a|a)*b", "(a*)*(a*)*b", "(a|aa)+b", "(.*)(.*)(.*)(.*)b", "(a?){100}a{100}b", "(()*)*b", "(){100}b"],
)
def test_a_pattern_that_makes_others_go_back_for_ever_takes_one_step_a_letter(pattern, monkeypatch):
    found, steps = Pattern(pattern), []
    reach = Pattern._reach
    monkeypatch.setattr(Pattern, "_reach", lambda self, numbers: steps.append(1) or reach(self, numbers))
    assert found.fits("a" * 4000 + "c") is False
    assert len(steps) <= 4002
    assert len(found._places) <= patterns.LARGEST


def test_empty_brackets_counted_again_and_again_make_nothing_larger():
    pattern = "()"
    for _ in range(12):
        pattern = f"({pattern}){{100}}"
    assert Pattern(pattern).fits("")


def test_python_says_the_same_of_thousands_of_patterns():
    chance = random.Random(4)
    differ = []
    for _ in range(20000):
        pattern = "".join(chance.choice("ab01.[]()|?*+{},2-^\\d") for _ in range(chance.randint(1, 9)))
        try:
            mine = Pattern(pattern)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                theirs = re.compile(pattern)
        except (NoPattern, re.error):
            continue
        texts = ["".join(chance.choice("ab01-,") for _ in range(chance.randint(0, 5))) for _ in range(4)]
        differ += [(pattern, text) for text in texts if mine.fits(text) != bool(theirs.fullmatch(text))]
    assert differ == []
