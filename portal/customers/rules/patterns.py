"""Patterns that a shop writes for its fields: matched letter by letter in bounded time, whatever is written and typed.

Python's own expressions go back and try again, which some patterns make take for ever. Here every way through a pattern
is walked at the same time: a text of n letters takes n steps over at most LARGEST places. Known are letters, `.`,
`[a-z]`, `[^0-9]`, Python's short words for digits, letters and spaces, `( )`, `|` and the counts `?`, `*`, `+`, `{3}`
and `{2,5}`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from portal.foundation.text import _

LONGEST = 200  # characters of a pattern
LARGEST = 1000  # places of a pattern once its counts are written out
COUNTS = 100  # the largest number in { }
DEEPEST = 20  # brackets inside brackets

Test = Callable[[str], bool]


class NoPattern(ValueError):
    """The text is no pattern; the message says where and why."""


@dataclass
class _Place:
    """A place in a pattern: a test that lets one letter through, or ways on that take none."""

    test: Test | None = None
    ways: list[int] = field(default_factory=list)


class Pattern:
    """A pattern that was read; `fits` asks whether a whole text is of its form."""

    def __init__(self, source: str) -> None:
        """Read a pattern.

        Raises:
            NoPattern: it cannot be read, or is larger than is needed for a field.
        """
        if len(source) > LONGEST:
            raise NoPattern(_("Pattern must be %(n)s characters or fewer", n=LONGEST))
        self._places: list[_Place] = []
        node = _Reader(source).read()
        self._end = self._add(_Place())
        self._start = self._build(node, self._end)

    def fits(self, text: str) -> bool:
        """Whether the whole text is of this form."""
        here = self._reach([self._start])
        for letter in text:
            through = [
                place.ways[0] for place in map(self._places.__getitem__, here) if place.test and place.test(letter)
            ]
            here = self._reach(through)
            if not here:
                return False
        return self._end in here

    def _reach(self, numbers: Iterable[int]) -> set[int]:
        found: set[int] = set()
        left = list(numbers)
        while left:
            number = left.pop()
            if number not in found:
                found.add(number)
                place = self._places[number]
                if place.test is None:
                    left.extend(place.ways)
        return found

    def _add(self, place: _Place) -> int:
        if len(self._places) >= LARGEST:
            raise NoPattern(_("This pattern is too large. Use smaller counts."))
        self._places.append(place)
        return len(self._places) - 1

    def _build(self, node: "_Node", then: int) -> int:
        """Write a part of the pattern down before the place `then`, and give the place where it begins."""
        if isinstance(node, _Letter):
            return self._add(_Place(node.test, [then]))
        if isinstance(node, _Row):
            for part in reversed(node.parts):
                then = self._build(part, then)
            return then
        if isinstance(node, _Either):
            return self._add(_Place(ways=[self._build(part, then) for part in node.parts]))
        return self._repeat(node, then)

    def _repeat(self, node: "_Count", then: int) -> int:
        if node.most is None:
            loop = self._add(_Place())
            self._places[loop].ways = [self._build(node.part, loop), then]
            then = loop
        else:
            end = then
            for _time in range(node.most - node.least):
                then = self._add(_Place(ways=[self._build(node.part, then), end]))
        for _time in range(node.least):
            built = self._build(node.part, then)
            if built == then:
                break  # a part without a letter, which no count makes larger
            then = built
        return then


@dataclass(frozen=True)
class _Letter:
    test: Test


@dataclass(frozen=True)
class _Row:
    parts: list["_Node"]


@dataclass(frozen=True)
class _Either:
    parts: list["_Node"]


@dataclass(frozen=True)
class _Count:
    part: "_Node"
    least: int
    most: int | None


_Node = _Letter | _Row | _Either | _Count

KNOWN: dict[str, Test] = {
    "d": lambda letter: letter in "0123456789",
    "w": lambda letter: letter.isalnum() or letter == "_",
    "s": str.isspace,
}
ONLY_AT_THE_ENDS = "^$"


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, source: str) -> None:
        self.source = source.removeprefix("^")
        if self.source.endswith("$") and not self.source.endswith("\\$"):
            self.source = self.source[:-1]  # a pattern is of the whole text anyway
        self.at = 0
        self.depth = 0

    def read(self) -> _Node:
        node = self._either()
        if self.at < len(self.source):
            raise self._wrong(_("there is nothing that this “)” closes"))
        return node

    def _next(self) -> str:
        return self.source[self.at : self.at + 1]

    def _take(self) -> str:
        letter = self._next()
        if not letter:
            raise self._wrong(_("something is missing here"))
        self.at += 1
        return letter

    def _wrong(self, why: str) -> NoPattern:
        return NoPattern(_("At character %(n)s: %(why)s", n=self.at + 1, why=why))

    def _either(self) -> _Node:
        rows = [self._row()]
        while self._next() == "|":
            self._take()
            rows.append(self._row())
        return rows[0] if len(rows) == 1 else _Either(rows)

    def _row(self) -> _Node:
        parts: list[_Node] = []
        while self._next() and self._next() not in "|)":
            parts.append(self._counted(self._one()))
        return _Row(parts)

    def _one(self) -> _Node:
        if self._next() in "?*+{":
            raise self._wrong(_("there is nothing to count before this"))
        if self._next() in ONLY_AT_THE_ENDS:
            raise self._wrong(_("^ and $ are not needed: a pattern is of the whole answer"))
        letter = self._take()
        if letter == "(":
            return self._group()
        if letter == "[":
            return _Letter(self._class())
        if letter == ".":
            return _Letter(lambda _one: True)
        if letter == "\\":
            return _Letter(self._escaped())
        return _Letter(letter.__eq__)

    def _group(self) -> _Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._wrong(_("too many brackets inside brackets"))
        if self._next() == "?":
            self._take()
            if self._take() != ":":
                raise self._wrong(_("only (?: ) is known"))
        node = self._either()
        if self._next() != ")":
            raise self._wrong(_("a “)” is missing"))
        self._take()
        self.depth -= 1
        return node

    def _escaped(self) -> Test:
        letter = self._take()
        if letter in KNOWN:
            return KNOWN[letter]
        if letter.lower() in KNOWN:
            known = KNOWN[letter.lower()]
            return lambda one: not known(one)
        if letter.isalnum():
            raise self._wrong(_("\\%(letter)s is not known", letter=letter))
        return letter.__eq__

    def _class(self) -> Test:
        excluded = self._next() == "^"
        if excluded:
            self._take()
        tests: list[Test] = []
        while self._next() != "]" or not tests:
            tests.append(self._span())
        self._take()
        return lambda one: any(test(one) for test in tests) is not excluded

    def _span(self) -> Test:
        first = self._take()
        if first == "\\":
            return self._escaped()
        if self._next() != "-" or self.source[self.at + 1 : self.at + 2] in ("]", ""):
            return first.__eq__
        self._take()
        last = self._take()
        if last < first:
            raise self._wrong(_("this range is the wrong way round"))
        return lambda one: first <= one <= last

    def _counted(self, node: _Node) -> _Node:
        counts: dict[str, tuple[int, int | None]] = {"?": (0, 1), "*": (0, None), "+": (1, None)}
        if self._next() == "{":
            least, most = self._braces()
        elif self._next() and self._next() in counts:
            least, most = counts[self._take()]
        else:
            return node
        if self._next() and self._next() in "?*+{":
            raise self._wrong(_("one count is enough"))
        return _Count(node, least, most)

    def _braces(self) -> tuple[int, int | None]:
        end = self.source.find("}", self.at)
        least, comma, most = self.source[self.at + 1 : max(end, 0)].partition(",")
        wanted = [least, most] if comma and most else [least]
        if end < 0 or not all(text.isascii() and text.isdigit() and len(text) <= len(str(COUNTS)) for text in wanted):
            raise self._wrong(_("write a count like {3} or {2,5}"))
        low, high = int(wanted[0]), int(wanted[-1])
        if low > high or high > COUNTS:
            raise self._wrong(_("counts go from small to large, to %(n)s at most", n=COUNTS))
        self.at = end + 1
        return low, None if comma and not most else high


@lru_cache(maxsize=64)
def read(source: str) -> Pattern:
    """A pattern, kept once it was read.

    Raises:
        NoPattern: it cannot be read, or is larger than is needed for a field.
    """
    return Pattern(source)
