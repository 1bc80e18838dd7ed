"""How many rows of an import one transaction takes, so that SQLite's one lock is never held for long."""

from portal.foundation import database, engines
from portal.foundation.database import db
from portal.transfers.service import staging
from portal.transfers.service.staging import FEWEST, HELD, Pace

SLOW, QUICK = 10 * HELD, HELD / 10  # seconds of one step


def test_a_step_takes_fewer_rows_after_one_that_held_the_lock_for_long_and_more_again_after_a_quick_one(app):
    pace = Pace()
    first = pace.rows()
    for _step in range(5):
        pace.took(pace.rows(), SLOW)
    slow = pace.rows()
    for _step in range(5):
        pace.took(pace.rows(), QUICK)
    if db.engine.dialect.name == "postgresql":  # where writers do not wait for each other
        assert [first, slow, pace.rows()] == [staging.batch()] * 3
    else:
        assert FEWEST <= slow < first < pace.rows() <= staging.batch()


def test_the_few_rows_at_the_end_of_a_file_say_nothing_about_the_next(app):
    pace = Pace()
    first = pace.rows()
    pace.took(3, SLOW)
    assert pace.rows() == first


def told(driver, pragmas):
    """The same as the connection has them now."""
    names = [pragma.partition("=")[0] for pragma in pragmas]
    return tuple(f"{name}={driver.execute(f'PRAGMA {name}').fetchone()[0]}" for name in names)


def test_who_writes_thousands_of_rows_keeps_more_pages_of_sqlite_in_mind_and_lets_go_of_them_at_the_end(app):
    database.widen()
    if db.engine.dialect.name != "sqlite":
        return
    driver = db.session.connection().connection.driver_connection
    assert told(driver, engines.SQLITE_WIDE) == engines.SQLITE_WIDE
    database.rollback()
    assert told(driver, engines.SQLITE_AGAIN) == engines.SQLITE_AGAIN
