"""How a writer waits for SQLite's one write lock: it looks often at first, then as patiently as it was told."""

import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from portal.foundation import engines
from portal.foundation.database import db


@pytest.fixture
def other(app):
    """Another process that writes."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL locks rows.")
    db.session.remove()
    with closing(sqlite3.connect(str(db.engine.url.database), isolation_level=None, check_same_thread=False)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        yield writer


def patience():
    return db.session.scalar(sa.text("SELECT timeout FROM pragma_busy_timeout"))


def test_a_writer_that_was_told_to_be_quick_is_refused_and_the_next_one_is_patient_again(other):
    with pytest.raises(OperationalError, match="locked"):
        db.session.connection(execution_options={engines.PATIENCE: 1})
    db.session.rollback()
    other.execute("ROLLBACK")
    assert patience() == 15_000


def test_a_lock_that_comes_free_between_two_looks_is_taken_without_the_longer_wait(other, monkeypatch):
    looks = []

    def look(seconds):
        looks.append(seconds)
        if len(looks) == 3:
            other.execute("ROLLBACK")

    monkeypatch.setattr(engines.time, "sleep", look)
    db.session.connection(execution_options={engines.PATIENCE: 0})
    assert looks == [engines.LOOK] * 3
    assert patience() == 15_000


def test_a_lock_that_is_seldom_free_is_looked_for_often_as_long_as_there_is_patience(other, monkeypatch):
    looks = []

    def look(seconds):
        looks.append(seconds)
        if len(looks) == engines.LOOKS + 50:
            other.execute("ROLLBACK")

    monkeypatch.setattr(engines.time, "sleep", look)
    db.session.connection()
    assert looks == [engines.LOOK] * engines.LOOKS + [engines.LATER] * 50


def test_what_is_not_a_lock_is_not_waited_for(other):
    with pytest.raises(sqlite3.OperationalError, match="within a transaction"):
        engines._begins_within(other, 0)
