"""The worker: everything due is done again and again, and nothing that breaks ends it."""

import threading
from datetime import timedelta

import pytest

from portal import worker
from portal.foundation import heartbeat, readiness
from portal.foundation.database import db
from portal.newsletter.sending.crew import Crew
from portal.worker import Task


def test_every_sweep_works_on_this_database(app, caplog):
    worker.sweep_all()
    worker.sweep_all()
    assert caplog.records == []


def test_a_sweep_that_breaks_does_not_keep_the_others_from_their_turn(app, monkeypatch, caplog):
    done = []
    monkeypatch.setattr(worker, "SWEEPS", (lambda: 1 / 0, lambda: done.append("swept")))
    worker.sweep_all()
    assert done == ["swept"]
    assert "A sweep broke" in caplog.text


def test_a_task_that_breaks_is_done_again_and_stopping_ends_all(app, monkeypatch, caplog):
    monkeypatch.setattr(worker, "AFTER_TROUBLE", 0)
    stop, turns = threading.Event(), []

    def breaks_once():
        turns.append(threading.current_thread().name)
        if len(turns) == 1:
            raise OSError("the database is away")
        stop.set()
        return 0

    worker.run(app, [Task("tried", breaks_once, 0)], stop)
    assert turns[:2] == ["tried-0", "tried-0"]
    assert "The task tried broke" in caplog.text


def test_the_worker_delivers_and_gives_signs_of_life():
    named = {
        "outbox",
        "jobs",
        "campaigns",
        "bounces",
        "ledgers",
        "sweeps",
        "duplicates",
        "retention",
        "deleted",
        "planning",
        "heartbeat",
    }
    assert {task.name for task in worker.tasks(3, Crew())} == named
    assert next(task.threads for task in worker.tasks(3, Crew()) if task.name == "outbox") == 3


def test_ready_means_that_a_worker_was_seen(app, client, clock):
    assert client.get("/readyz").text == "worker: last seen never\n"
    worker.beat()
    response = client.get("/readyz")
    assert (response.status_code, response.text) == (200, "ready\n")
    clock.shift(heartbeat.LATE + timedelta(seconds=1))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.text.startswith("worker: last seen 2026-11-21T12:00:00")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("UPDATE alembic_version SET version_num = 'older'", "migrations: the database is at older"),
        ("DROP TABLE heartbeat", "database: "),
    ],
)
def test_a_database_that_does_not_fit_is_said(app, client, broken, said):
    worker.beat()
    with db.engine.connect() as connection:
        changing = connection.begin()
        connection.exec_driver_sql(broken)
        changing.commit()
    try:
        response = client.get("/readyz")
        assert response.status_code == 503
        assert response.text.startswith(said)
    finally:
        mend(broken)


def mend(broken):
    """Put back what the next test needs; clearing the database does not."""
    with db.engine.connect() as connection:
        changing = connection.begin()
        if "alembic" in broken:
            [head] = readiness._heads()
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{head}'")
        else:
            heartbeat.Heartbeat.__table__.create(connection)
        changing.commit()


def test_threads_of_one_task_that_find_nothing_wait_one_behind_the_other(app):
    stop, looks, looked = threading.Event(), [], threading.Semaphore(0)

    def finds_nothing():
        looks.append(threading.current_thread().name)
        looked.release()
        return 0

    task = Task("tried", finds_nothing, 0, threads=3)
    with task.naps:
        working = threading.Thread(target=worker.run, args=(app, [task], stop))
        working.start()
        for _ in range(3):
            looked.acquire()
        stop.set()
    working.join()
    assert sorted(looks) == ["tried-0", "tried-1", "tried-2"]
