"""Kinds of jobs: which function does a step of each, and what it reads before it begins."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.jobs.models import Job

Step = Callable[[Job], bool]  # one step of the work; whether more is left
Look = Callable[[Job], Any]  # what a step reads before it begins
StepAfter = Callable[[Job, Any], bool]
KINDS: dict[str, Step] = {}
LOOKS: dict[str, tuple[Look, StepAfter]] = {}


@dataclass(frozen=True)
class Shared:
    """A kind of job whose pieces several threads do at the same time."""

    take: Look  # the next piece that nobody has in hand, None where none is left
    write: Callable[[Job, Any], Any]  # does a piece; what is to be noted of it
    note: StepAfter
    hands: Callable[[], int]


SHARED: dict[str, Shared] = {}


def runs(kind: str) -> Callable[[Step], Step]:
    """Declare the function that does one step of a kind of job, in a transaction that the worker commits.

    It reads `job.cursor` and assigns a new one (and `done`, `refused`, `result`), so that a step is done wholly or not
    at all. What raises a DomainError ends the job with those words; anything else is tried again a few times.
    """

    def declare(step: Step) -> Step:
        KINDS[kind] = step
        return step

    return declare


def reads_first(kind: str, look: Look) -> Callable[[StepAfter], StepAfter]:
    """As `runs`, for a step that gets what `look` found before, in a transaction that keeps nobody from writing.

    Nobody else does a step of the same job between the two; of all else, what was read may have changed by then.
    """

    def declare(step: StepAfter) -> StepAfter:
        LOOKS[kind] = look, step
        runs(kind)(lambda job: step(job, look(job)))
        return step

    return declare


def shares(
    kind: str, take: Look, write: Callable[[Job, Any], Any], hands: Callable[[], int]
) -> Callable[[StepAfter], StepAfter]:
    """As `reads_first`, for a kind whose pieces do not wait for each other: as many threads as `hands` says do them.

    `take` is the look; `write` does the piece before the job is held, which all of them want; and what is declared
    notes with the job what was done, gets what `write` returned, and says whether pieces are left that nobody stored.
    """

    def declare(note: StepAfter) -> StepAfter:
        SHARED[kind] = Shared(take, write, note, hands)
        runs(kind)(lambda job: note(job, write(job, take(job))))
        return note

    return declare


def kinds() -> list[str]:
    """Every kind of job that some feature declared."""
    return list(KINDS)
