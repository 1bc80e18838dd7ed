"""Forget old jobs, and what jobs say about a person."""

import json
from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from portal.audit.models import ActorKind
from portal.config import settings
from portal.foundation import retention
from portal.foundation.database import db
from portal.foundation.retention import AT_ONCE, Rule
from portal.jobs.models import OPEN_STATES, Job, JobItem, JobProblem

ROWS_AT_ONCE = 20_000  # a job over all customers noted a million things


def forget_old(most: int = AT_ONCE) -> int:
    """Delete jobs that were over longer ago than the shop keeps them, first what they noted; returns how many rows."""
    late = _late(most)
    for place in (JobProblem.id, JobItem.thing_id):
        if gone := _some_rows(place, late):
            return gone
    still = sa.select(Job.undoes_id).where(Job.undoes_id.in_(late), Job.id.not_in(late))
    gone_jobs = [*set(late) - set(db.session.scalars(still))]
    db.session.execute(sa.update(Job).where(Job.id.in_(gone_jobs)).values(undoes_id=None))
    db.session.execute(sa.delete(Job).where(Job.id.in_(gone_jobs)))
    return len(gone_jobs)


def _late(most: int) -> list[int]:
    last = retention.before(settings().keep_jobs)
    if last is None:
        return []
    oldest = sa.select(Job.id, Job.finished_at).order_by(Job.id).limit(most)  # by id, so that no table is searched
    return [job_id for job_id, over in db.session.execute(oldest).tuples() if over is not None and over < last]


def _some_rows(place: InstrumentedAttribute[int], late: Collection[int]) -> int:
    """Delete some of what the first of these jobs noted that noted anything, in the order of a column."""
    rows: Any = place.class_
    job_id = db.session.scalar(sa.select(sa.func.min(rows.job_id)).where(rows.job_id.in_(late)))
    if job_id is None:
        return 0
    some = sa.select(place).where(rows.job_id == job_id).order_by(place).limit(ROWS_AT_ONCE)
    gone = sa.delete(rows).where(rows.job_id == job_id, place.in_(some)).returning(place)
    return len(db.session.scalars(gone.execution_options(synchronize_session=False)).all())


def _count_late() -> int:
    last = retention.before(settings().keep_jobs)
    return retention.count(sa.select(Job.id).where(Job.finished_at < last)) if last else 0


retention.declare(
    Rule("Jobs and what they refused", lambda: settings().keep_jobs, "keep_jobs", _count_late, forget_old)
)


def forget(accounts: Iterable[int], words: Iterable[str], *, of_kind: str, things: Iterable[int]) -> None:
    """Delete a person's own jobs, the refused rows that name them, and what other jobs were given or found of them.

    Args:
        accounts: the person's accounts, whose jobs they are.
        words: by which a text tells of the person: address, telephone, number, name.
        of_kind: how the kinds of jobs begin that act on persons.
        things: the person's rows that those act on.
    """
    acting = sa.select(Job.id).where(Job.kind.startswith(of_kind, autoescape=True))
    acted_on = sa.and_(JobItem.thing_id.in_(list(things)), JobItem.job_id.in_(acting))
    db.session.execute(sa.update(JobItem).where(acted_on).values(before=None))
    mine = sa.and_(Job.owner_kind == ActorKind.CUSTOMER, Job.owner_id.in_(list(accounts)))
    db.session.execute(sa.delete(JobProblem).where(JobProblem.job_id.in_(sa.select(Job.id).where(mine))))
    db.session.execute(sa.delete(Job).where(mine))
    for word in words:
        texts = (JobProblem.subject, JobProblem.value, JobProblem.reason)
        named = sa.or_(*(column.icontains(word, autoescape=True) for column in texts))
        db.session.execute(sa.delete(JobProblem).where(named))
        said = Job.trouble.icontains(word, autoescape=True)
        db.session.execute(sa.update(Job).where(said, Job.state.not_in(OPEN_STATES)).values(trouble=""))
        escaped = json.dumps(word)[1:-1]
        for column in (Job.parameters, Job.result):
            told = sa.cast(column, sa.Text).icontains(escaped, autoescape=True)
            db.session.execute(sa.update(Job).where(told, Job.state.not_in(OPEN_STATES)).values({column: {}}))
