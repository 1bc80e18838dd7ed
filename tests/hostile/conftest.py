"""The world that is attacked: made once for each process, and brought back for each test."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.hostile import database
from tests.hostile.world import World, settle

MADE: dict[str, tuple[World, sqlite3.Connection]] = {}


@pytest.fixture
def world(app: Flask, clock: Any) -> Iterator[World]:
    """Everybody in their place, at noon."""
    key = database.path()
    if key not in MADE:
        MADE[key] = (settle(app), database.keep())
    made, copy = MADE[key]
    database.bring_back(copy)
    with database.watching():
        yield made


@pytest.fixture
def restore(world: World) -> Any:
    """Bring the world back in the middle of a test."""
    return lambda: database.bring_back(MADE[database.path()][1])
