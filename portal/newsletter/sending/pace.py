"""How many connections may be open: one more after a good while, half as many after trouble, none for a while."""

import threading
import time
from collections.abc import Mapping

GOOD_WHILE = 50  # mails taken in a row by each connection before one more is opened
SHORTEST = 0.5  # seconds that nobody calls a server that refused to talk; doubled each time
LONGEST = 15.0
ONCE_IN = 1.0  # seconds in which several connections that break are one trouble


class Gate:
    """What the connections of a process may do, by their numbers."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._open = most
        self._good = 0
        self._troubled_at = -ONCE_IN
        self._rest = 0.0
        self._again_at = 0.0

    @property
    def open(self) -> int:
        """Connections that may be open."""
        return self._open

    @property
    def rests(self) -> bool:
        """Whether nobody may call now."""
        return time.monotonic() < self._again_at

    def may(self, number: int) -> bool:
        """Whether this connection may go on."""
        return number < self._open and not self.rests

    def went_well(self) -> None:
        """A mail was answered."""
        if self._open == self._most and not self._rest:
            return
        with self._lock:
            self._rest = 0.0
            self._good += 1
            if self._good >= GOOD_WHILE * self._open:
                self._open, self._good = min(self._most, self._open + 1), 0

    def went_wrong(self, *, refused: bool) -> None:
        """A connection broke, or was told to go (421); `refused`: the server does not talk to us at all."""
        moment = time.monotonic()
        with self._lock:
            self._good = 0
            if moment - self._troubled_at < ONCE_IN and not refused:
                return
            if moment >= self._again_at:
                self._open = max(1, self._open // 2)
                self._troubled_at = moment
                if refused:
                    self._rest = min(max(self._rest * 2, SHORTEST), LONGEST)
                    self._again_at = moment + self._rest


def limits(words: tuple[str, ...]) -> Mapping[str, float]:
    """Seconds between two mails to a domain, from words such as `gmail.com=5000`, mails an hour.

    Raises:
        ValueError: a word has another form.
    """
    found = {}
    for word in words:
        domain, equals, number = word.partition("=")
        if not equals or not domain.strip() or not number.strip().isdigit() or int(number) < 1:
            raise ValueError(word)
        found[domain.strip().lower()] = 3600.0 / int(number)
    return found
