"""A defect of one line, with the tests that must turn red; `make hostile` tries all of them, one after the other.

A defect is a line of the portal as it is, and as somebody might write it by mistake. Where the line was changed for a
good reason, change it in its list, too: the suite says so (see test_sabotage).
"""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Defect:
    """One mistake.

    Args:
        name: what was forgotten or done wrong, in words.
        file: where, from the root.
        right: the text as it is; it stands there once.
        wrong: the text with the mistake.
        tests: files or tests, from `tests/`, of which one must fail.
        database: on which they run; SQLite lets writers in one by one, and so hides a lock that is missing.
    """

    name: str
    file: str
    right: str
    wrong: str
    tests: tuple[str, ...]
    database: str = "sqlite"

    @property
    def module(self) -> str:
        """The name by which the spoiled file is imported."""
        return self.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def spoil(self, source: str) -> str:
        """The source with the mistake.

        Raises:
            ValueError: the line is no longer there, or there more than once.
        """
        if source.count(self.right) != 1:
            raise ValueError(f"{self.name}: {self.file} has {source.count(self.right)} times {self.right!r}")
        return source.replace(self.right, self.wrong)

    def source(self) -> str:
        """The file as it is."""
        return (ROOT / self.file).read_text(encoding="utf-8")
