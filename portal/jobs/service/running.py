"""Do the steps of jobs that are due: claim with a lease, then step after step, each fenced in its transaction.

Any number of workers does this side by side. One that dies leaves its claim behind, which is due again when the lease
ends; the next worker goes on where the last stored step ended. One that has worked for a while on one job lets the
others that are due have their turn.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from portal.foundation import database
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import DomainError
from portal.foundation.text import _
from portal.jobs import queries
from portal.jobs.models import IS_OPEN, Job, JobProblem, JobState

LEASE = timedelta(seconds=60)  # far longer than a step takes
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (1, 10, 60))  # before a step that broke is tried again
BREATH = 0.25  # pause after a step, as a share of the time for which it may have kept others from writing
TURN = 2.0  # seconds that a job may go on while others wait
log = logging.getLogger(__name__)

Step = Callable[[Job], bool]  # one step of the work; whether more is left
Look = Callable[[Job], Any]  # what a step reads before it begins
StepAfter = Callable[[Job, Any], bool]
_kinds: dict[str, Step] = {}
_looks: dict[str, tuple[Look, StepAfter]] = {}


@dataclass(frozen=True)
class Claim:
    """A job that one worker may go on with as long as nobody else has claimed it since."""

    id: int
    tries: int
    kind: str


def runs(kind: str) -> Callable[[Step], Step]:
    """Declare the function that does one step of a kind of job, in a transaction that the worker commits.

    It reads `job.cursor` and assigns a new one (and `done`, `refused`, `result`), so that a step is done wholly or not
    at all. What raises a DomainError ends the job with those words; anything else is tried again a few times.
    """

    def declare(step: Step) -> Step:
        _kinds[kind] = step
        return step

    return declare


def reads_first(kind: str, look: Look) -> Callable[[StepAfter], StepAfter]:
    """As `runs`, for a step that gets what `look` found before, in a transaction that keeps nobody from writing.

    Nobody else does a step of the same job between the two; of all else, what was read may have changed by then.
    """

    def declare(step: StepAfter) -> StepAfter:
        _looks[kind] = look, step
        runs(kind)(lambda job: step(job, look(job)))
        return step

    return declare


def kinds() -> list[str]:
    """Every kind of job that some feature declared."""
    return list(_kinds)


def problem(
    job: Job, reason: str, *, line: int | None = None, subject: str = "", column: str = "", value: str = ""
) -> None:
    """Note a row that the job refused, and count it; what no column holds is cut or shown as a sign."""
    row = JobProblem(
        job_id=job.id,
        line=line,
        subject=_plain(subject)[:255],
        column=_plain(column)[:120],
        value=_plain(value),
        reason=_plain(reason),
    )
    db.session.add(row)
    job.refused += 1


def advance_due() -> int:
    """Take a job that is due and do its steps till it is over, not its own any more, or has had its turn.

    Returns how many jobs were taken.
    """
    claimed = claim()
    if claimed is None:
        return 0
    began = time.monotonic()
    while _advance(claimed):
        if time.monotonic() - began > TURN and _somebody_waits():
            _give_way(claimed)
            break
    return 1


def claim() -> Claim | None:
    """Take a due job for the length of a lease; two workers never get the same."""
    if not _somebody_waits():
        return None
    with database.transaction():
        due = (
            sa.select(Job.id)
            .where(IS_OPEN, Job.due_at <= now())
            .order_by(Job.due_at, Job.id)
            .limit(1)
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        taken = db.session.execute(
            sa.update(Job)
            .where(Job.id.in_(sa.select(due.c.id)))
            .values(due_at=now() + LEASE, tries=Job.tries + 1)
            .returning(Job.id, Job.tries, Job.kind)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        return Claim(*taken) if taken else None


def do_now(job: Job) -> None:
    """Do a small job wholly in the caller's transaction, which nobody else sees before it is stored.

    Raises:
        DomainError: what its step refuses; the caller's transaction is over then.
    """
    job.state, job.started_at = JobState.RUNNING, now()
    step = _step_of(job.kind)
    while step(job):
        db.session.flush()
    _end(job, JobState.DONE)
    db.session.flush()


def _somebody_waits() -> bool:
    with database.reading():
        return queries.is_anything_due()


def _advance(claimed: Claim) -> bool:
    """Do one step; whether this worker may do the next."""
    try:
        step = _begun(claimed)
        began = time.monotonic()
        with database.transaction():
            db.session.expire_all()  # others wrote since the step before
            job = _fence(claimed)
            if job is None:
                return False
            if job.cancel_asked_at is not None:
                return _end(job, JobState.CANCELLED)
            if not (step or _step_of(job.kind))(job):
                return _end(job, JobState.DONE)
            job.broke = 0
    except DomainError as refusal:
        return _fail(claimed, str(refusal))
    except Exception:  # steps belong to features above, and what they raise must not stop the jobs of everybody else
        log.exception("A step of job %s broke.", claimed.id)
        return _put_off(claimed)
    _let_others_write(time.monotonic() - began)
    return True


def _begun(claimed: Claim) -> Step | None:
    """The step after its look, where its kind reads first and the job goes on."""
    if claimed.kind not in _looks:
        return None
    look, step = _looks[claimed.kind]
    with database.reading():
        db.session.expire_all()
        job = db.session.get(Job, claimed.id)
        if job is None or job.tries != claimed.tries or job.cancel_asked_at is not None:
            return None
        found = look(job)
    return lambda job: step(job, found)


def _step_of(kind: str) -> Step:
    if kind not in _kinds:
        raise LookupError(f"Nobody runs jobs of the kind {kind!r}.")
    return _kinds[kind]


def _fence(claimed: Claim) -> Job | None:
    held = sa.select(Job).where(Job.id == claimed.id, Job.tries == claimed.tries, IS_OPEN).with_for_update()
    job = db.session.scalar(held.execution_options(populate_existing=True))
    if job is None:
        return None
    job.state, job.started_at, job.due_at = JobState.RUNNING, job.started_at or now(), now() + LEASE
    return job


def _end(job: Job, state: JobState) -> bool:
    job.state, job.finished_at = state, now()
    return False


def _fail(claimed: Claim, words: str) -> bool:
    with database.transaction():
        job = _fence(claimed)
        if job is not None:
            job.trouble = words
            _end(job, JobState.FAILED)
    return False


def _put_off(claimed: Claim) -> bool:
    with database.transaction():
        job = _fence(claimed)
        if job is None:
            return False
        if job.broke >= len(PAUSES):
            told = _("A step broke several times. What was done before it stays.")
            job.trouble = f"{told} {_('The log of the server says why, at job %(number)s.', number=job.id)}"
            return _end(job, JobState.FAILED)
        job.due_at = now() + PAUSES[job.broke]
        job.broke += 1
    return False


def _let_others_write(took: float) -> None:
    """Leave SQLite's one place for writing free for a while: it is not given in turn, and who waits looks rarely."""
    if db.engine.dialect.name == "sqlite":
        time.sleep(took * BREATH)


def _give_way(claimed: Claim) -> None:
    """Be due again behind the others."""
    with database.transaction():
        job = _fence(claimed)
        if job is not None:
            job.due_at = now()


def _plain(text: str) -> str:
    return text.replace("\0", "\N{SYMBOL FOR NULL}")
