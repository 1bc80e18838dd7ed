"""What a transaction may do: readers never write, hashes never run inside one."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from portal.audit.service import OPERATOR, Subject, record
from portal.foundation import database, engines, form_keys, patience
from portal.foundation.database import db
from portal.newsletter.models import Audience, ConsentAction, ConsentEvent, ConsentSource
from portal.stores.models import Store
from tests import cast


def test_every_shop_starts_with_the_store_online(app):
    assert db.session.scalars(sa.select(Store.code)).all() == ["online"]


def test_a_reading_transaction_refuses_to_write(app):
    database.read_only()
    db.session.add(Store(code="x", name="X", time_zone="UTC", currency="EUR"))
    with pytest.raises(RuntimeError, match="never writes"):
        db.session.flush()


def test_a_session_that_is_opened_later_only_reads_too_until_the_end_of_its_request(app):
    db.session.remove()
    database.read_only()
    db.session.add(Store(code="x", name="X", time_zone="UTC", currency="EUR"))
    with pytest.raises(RuntimeError, match="never writes"):
        db.session.flush()
    db.session.remove()
    db.session.add(Store(code="x", name="X", time_zone="UTC", currency="EUR"))
    db.session.flush()


@pytest.mark.parametrize("path", ["/healthz", "/sign-in"])
def test_a_request_that_asks_nothing_of_the_database_opens_no_session(app, monkeypatch, path):
    app.test_client().get(path)  # draws what is kept
    opened = []
    monkeypatch.setattr(database.Session, "__init__", lambda *_, **__: opened.append(path))
    assert app.test_client().get(path).status_code == 200
    assert opened == []


def test_an_error_of_the_database_tells_the_log_nothing_of_anybody(app):
    cast.account(cast.ANN)
    with pytest.raises(IntegrityError) as error:
        cast.account(cast.ANN)
    assert cast.ANN.email not in str(error.value).split("[SQL", 1)[1]
    assert "$2b$" not in str(error.value)


def test_release_after_a_change_is_refused(app):
    db.session.add(Store(code="x", name="X", time_zone="UTC", currency="EUR"))
    with pytest.raises(RuntimeError, match="read, hash, then write"):
        database.release()


def test_a_form_sent_twice_counts_once(app):
    assert form_keys.first_use("k") is not None
    assert form_keys.first_use("k") is None


def test_the_cast_can_be_put_on_stage(app):
    ann = cast.customer(cast.ANN)
    assert ann.account.is_enabled
    assert cast.applicant(cast.IVY, cast.group()).is_open


@pytest.mark.parametrize("only_reading", [True, False])
def test_all_statements_of_a_transaction_share_one_connection(app, only_reading):
    if only_reading:
        database.read_only()
    for _ in range(3):
        db.session.scalars(sa.select(Store)).all()
    assert db.engine.pool.checkedout() == 1


def test_a_note_is_written_after_a_request_that_only_reads(app):
    database.read_only()
    db.session.scalars(sa.select(Store)).all()
    database.note(lambda: db.session.add(Store(code="x", name="X", time_zone="UTC", currency="EUR")))
    database.commit()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Store)) == 2


def test_work_that_waits_for_the_commit_is_dropped_by_a_rollback(app):
    done = []
    database.after_commit(lambda: done.append("first"))
    database.rollback()
    database.after_commit(lambda: done.append("second"))
    database.commit()
    assert done == ["second"]


def test_many_writers_at_once_wait_for_each_other(app):
    def write(n):
        with app.app_context(), database.transaction():
            seen = db.session.scalar(sa.select(sa.func.count()).select_from(Store))
            db.session.add(Store(code=f"s{n}", name=str(seen), time_zone="UTC", currency="EUR"))

    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(write, range(40)))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Store)) == 41


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_entry SET verb = 'other'",
        "DELETE FROM audit_entry",
        "UPDATE consent_event SET address = 'elsewhere'",
        "UPDATE consent_event SET email = 'other@demo.example'",
        "DELETE FROM consent_event",
    ],
)
def test_the_trail_and_the_ledger_can_only_grow(app, change):
    record("customer.edited", Subject("customer", 1, "Ann"), by=OPERATOR)
    audience = db.session.scalars(sa.select(Audience)).one()
    line = {"subject_hmac": "h", "email": "ann@demo.example", "audience_id": audience.id}
    db.session.add(ConsentEvent(**line, action=ConsentAction.REQUEST, source=ConsentSource.ACCOUNT))
    db.session.commit()
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(sa.text(change))


def test_the_ledger_lets_the_address_of_an_erased_person_go(app):
    audience = db.session.scalars(sa.select(Audience)).one()
    line = {"subject_hmac": "h", "email": "ann@demo.example", "audience_id": audience.id}
    db.session.add(ConsentEvent(**line, action=ConsentAction.REQUEST, source=ConsentSource.ACCOUNT))
    db.session.commit()
    db.session.execute(sa.text("UPDATE consent_event SET email = NULL"))
    db.session.commit()
    assert db.session.scalars(sa.select(ConsentEvent.email)).one() is None


@pytest.fixture
def on_postgresql(app):
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no server")
    return app


def test_a_page_that_reads_needs_no_transaction_and_cannot_write_all_the_same(on_postgresql):
    database.read_only()
    db.session.scalars(sa.select(Store.code)).all()
    assert db.session.scalar(sa.text("SELECT now() = statement_timestamp()"))  # each statement is one of its own
    with pytest.raises(DBAPIError, match="read-only"):
        db.session.execute(sa.text("UPDATE store SET name = 'other'"))


def test_who_writes_after_a_page_was_read_may(on_postgresql):
    database.read_only()
    db.session.scalars(sa.select(Store.code)).all()
    database.commit()
    with database.reading(engines.reading), pytest.raises(DBAPIError, match="read-only"):
        db.session.execute(sa.text("UPDATE store SET name = 'other'"))
    db.session.rollback()
    db.session.info["reading"] = None
    db.session.execute(sa.text("UPDATE store SET name = 'other'"))
    db.session.commit()
    assert db.session.scalars(sa.select(Store.name)).all() == ["other"]


def test_a_connection_whose_server_hung_up_is_not_used_again(on_postgresql):
    lost = db.session.scalar(sa.text("SELECT pg_backend_pid()"))
    db.session.rollback()
    with db.engine.connect() as held, db.engine.connect() as other:
        assert held.scalar(sa.text("SELECT pg_backend_pid()")) == lost
        held.rollback()
        other.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": lost})
    db.session.remove()
    pids = set()
    for _ in range(3):
        pids.add(db.session.scalar(sa.text("SELECT pg_backend_pid()")))
        db.session.remove()
    assert lost not in pids


def test_a_connection_that_was_quiet_for_long_is_asked_first(on_postgresql, monkeypatch):
    first = db.session.scalar(sa.text("SELECT pg_backend_pid()"))
    db.session.remove()
    monkeypatch.setattr(engines, "QUIET", -1.0)
    assert db.session.scalar(sa.text("SELECT pg_backend_pid()")) == first


def test_a_page_gives_up_a_slow_question_and_goes_on(on_postgresql):
    database.read_only()
    with pytest.raises(patience.TooSlow), patience.at_most(0.02):
        db.session.execute(sa.text("SELECT pg_sleep(60)"))
    with patience.at_most(60):
        assert db.session.scalar(sa.text("SHOW statement_timeout")) == "1min"
    assert db.session.scalar(sa.text("SHOW statement_timeout")) == "0"
