"""The sender processes of a worker: started when there is something to send, and again when they die; ended with it.

They end by themselves when nothing was to be sent for a while, and when the worker dies, even by kill -9: then the pipe
to their standard input closes.
"""

import subprocess
import sys
import time
from dataclasses import dataclass, field

from portal.foundation import companions

APP = "portal.sender"  # where the application of a sender is made
UNTIL_IDLE = 5  # seconds
SHORT_LIFE = 3.0  # seconds; who dies younger is started again after a pause that grows
LONGEST_PAUSE = 30.0
FAREWELL = 5.0  # seconds until a sender that was told to end is killed: what it had in hand is in its journal


@dataclass
class _Place:
    """Room for one sender."""

    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    pause: float = 0.0
    due: float = 0.0


@dataclass
class Crew:
    """As many senders as help: one for each core on PostgreSQL, one on SQLite, which has one writer at a time."""

    _places: list[_Place] = field(default_factory=list)

    def look_after(self, *, has_work: bool) -> None:
        """Note who ended, and start who is missing while there is work."""
        if not self._places:
            self._places = [_Place() for _ in range(companions.writers())]
        for place in self._places:
            self._note_end(place)
            if has_work and place.process is None and time.monotonic() >= place.due:
                self._start(place)

    def end(self) -> None:
        """Have all of them end, and wait for it."""
        for place in self._places:
            if place.process is not None and place.process.stdin is not None:
                place.process.stdin.close()
        until = time.monotonic() + FAREWELL
        for place in self._places:
            if place.process is not None:
                _see_off(place.process, until)
                place.process = None

    def _start(self, place: _Place) -> None:
        place.started = time.monotonic()
        words = ("sender", "--with-parent", "--until-idle", str(UNTIL_IDLE))
        place.process = subprocess.Popen(  # noqa: S603 - our own command
            (sys.executable, "-OO", "-m", "portal", APP, *words), stdin=subprocess.PIPE
        )

    def _note_end(self, place: _Place) -> None:
        if place.process is None or place.process.poll() is None:
            return
        moment = time.monotonic()
        is_short = moment - place.started < SHORT_LIFE
        place.pause = min(max(place.pause * 2, 0.5), LONGEST_PAUSE) if is_short else 0.0
        place.due = moment + place.pause
        if place.process.stdin is not None:
            place.process.stdin.close()
        place.process = None


def _see_off(process: "subprocess.Popen[bytes]", until: float) -> None:
    try:
        process.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
