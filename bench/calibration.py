"""How fast the machine is right now, so that a figure can be told from a busy minute."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

import bcrypt

from bench.figures import median

COST = 12  # of the portal's hashes
TRIES = 5
SALT = bcrypt.gensalt(COST)


@dataclass(frozen=True)
class Calibration:
    """Two kinds of work that never change, in milliseconds."""

    hash_ms: float
    python_ms: float

    def as_json(self) -> dict[str, float]:
        """For the file of results."""
        return {name: round(value, 2) for name, value in asdict(self).items()}


def measure() -> Calibration:
    """Do both, the median of several."""
    return Calibration(median(_times(hash_once)), median(_times(_count)))


def drift(before: Calibration, after: Calibration) -> float:
    """By how much the machine changed, the larger of the two: 0.1 is a tenth."""
    pairs = ((before.hash_ms, after.hash_ms), (before.python_ms, after.python_ms))
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


def _times(work: Callable[[], None]) -> list[float]:
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
