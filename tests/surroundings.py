"""What this machine has for the tests. `make test` wants all of it; plain `pytest` goes without and says so."""

import importlib.util
import os
import zlib

from tests import postgres

WHOLE = "PORTAL_TEST_WHOLE" in os.environ  # set by `make test`: what is missing is then an error, never left out
EVERY_ATTACK = "PORTAL_TEST_EVERY_ATTACK" in os.environ  # set by `make hostile`: other runs try a third of the texts
PAGES = ("tests/backoffice/", "tests/hostile/", "tests/storefront/")  # of doors, which own no tables
SHARE = 3  # of their tests on PostgreSQL, one in so many is part of every run, and all of `make hostile`'s


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


def is_spared(test: str) -> bool:
    """Whether a run of everything goes without a test: pages own no tables, so some on the second database will do.

    Verbs, which do, run on both; so does every test of a file that is named.
    """
    is_page = test.startswith(PAGES) and "postgresql" in test.partition("[")[2]
    return not EVERY_ATTACK and is_page and zlib.crc32(test.encode()) % SHARE != 0


def left_out() -> list[str]:
    """What the tests go without, in words."""
    return [
        *([] if "postgresql" in DATABASES else ["left out: every test on PostgreSQL (its binaries are not here)"]),
        *([] if JOURNEYS else ["left out: tests/journeys (requirements-dev.txt is not installed)"]),
    ]
