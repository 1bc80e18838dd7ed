"""The gate of hashing: so many places, all or none, first come, first served; who finds none leaves no trace."""

import threading

import pytest

from portal.foundation import gate, hashing
from portal.foundation.errors import Busy
from portal.foundation.gate import WAITING, Gate
from portal.foundation.hashing import Secret

WORDS = "three random words"


@pytest.fixture
def door(app, monkeypatch):
    """A gate with one thread and one place in the queue."""
    monkeypatch.setattr(gate, "WAITING", 1)
    made = Gate(threads=1, niceness=0)
    monkeypatch.setitem(app.extensions, hashing.EXTENSION, made)
    yield made
    made.close()


def test_there_are_as_many_places_as_threads_and_a_queue(app):
    assert Gate(threads=2, niceness=0).places_left == 2 + WAITING


def test_past_its_places_the_gate_sends_people_away_and_takes_them_again_later(door):
    door.take(2)
    for ask in (lambda: hashing.verify(Secret.PASSWORD, None, WORDS), lambda: hashing.make((Secret.PASSWORD, WORDS))):
        with pytest.raises(Busy):
            ask()
    door.give_back(1)
    assert not hashing.verify(Secret.PASSWORD, None, WORDS)
    assert door.places_left == 1


def test_password_and_answer_have_a_place_each_or_none(door):
    door.take(1)
    with pytest.raises(Busy):
        hashing.make((Secret.PASSWORD, WORDS), (Secret.ANSWER, "blue thunder"))
    assert door.places_left == 1
    door.give_back(1)
    assert len(hashing.make((Secret.PASSWORD, WORDS), (Secret.ANSWER, "blue thunder"))) == 2
    assert door.places_left == 2


def test_a_reserved_place_is_used_although_all_others_are_taken_since(door):
    with hashing.reserved():
        door.take(1)
        assert not hashing.verify(Secret.PASSWORD, None, WORDS)
        assert door.places_left == 1
        door.take(1)
        with pytest.raises(Busy):
            hashing.verify(Secret.PASSWORD, None, WORDS)


def test_a_reserved_place_that_was_not_used_is_given_back(door):
    with hashing.reserved(2):
        assert door.places_left == 0
    assert door.places_left == 2
    with pytest.raises(ZeroDivisionError), hashing.reserved():
        raise ZeroDivisionError
    assert door.places_left == 2


def test_nothing_inside_a_reservation_begins_without_a_place(door):
    door.take(2)
    with pytest.raises(Busy), hashing.reserved():
        pytest.fail("begun")
    assert door.places_left == 0


def test_places_are_reserved_for_the_work_in_hand_alone(door):
    heard = []

    def elsewhere():
        try:
            door.take(1)
        except Busy:
            heard.append("busy")

    with hashing.reserved(2):
        other = threading.Thread(target=elsewhere)
        other.start()
        other.join()
    assert heard == ["busy"]


def test_a_full_gate_costs_nobody_their_old_hash(door, monkeypatch):
    stored = "$2b$05$LU2fq2ClBoBa24L8rFf/C.hW.l.UDCcqzA8xJaRIRckQx04k2gJqu"
    door.take(2)
    assert hashing.renewed(Secret.PASSWORD, stored, WORDS) is None


def test_work_that_fails_gives_its_place_back(door):
    door.take(1)
    with pytest.raises(ZeroDivisionError):
        door.submit(lambda: 1 // 0).result()
    assert door.places_left == 2


def test_who_came_first_is_served_first(app):
    one = Gate(threads=1, niceness=0)
    served, begin = [], threading.Event()
    one.take(6)
    first = one.submit(begin.wait)
    others = [one.submit(served.append, number) for number in range(5)]
    begin.set()
    for future in (first, *others):
        future.result()
    assert served == [0, 1, 2, 3, 4]
    one.close()
