"""How fast the machine is right now, so that a figure can be told from a busy minute."""

import os
import time
from array import array
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, astuple, dataclass

import bcrypt

from bench.figures import median

COST = 12  # of the portal's hashes
TRIES = 5
SALT = bcrypt.gensalt(COST)
PLACES, STEPS = 1 << 23, 200_000  # 64 MB, more than caches hold, and how many of its places are visited


@dataclass(frozen=True)
class Calibration:
    """Three kinds of work that never change, in milliseconds.

    The first two stay in the caches of a core. Pages and databases do not: where a machine is shared, memory was seen
    to be twice as slow for minutes while both took as long as ever.
    """

    hash_ms: float
    python_ms: float
    memory_ms: float

    def as_json(self) -> dict[str, float]:
        """For the file of results."""
        return {name: round(value, 2) for name, value in asdict(self).items()}


def measure() -> Calibration:
    """Do all, the median of several."""
    places = _places()
    return Calibration(
        median(_times(hash_once)), median(_times(_count)), median(_times(lambda: _wander(places, STEPS)))
    )


def drift(before: Calibration, after: Calibration) -> float:
    """By how much the machine changed, the largest of them: 0.1 is a tenth."""
    pairs: Iterable[tuple[float, float]] = zip(astuple(before), astuple(after), strict=True)
    return max(max(pair) / min(pair) - 1 for pair in pairs)


def hash_once() -> None:
    """One hash as the portal makes it."""
    bcrypt.hashpw(b"calibration", SALT)


def ceiling(seconds: float) -> float:
    """Hashes per second with every core hashing and nothing else going on."""
    cores = os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as pool:
        return sum(pool.map(_rate, [seconds] * cores))


def _rate(seconds: float) -> float:
    start, done = time.perf_counter(), 0
    while (passed := time.perf_counter() - start) < seconds:
        hash_once()
        done += 1
    return done / passed if passed > seconds else done / (time.perf_counter() - start)


def _times(work: Callable[[], object]) -> list[float]:
    times = []
    for _ in range(TRIES):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return times


def _count() -> None:
    words: dict[str, int] = {}
    for number in range(200_000):
        words[str(number % 997)] = number


def _places() -> "array[int]":
    """Places that each tell the next one, far from it: all of them in one circle (Hull and Dobell, 1962)."""
    return array("q", ((place * 6_364_133 + 12_345) % PLACES for place in range(PLACES)))


def _wander(places: "array[int]", steps: int) -> int:
    """Where somebody is after so many steps, none of which can begin before the last has been read."""
    place = 0
    for _ in range(steps):
        place = places[place]
    return place
