"""Do the steps of jobs that are due: claim with a lease, then step after step, each fenced in its transaction.

Any number of workers does this side by side. One that dies leaves its claim behind, which is due again when the lease
ends; the next worker goes on where the last stored step ended. One that has worked for a while on one job lets the
others that are due have their turn.
"""

import logging
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from portal.foundation import database
from portal.foundation.clock import now
from portal.foundation.companions import Companions
from portal.foundation.database import db
from portal.foundation.errors import DomainError
from portal.foundation.text import _
from portal.jobs import queries
from portal.jobs.models import IS_OPEN, Job, JobProblem, JobState
from portal.jobs.service.declaring import KINDS, LOOKS, SHARED, Shared, Step

LEASE = timedelta(seconds=60)  # far longer than a step takes
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (1, 10, 60))  # before a step that broke is tried again
BREATH = 0.25  # pause after a step, as a share of the time for which it may have kept others from writing
TURN = 2.0  # seconds that a job may go on while others wait
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claim:
    """A job that one worker may go on with as long as nobody else has claimed it since."""

    id: int
    tries: int
    kind: str


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
    began, beside = time.monotonic(), Companions(lambda: _advance(claimed))
    try:
        while _advance(claimed):
            if claimed.kind in SHARED:
                beside.have(SHARED[claimed.kind].hands() - 1)
            if time.monotonic() - began > TURN and _somebody_waits():
                beside.end()
                _give_way(claimed)
                break
    finally:
        beside.end()
        db.session.expire_all()  # others may have done the last step
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
    """Do one step; whether this thread may do the next."""
    try:
        return _do(claimed)
    except DomainError as refusal:
        return _fail(claimed, str(refusal))
    except Exception:  # steps belong to features above, and what they raise must not stop the jobs of everybody else
        log.exception("A step of job %s broke.", claimed.id)
        return _put_off(claimed)


def _do(claimed: Claim) -> bool:
    if claimed.kind in SHARED:
        return _do_piece(claimed, SHARED[claimed.kind])
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
    _let_others_write(time.monotonic() - began)
    return True


def _do_piece(claimed: Claim, kind: Shared) -> bool:
    """Do a piece and note it with the job; all of that is forgotten where the job is not this worker's any more."""
    piece, is_cancelled = _taken(claimed, kind)
    if piece is None and not is_cancelled:
        return False
    began = time.monotonic()
    with database.transaction():
        db.session.expire_all()
        done = None if is_cancelled else kind.write(db.session.get_one(Job, claimed.id), piece)
        job = _fence(claimed)
        if job is None:
            database.rollback()
            return False
        if is_cancelled:
            return _end(job, JobState.CANCELLED)
        more = kind.note(job, done)
        job.broke = 0
        if not more:
            return _end(job, JobState.DONE)
        if job.cancel_asked_at is not None:
            return _end(job, JobState.CANCELLED)
    _let_others_write(time.monotonic() - began)
    return True


def _taken(claimed: Claim, kind: Shared) -> tuple[Any, bool]:
    """The next piece, None where none is left or the job is not this worker's; whether its end was asked for."""
    with database.reading():
        db.session.expire_all()
        job = db.session.get(Job, claimed.id)
        if job is None or job.tries != claimed.tries or not job.is_open:
            return None, False
        if job.cancel_asked_at is not None:
            return None, True
        return kind.take(job), False


def _begun(claimed: Claim) -> Step | None:
    """The step after its look, where its kind reads first and the job goes on."""
    if claimed.kind not in LOOKS:
        return None
    look, step = LOOKS[claimed.kind]
    with database.reading():
        db.session.expire_all()
        job = db.session.get(Job, claimed.id)
        if job is None or job.tries != claimed.tries or job.cancel_asked_at is not None:
            return None
        found = look(job)
    return lambda job: step(job, found)


def _step_of(kind: str) -> Step:
    if kind not in KINDS:
        raise LookupError(f"Nobody runs jobs of the kind {kind!r}.")
    return KINDS[kind]


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
        job.tries += 1  # whoever is at other pieces of it stops, too
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
