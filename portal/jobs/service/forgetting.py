"""Forget old jobs, and what jobs say about a person."""

import json
from collections.abc import Iterable
from datetime import timedelta

import sqlalchemy as sa

from portal.audit.models import ActorKind
from portal.config import settings
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.jobs.models import OPEN_STATES, Job, JobItem, JobProblem

AT_ONCE = 500


def forget_old(most: int = AT_ONCE) -> int:
    """Delete jobs that were over longer ago than the shop keeps them, with what they refused; returns how many."""
    if not settings().keep_jobs:
        return 0
    oldest = sa.select(Job.id, Job.finished_at).order_by(Job.id).limit(most)  # by id, so that no table is searched
    last = now() - timedelta(days=settings().keep_jobs)
    late = [job_id for job_id, over in db.session.execute(oldest).tuples() if over is not None and over < last]
    still = sa.select(Job.undoes_id).where(Job.undoes_id.in_(late), Job.id.not_in(late))
    gone = [*set(late) - set(db.session.scalars(still))]
    db.session.execute(sa.update(Job).where(Job.id.in_(gone)).values(undoes_id=None))
    for rows in (JobProblem, JobItem):
        db.session.execute(sa.delete(rows).where(rows.job_id.in_(gone)))
    db.session.execute(sa.delete(Job).where(Job.id.in_(gone)))
    return len(gone)


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
        escaped = json.dumps(word)[1:-1]
        for column in (Job.parameters, Job.result):
            told = sa.cast(column, sa.Text).icontains(escaped, autoescape=True)
            db.session.execute(sa.update(Job).where(told, Job.state.not_in(OPEN_STATES)).values({column: {}}))
