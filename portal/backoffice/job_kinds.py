"""Kinds of jobs in words: what each is called, what came of it, who may see it, and how it is undone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from portal.audit.service import Actor
from portal.foundation.text import _, lazy, plural
from portal.jobs.models import Job, JobState
from portal.staff.rules import Permission

STATES = {
    JobState.QUEUED: ("wait", lazy("Waits for its turn")),
    JobState.RUNNING: ("info", lazy("Running")),
    JobState.DONE: ("ok", lazy("Done")),
    JobState.FAILED: ("bad", lazy("Failed")),
    JobState.CANCELLED: ("off", lazy("Stopped")),
}


def _always(job: Job) -> bool:
    return bool(job.done)


@dataclass(frozen=True)
class Undo:
    """How what a job did is taken back: `start` begins the job that does it, `effects` says before what will happen."""

    start: Callable[[Job, Actor], Job]
    effects: Callable[[Job], list[str]]
    fits: Callable[[Job], bool] = _always  # whether there is anything to take back
    within: timedelta = timedelta(hours=24)  # of the job's end


@dataclass(frozen=True)
class Kind:
    """One kind of job; `permission` is the right that its work needs, without which nobody sees the job."""

    name: Callable[[Job], str]
    result: Callable[[Job], list[str]]  # sentences, also of one that stopped half way
    permission: Permission | None = None
    back: Callable[[Job], tuple[str, str]] | None = None  # address and words of where it came from
    links: Callable[[Job], list[tuple[str, str]]] | None = None  # addresses and words of what it made
    undo: Undo | None = None


_kinds: dict[str, Kind] = {}


def register(kind: str, told: Kind) -> None:
    """Say how the jobs of a kind are told; a feature does this beside the step that it declares."""
    _kinds[kind] = told


def of(job: Job) -> Kind:
    """How a job is told; one that no feature claims any more is shown by its own name."""
    return _kinds.get(job.kind) or Kind(name=lambda unknown: unknown.kind, result=_counted)


def state(job: Job) -> tuple[str, str]:
    """Kind and words of the pill that says where a job is."""
    if job.is_open and job.cancel_asked_at is not None:
        return "wait", _("Stopping")
    kind, said = STATES[job.state]
    return kind, str(said)


def _counted(job: Job) -> list[str]:
    return [plural("%(n)s row done.", "%(n)s rows done.", job.done, n=f"{job.done:,}")]
