"""A long answer stands back for requests that came in meanwhile, and for each piece only so long."""

import threading

import pytest

from portal.foundation import standing_back
from portal.foundation.standing_back import sent

SOMEBODY = -1  # no thread has this number


@pytest.fixture
def in_hand(app):
    return app.extensions[standing_back._IN_HAND]


@pytest.fixture
def naps(monkeypatch):
    """Call it with what happens at each nap; it counts them, and each takes a millisecond of a clock of its own."""
    taken = []

    def napping(meanwhile=lambda: None):
        def nap(seconds):
            taken.append(seconds)
            meanwhile()

        monkeypatch.setattr(standing_back.time, "sleep", nap)
        monkeypatch.setattr(standing_back.time, "monotonic", lambda: len(taken) * standing_back.LOOK)
        return taken

    return napping


def test_a_file_waits_until_those_who_came_in_between_are_through(in_hand, naps):
    taken = naps(lambda: len(taken) == 3 and in_hand.discard(SOMEBODY))
    pieces = sent([b"one", b"two"])
    assert next(pieces) == b"one"
    in_hand.add(SOMEBODY)
    assert next(pieces) == b"two"
    assert len(taken) == 3


def test_it_goes_on_however_many_pages_are_opened(in_hand, naps):
    taken = naps()
    in_hand.add(SOMEBODY)
    assert list(sent([b"one", b"two"])) == [b"one", b"two"]
    assert len(taken) == pytest.approx(2 * standing_back.LONGEST / standing_back.LOOK, abs=2)
    in_hand.clear()


def test_two_files_do_not_wait_for_each_other_and_nobody_is_waited_for_in_vain(in_hand, naps):
    taken = naps()
    in_hand.add(threading.get_ident())
    assert list(sent([b"one", b"two"])) == [b"one", b"two"]
    assert taken == []


def test_a_request_is_in_hand_until_its_answer_is_there_also_a_refused_one(app, client, in_hand, monkeypatch):
    seen = []
    app.before_request_funcs[None].append(lambda: seen.append(set(in_hand)))
    try:
        for path in ("/", "/nowhere", "/account"):
            client.get(path)
    finally:
        app.before_request_funcs[None].pop()
    assert seen == [{threading.get_ident()}] * 3
    assert in_hand == set()
