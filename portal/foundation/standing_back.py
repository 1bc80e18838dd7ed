"""Long answers stand back for short ones: between two pieces of a file, pages that others opened get their turn.

A web server of one process has one interpreter, and a small machine hardly more processors than that. A file that is
written as fast as can be takes them from whoever opens a page meanwhile.
"""

import threading
import time
from collections.abc import Iterable, Iterator

from flask import Flask, current_app

LOOK = 0.001  # seconds between two looks at whether others are through
LONGEST = 0.025  # seconds that one piece waits: a file goes on, however many pages are opened

_IN_HAND = "portal.in_hand"


def init_app(app: Flask) -> None:
    """Know which threads of this process are at a request."""
    in_hand: set[int] = set()
    app.extensions[_IN_HAND] = in_hand
    app.before_request(lambda: in_hand.add(threading.get_ident()))
    app.teardown_request(lambda _error: in_hand.discard(threading.get_ident()))


def sent(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces of a long answer, each after those requests that came in between."""
    in_hand: set[int] = current_app.extensions[_IN_HAND]
    for piece in pieces:
        yield piece
        in_hand.discard(threading.get_ident())  # two files do not wait for each other
        until = time.monotonic() + LONGEST
        while in_hand and time.monotonic() < until:
            time.sleep(LOOK)
