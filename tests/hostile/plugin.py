"""A plugin of pytest: counts the attacks of a run by family, and spoils one line of the portal where it is told to.

Only `make hostile` loads it. The portal itself knows nothing of it: a spoiled module is compiled from a changed text
when the tests import it, and nothing is written anywhere.
"""

import importlib.abc
import json
import os
import sys
from collections import Counter
from collections.abc import Generator, Sequence
from fnmatch import fnmatch
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest

from tests.hostile import attacks
from tests.hostile.families import FAMILIES
from tests.hostile.sabotage import DEFECTS, Defect

SABOTAGE = "SABOTAGE"  # in the environment: the name of the defect


class Spoiled(SourceFileLoader):
    """Loads one module with its defect."""

    def __init__(self, name: str, path: str, defect: Defect) -> None:
        super().__init__(name, path)
        self._defect = defect

    def get_code(self, fullname: str) -> CodeType:
        """The spoiled module; never from or into a cache."""
        source = Path(self.get_filename(fullname)).read_text(encoding="utf-8")
        return compile(self._defect.spoil(source), self.get_filename(fullname), "exec", dont_inherit=True)


class Saboteur(importlib.abc.MetaPathFinder):
    """Finds the module of a defect before anybody else does."""

    def __init__(self, defect: Defect) -> None:
        self._defect = defect

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where the spoiled module is; nothing of any other."""
        if fullname != self._defect.module:
            return None
        found = PathFinder.find_spec(fullname, path, target)
        assert found is not None
        assert found.origin is not None
        found.loader = Spoiled(fullname, found.origin, self._defect)
        return found


class Counts:
    """What the workers report, by family: how many attempts, and how many of them were refused."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tried: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add what one test tried; a test that counts nothing is one attempt of the family of its file."""
        if report.when != "call":
            return
        counted = dict(report.user_properties).get("attacks") or _of_file(report)
        for family, (tried, refused) in counted.items():
            self.tried[family] += tried
            self.refused[family] += refused

    def pytest_sessionfinish(self) -> None:
        """Leave the counts for whoever asked for them."""
        self.path.write_text(json.dumps({name: [self.tried[name], self.refused[name]] for name in self.tried}))


def _of_file(report: pytest.TestReport) -> dict[str, list[int]]:
    file = report.nodeid.split("::")[0]
    families = [family for family in FAMILIES if any(fnmatch(file, pattern) for pattern in family.files)]
    return {family.name: [1, int(report.passed)] for family in families} if not report.skipped else {}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the counts go."""
    parser.addoption("--attacks-to", type=Path, help="write the counts of attacks to a file")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Spoil before anything of the portal is imported."""
    name = os.environ.get(SABOTAGE)
    if name:
        sys.meta_path.insert(0, Saboteur(DEFECTS[name]))


def pytest_configure(config: pytest.Config) -> None:
    """Count in the process that hears of every test."""
    path = config.getoption("--attacks-to")
    if path is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Counts(path), "attacks")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Have each report carry what its test counted."""
    attacks.take()
    try:
        return (yield)
    finally:
        item.user_properties.append(("attacks", attacks.take()))
