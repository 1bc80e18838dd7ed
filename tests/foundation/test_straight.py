"""Statements that go straight to the driver behave like those that take SQLAlchemy's way."""

from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, IntegrityError, PendingRollbackError

from portal.accounts.models import Account, AccountStatus, Realm
from portal.foundation import database
from portal.foundation.database import db, table_of
from portal.foundation.straight import Straight
from portal.foundation.throttle import ThrottleCount
from portal.mail.models import OutboxMessage, State
from tests import cast

MOMENT = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)
ACCOUNTS, MAILS, COUNTS = table_of(Account), table_of(OutboxMessage), table_of(ThrottleCount)
COUNT = Straight(sa.insert(COUNTS))
HITS = Straight(sa.select(COUNTS.c.hits, COUNTS.c.expires_at).where(COUNTS.c.key == sa.bindparam("wanted")))


def counted(key, hits=1):
    COUNT.run({"key": key, "hits": hits, "expires_at": MOMENT})


def test_moments_choices_and_json_come_back_as_what_they_are(app):
    ann = cast.account(cast.ANN)
    person = Straight(
        sa.select(ACCOUNTS.c.realm, ACCOUNTS.c.status, ACCOUNTS.c.held_for, ACCOUNTS.c.created_at).where(
            ACCOUNTS.c.id == sa.bindparam("who")
        )
    )
    assert person.one({"who": ann.id}) == (Realm.CUSTOMER, AccountStatus.ENABLED, None, ann.created_at)
    post = Straight(sa.insert(MAILS).returning(MAILS.c.context, MAILS.c.due_at))
    mail = {"kind": "k", "to": "a@b.example", "to_key": "a@b.example", "message_id": "<1@b>", "context": {"one": [1]}}
    assert post.one({**mail, "due_at": MOMENT}) == ({"one": [1]}, MOMENT)


def test_columns_that_are_not_given_get_their_defaults(app, clock):
    mail = {"kind": "k", "to": "a@b.example", "to_key": "a@b.example", "message_id": "<1@b>", "context": {}}
    post = Straight(sa.insert(MAILS).returning(MAILS.c.id))
    [number] = post.one(mail)
    row = db.session.get_one(OutboxMessage, number)
    assert (row.state, row.tries, row.subject, row.created_at) == (State.QUEUED, 0, "", row.due_at)
    [later] = post.one({**mail, "message_id": "<2@b>", "due_at": MOMENT, "tries": 3})
    assert (db.session.get_one(OutboxMessage, later).due_at, db.session.get_one(OutboxMessage, later).tries) == (
        MOMENT,
        3,
    )


def test_postgresql_keeps_its_plan_unless_the_way_depends_on_the_values(app):
    anew = Straight(sa.select(COUNTS.c.expires_at).where(COUNTS.c.key == sa.bindparam("wanted")), plans_anew=True)
    for _ in range(7):
        assert (HITS.rows({"wanted": "nobody"}), anew.rows({"wanted": "nobody"})) == ([], [])
        db.session.scalars(sa.select(ThrottleCount.hits).where(ThrottleCount.key == "nobody")).all()
    if db.engine.dialect.name == "postgresql":
        asked = sa.text("SELECT statement, generic_plans > 0 FROM pg_prepared_statements")
        told = {
            " ".join(statement.partition("FROM")[0].split()): is_kept
            for statement, is_kept in db.session.execute(asked)
        }
        assert told["SELECT throttle_count.hits, throttle_count.expires_at"] is True
        assert not {"SELECT throttle_count.expires_at", "SELECT throttle_count.hits"} & told.keys()


def test_it_is_a_part_of_the_transaction_at_hand(app):
    counted("kept")
    db.session.commit()
    counted("forgotten")
    db.session.rollback()
    assert HITS.row({"wanted": "kept"}) == (1, MOMENT)
    assert HITS.row({"wanted": "forgotten"}) is None
    with pytest.raises(ValueError, match="not enough values"):
        HITS.one({"wanted": "forgotten"})


def test_how_many_rows_it_changed_is_told(app):
    counted("a")
    counted("b", hits=5)
    least = COUNTS.c.hits > sa.bindparam("least")
    more = Straight(sa.update(COUNTS).where(least).values(hits=COUNTS.c.hits + 1))
    assert [more.run({"least": least}) for least in (0, 5, 7)] == [2, 1, 0]


def test_a_transaction_that_reads_refuses_it_to_write_and_a_hash_waits_for_the_end_of_one(app):
    counted("a")
    with pytest.raises(RuntimeError, match="read, hash, then write"):
        database.release()
    db.session.commit()
    database.read_only()
    assert HITS.row({"wanted": "a"}) == (1, MOMENT)
    with pytest.raises(RuntimeError, match="never writes"):
        counted("b")


def test_what_is_missing_or_taken_is_refused(app):
    with pytest.raises(KeyError, match="wanted"):
        HITS.row({})
    counted("a")
    with pytest.raises(IntegrityError):
        counted("a")


def test_words_that_look_like_sql_or_like_places_for_values_are_only_words(app):
    for words in ("%(hits)s ? :hits", "a'; DELETE FROM throttle_count; --", "100 %"):
        counted(words)
        assert HITS.row({"wanted": words}) == (1, MOMENT)


def test_a_list_that_stands_in_it_is_taken_as_it_is_beside_what_is_given(app):
    for name, hits in (("a", 1), ("b", 2), ("c", 3)):
        counted(name, hits)
    some = COUNTS.c.key.in_(["c", "a", "none"])
    rows = Straight(sa.select(COUNTS.c.key).where(some, COUNTS.c.hits >= sa.bindparam("least")).order_by(COUNTS.c.key))
    assert rows.rows({"least": 1}) == [("a",), ("c",)]
    assert rows.rows({"least": 2}) == [("c",)]
    assert Straight(sa.select(COUNTS.c.key).where(COUNTS.c.key.in_([]))).rows({}) == []


def test_rows_tell_their_columns_by_name(app):
    counted("a", 5)
    row = Straight(sa.select(COUNTS.c.key, COUNTS.c.hits.label("times"), COUNTS.c.expires_at)).one({})
    assert (row.key, row.times, row.expires_at) == ("a", 5, MOMENT)


def test_one_that_is_settled_takes_the_values_that_it_took_and_no_others(app):
    counted("a")
    asked = Straight(sa.select(COUNTS.c.hits, COUNTS.c.expires_at).where(COUNTS.c.key == sa.bindparam("wanted")))
    assert asked.row({"wanted": "a"}) == (1, MOMENT)
    asked.settle()
    assert asked.row({"wanted": "a"}) == (1, MOMENT)
    assert asked.row({"wanted": "b"}) is None
    with pytest.raises(KeyError, match="settled"):
        asked.row({"wanted": "a", "other": 1})


def test_listeners_of_the_engine_hear_of_it_and_may_change_its_words(app):
    counted("a")
    heard = []

    def change(_connection, _cursor, words, values, *_):
        return words.replace("throttle_count.hits,", "throttle_count.hits + 10,", 1), values

    def hear(_connection, _cursor, words, *_):
        heard.append(words)

    with listening("before_cursor_execute", change, retval=True), listening("after_cursor_execute", hear):
        assert HITS.row({"wanted": "a"}) == (11, MOMENT)
    assert ["hits + 10" in words for words in heard] == [True]


def test_after_what_the_session_was_refused_it_waits_for_the_rollback_as_every_statement_does(app):
    counted("a")
    db.session.add(ThrottleCount(key="a", hits=1, expires_at=MOMENT))
    with pytest.raises(IntegrityError):
        db.session.flush()
    with pytest.raises(PendingRollbackError):
        counted("b")
    db.session.rollback()
    counted("b")


def test_a_connection_that_is_lost_is_known_to_be_and_another_one_is_opened(app):
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no server")
    lost = db.session.scalar(sa.text("SELECT pg_backend_pid()"))
    assert HITS.row({"wanted": "a"}) is None
    with db.engine.connect() as other:
        other.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": lost})
    with pytest.raises(DBAPIError) as error:
        HITS.row({"wanted": "a"})
    assert error.value.connection_invalidated
    db.session.rollback()
    assert HITS.row({"wanted": "a"}) is None


@contextmanager
def listening(name, call, **how):
    event.listen(db.engine, name, call, **how)
    try:
        yield
    finally:
        event.remove(db.engine, name, call)
