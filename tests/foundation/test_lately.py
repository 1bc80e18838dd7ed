"""What a process remembers is what was asked of the tables as they are."""

import threading

import pytest
import sqlalchemy as sa

from portal.foundation import lately
from portal.foundation.database import db
from portal.stores.models import Store

OF = ("store",)


@pytest.fixture(autouse=True)
def inside(app):
    with app.app_context():
        lately.forget()
        yield
        lately.forget()


def test_an_answer_is_remembered_until_its_tables_are_written():
    answers = iter(range(9))
    assert [lately.known("a", lambda: next(answers), of=OF) for _ in range(3)] == [0, 0, 0]
    lately.forget({"tag"})
    assert lately.known("a", lambda: next(answers), of=OF) == 0
    lately.forget({"store"})
    assert lately.known("a", lambda: next(answers), of=OF) == 1


def test_what_was_asked_before_another_thread_wrote_is_not_remembered_after_it():
    def ask():
        lately.forget({"store"})  # somebody commits between the question and its answer
        return "before"

    assert lately.known("a", ask, of=OF) == "before"
    assert not lately.is_known("a")
    assert lately.known("a", lambda: "after", of=OF) == "after"
    assert lately.is_known("a")


@pytest.mark.parametrize("end", [db.session.rollback, db.session.commit, db.session.close])
def test_what_an_old_transaction_sees_is_not_remembered(end):
    db.session.execute(sa.select(Store.id)).all()  # from here on it sees the stores as they are, on SQLite
    lately.forget({"store"})  # somebody else commits
    with db.session.begin_nested():  # sees no more than the whole
        db.session.execute(sa.select(Store.id)).all()
        assert lately.known("a", lambda: "before", of=OF) == "before"
    assert not lately.is_known("a")
    end()
    assert lately.known("a", lambda: "after", of=OF) == "after"
    assert lately.is_known("a")


def test_what_depends_on_no_table_is_remembered_whoever_writes():
    lately.known("a", lambda: lately.forget({"store"}), of=())
    assert lately.is_known("a")


def test_the_answer_asked_for_longest_ago_makes_room():
    for number in range(lately.MOST):
        lately.known(number, lambda: "old", of=())
    lately.known(0, lambda: "asked for again", of=())
    lately.known("one more", lambda: "new", of=())
    assert lately.is_known(0)
    assert not lately.is_known(1)


def test_threads_may_remember_while_others_forget(app):
    class Slow:
        """A key whose hash is made in Python, as a data class has it: threads change in the middle of it."""

        def __init__(self, number):
            self.number = number

        def __hash__(self):
            return sum(hash((self.number, step)) for step in range(50))

        def __eq__(self, other):
            return self.number == other.number

    broken = []

    def work(turn):
        try:
            with app.app_context():
                for number in range(300):
                    lately.known(Slow(turn * 1000 + number), lambda: 1, of=OF)
                    if number % 3 == 0:
                        lately.forget({"store" if number % 2 else "tag"})
        except Exception as error:  # noqa: BLE001 - it is told below
            broken.append(error)

    threads = [threading.Thread(target=work, args=(turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
