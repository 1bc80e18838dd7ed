"""What this machine has for the tests. `make test` wants all of it; plain `pytest` goes without and says so."""

import importlib.util
import os
import zlib

import pytest

from tests import postgres

WHOLE = "PORTAL_TEST_WHOLE" in os.environ  # set by `make test`: what is missing is then an error, never left out
EVERY_ATTACK = "PORTAL_TEST_EVERY_ATTACK" in os.environ  # set by `make test EVERY=1` and `make hostile`
PAGES = ("tests/backoffice/", "tests/hostile/", "tests/storefront/")  # of doors, which own no tables
VISITORS = {"browser", "browsers", "client"}  # who asks for one of these opens pages, wherever the test stands
SHARE = 3  # of attacks that hardly differ, one in so many is part of every run
SECOND = 5  # of tests that open pages, one in so many runs on the second database, too


def has_postgresql() -> bool:
    """Whether the binaries of a PostgreSQL are here."""
    try:
        postgres.binaries()
    except FileNotFoundError:
        return False
    return True


def has_browser() -> bool:
    """Whether a browser can be driven."""
    return importlib.util.find_spec("playwright") is not None


DATABASES = ["sqlite", "postgresql"] if WHOLE or has_postgresql() else ["sqlite"]
JOURNEYS = WHOLE or has_browser()


def in_turn(*names: object, share: int = SHARE) -> bool:
    """Whether one of very many combinations is tried in this run: a share, chosen by name, so always the same."""
    return EVERY_ATTACK or zlib.crc32(repr(names).encode()) % share == 0


def is_spared(item: pytest.Item) -> bool:
    """Whether a run of everything goes without a test: pages own no tables, so some on the second database will do.

    Verbs, which do, run on both; so does what happens at the same moment, and every test of a file that is named.
    """
    asked = set(getattr(item, "fixturenames", ()))
    is_page = item.nodeid.startswith(PAGES) or bool(VISITORS & asked)
    is_second = "postgresql" in item.nodeid.partition("[")[2]
    return is_page and is_second and "at_once" not in asked and not in_turn(item.nodeid, share=SECOND)


def place(item: pytest.Item) -> int:
    """Where a test stands in a run: the long ones first, so that no worker begins one when the other is done."""
    if item.get_closest_marker("browser"):
        return 0
    if item.get_closest_marker("real"):
        return 1
    return 2 if item.nodeid.startswith("tests/hostile/") else 3


def put_lookers_first(items: list[pytest.Item]) -> None:
    """In each file, the tests that only look come first, so that what they look at is made once."""
    files: dict[object, int] = {}
    for item in items:
        files.setdefault(item.path, len(files))
    items.sort(key=lambda item: (files[item.path], "only_read" not in getattr(item, "fixturenames", ())))


def left_out() -> list[str]:
    """What the tests go without, in words."""
    return [
        *([] if "postgresql" in DATABASES else ["left out: every test on PostgreSQL (its binaries are not here)"]),
        *([] if JOURNEYS else ["left out: tests/journeys (requirements-dev.txt is not installed)"]),
    ]
