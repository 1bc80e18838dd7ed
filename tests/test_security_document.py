"""The page docs/security.md names every requirement of ASVS 5.0.0 level 1 and 2 once, and only tests that exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/security.md").read_text()

# Every requirement of level 1 and 2 in OWASP ASVS 5.0.0, by section: the last number, or those that there are.
REQUIREMENTS: dict[str, range | tuple[int, ...]] = {
    "1.1": range(1, 3), "1.2": range(1, 10), "1.3": range(1, 12), "1.4": range(1, 4), "1.5": range(1, 3),
    "2.1": range(1, 4), "2.2": range(1, 4), "2.3": range(1, 5), "2.4": (1,),
    "3.2": range(1, 3), "3.3": range(1, 5), "3.4": range(1, 7), "3.5": range(1, 6), "3.7": range(1, 3),
    "4.1": range(1, 4), "4.2": (1,), "4.3": range(1, 3), "4.4": range(1, 5),
    "5.1": (1,), "5.2": range(1, 4), "5.3": range(1, 3), "5.4": range(1, 4),
    "6.1": range(1, 4), "6.2": range(1, 13), "6.3": range(1, 5), "6.4": range(1, 5), "6.5": range(1, 6),
    "6.6": range(1, 4), "6.8": range(1, 5),
    "7.1": range(1, 4), "7.2": range(1, 5), "7.3": range(1, 3), "7.4": range(1, 6), "7.5": range(1, 3),
    "7.6": range(1, 3),
    "8.1": range(1, 3), "8.2": range(1, 4), "8.3": (1,), "8.4": (1,),
    "9.1": range(1, 4), "9.2": range(1, 5),
    "10.1": range(1, 3), "10.2": range(1, 3), "10.3": range(1, 5), "10.4": range(1, 12), "10.5": range(1, 6),
    "10.6": range(1, 3), "10.7": range(1, 4),
    "11.1": range(1, 3), "11.2": range(1, 4), "11.3": range(1, 4), "11.4": range(1, 5), "11.5": (1,), "11.6": (1,),
    "12.1": range(1, 4), "12.2": range(1, 3), "12.3": range(1, 5),
    "13.1": (1,), "13.2": range(1, 6), "13.3": range(1, 3), "13.4": range(1, 6),
    "14.1": range(1, 3), "14.2": range(1, 5), "14.3": range(1, 4),
    "15.1": range(1, 4), "15.2": range(1, 4), "15.3": range(1, 8),
    "16.1": (1,), "16.2": range(1, 6), "16.3": range(1, 5), "16.4": range(1, 4), "16.5": range(1, 4),
    "17.1": (1,), "17.2": range(1, 5), "17.3": range(1, 3),
}  # fmt: skip
ALL = [f"{section}.{number}" for section, numbers in REQUIREMENTS.items() for number in numbers]
ROW = re.compile(r"^\| (\d+\.\d+\.\d+[^|]*) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[^`\n]+)`")


def numbers(cell):
    """The requirements of a cell like "1.2.6–1.2.8, 1.3.1": a range counts those that exist."""
    for part in cell.split(", "):
        first, _, last = part.partition("–")
        yield from ALL[ALL.index(first) : ALL.index(last or first) + 1]


def test_the_list_is_as_long_as_the_standard():
    assert len(ALL) == 253


def test_every_requirement_stands_on_the_page_once():
    told = [number for cell, _, _ in ROW.findall(PAGE) for number in numbers(cell)]
    assert sorted(told) == sorted(ALL)


def test_every_requirement_is_shown_by_a_test_or_says_where_it_is_written_or_why_it_does_not_apply():
    for cell, how, shown in ROW.findall(PAGE):
        assert how.strip(), cell
        is_written = shown.startswith(("above", "docs/")) or shown == "not applicable"
        assert is_written or NAMED.search(shown), cell


@pytest.mark.parametrize("name", sorted(set(NAMED.findall(PAGE))))
def test_a_test_named_on_the_page_exists(name):
    path, _, function = name.partition("::")
    tree = ast.parse((ROOT / path).read_text())
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    tests = {name for name in functions if name.startswith("test_")}
    assert function in tests if function else tests


@pytest.mark.parametrize("page", sorted(set(re.findall(r"docs/[a-z]+\.md", PAGE))))
def test_a_page_named_on_the_page_exists(page):
    assert (ROOT / page).exists()
