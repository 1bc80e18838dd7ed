"""Forget what jobs say about a person."""

import json
from collections.abc import Iterable

import sqlalchemy as sa

from portal.audit.models import ActorKind
from portal.foundation.database import db
from portal.jobs.models import OPEN_STATES, Job, JobProblem


def forget(accounts: Iterable[int], words: Iterable[str]) -> None:
    """Delete a person's own jobs, the refused rows that name them, and what other jobs were given or found of them.

    Args:
        accounts: the person's accounts, whose jobs they are.
        words: by which a text tells of the person: address, telephone, number, name.
    """
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
