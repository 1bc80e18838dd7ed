"""What SQLite knows of its tables follows them as they grow, in every process."""

import itertools

import pytest
import sqlalchemy as sa

from portal.foundation import planning
from portal.foundation.database import db
from portal.ledgers.models import LedgerLink
from portal.stores.models import Store

ROWS = planning.WORTH * 2
_numbers = itertools.count()
BY_LINE = "SELECT code FROM ledger_link WHERE ledger = 'channels' AND line_id IN (1, 2)"
FIGURES = "SELECT tbl, idx, stat FROM sqlite_stat1 WHERE tbl = 'ledger_link'"


@pytest.fixture
def figures(app):
    """Reads the figures of the links of consent; those that a test takes go with it."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL takes figures by itself")
    with db.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE sqlite_schema")
        connection.exec_driver_sql("DELETE FROM sqlite_stat1")
    yield lambda: told(FIGURES)
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM sqlite_stat1")
        planning._tell(connection)


def told(words):
    with db.engine.connect() as connection:
        return connection.exec_driver_sql(words).all()


def come(number, begin=0):
    """So many lines are sealed."""
    own = {"ledger": "newsletter", "key_id": "k", "marks": "", "code": "c"}
    told = [{"position": n, "line_id": n, **own} for n in range(begin, begin + number)]
    db.session.execute(sa.insert(LedgerLink), told)
    db.session.commit()


def way(connection):
    """By which way a connection goes; an explanation that it has kept would tell of the one before."""
    connection.exec_driver_sql(BY_LINE).all()
    found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {BY_LINE} -- {next(_numbers)}").all()
    connection.rollback()
    return found[0][3]


def test_a_table_that_has_grown_is_learned_once_and_every_connection_hears_of_it(figures):
    come(3)
    with db.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE ledger_link")
        planning._tell(connection)
    with db.engine.connect() as other:
        assert "SCAN" in way(other)
        come(ROWS, 3)
        assert "SCAN" in way(other)  # as it is among three
        planning.learn()
        assert "SEARCH" in way(other)
    taken = figures()
    assert {stat.split()[0] for _table, index, stat in taken if index} == {str(ROWS + 3)}
    come(100, ROWS + 3)
    planning.learn()
    assert figures() == taken  # a little more changes no way


def test_a_small_table_is_taken_for_a_larger_one_before_it_is_one(figures):
    come(3)
    planning.learn()
    assert figures() == [("ledger_link", None, str(planning.WORTH))]
    with db.engine.connect() as other:
        assert "SEARCH" in way(other)


def test_a_table_that_was_cleared_is_not_learned_again_and_again(figures):
    db.session.add(Store(id=planning.WORTH * 9, code="ninth", name="Ninth", time_zone="UTC", currency="EUR"))
    db.session.commit()
    assert planning._outgrown()["store"] == planning.WORTH * 9  # by its ids, of which one is left
    planning.learn()
    assert planning._outgrown() == {}


def test_nobody_waits_for_more_than_one_index(figures, monkeypatch):
    planning.learn()
    come(ROWS * planning.GROWN)
    begun, begin = [], db.engine.begin
    monkeypatch.setattr(db.engine, "begin", lambda: begun.append(1) or begin())
    planning.learn()
    assert len(begun) == len([index for _table, index, _stat in figures() if index]) + 1


def test_nothing_is_left_behind_in_a_shop_that_just_began(figures):
    planning.learn()
    assert planning._outgrown() == {}
    assert told("SELECT name FROM sqlite_master WHERE name = 'figures_are_new'") == []


def test_a_learner_that_was_stopped_on_the_way_begins_that_table_anew(figures, monkeypatch):
    planning.learn()
    come(ROWS * planning.GROWN)
    begin, left = db.engine.begin, iter([1])  # it gets as far as one step

    def stopped():
        next(left)
        return begin()

    with monkeypatch.context() as dying:
        dying.setattr(db.engine, "begin", stopped)
        with pytest.raises(StopIteration):
            planning.learn()
    assert "ledger_link" in planning._outgrown()
    planning.learn()
    assert planning._outgrown() == {}
    assert [stat.split()[0] for _table, index, stat in figures() if index] == [str(ROWS * planning.GROWN)]
