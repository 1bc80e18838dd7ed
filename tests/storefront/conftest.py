"""What several tests of the customers' door use."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask

from portal.foundation.database import db


@pytest.fixture
def at_once(app: Flask) -> Callable[..., list[Any]]:
    """Make calls at the same moment, each in a thread of its own, and give what they return."""

    def run(*calls: Callable[[], Any]) -> list[Any]:
        db.session.commit()
        results: list[Any] = [None] * len(calls)
        start = Barrier(len(calls))

        def one(place: int) -> None:
            start.wait()
            results[place] = calls[place]()

        threads = [Thread(target=one, args=(place,)) for place in range(len(calls))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        db.session.expire_all()
        return results

    return run
