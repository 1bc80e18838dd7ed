"""The things that a job acts on: noted all at first, then taken in their order, each settled once."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from portal.foundation.database import db, table_of
from portal.jobs.models import Job, JobItem, Outcome


def note_all(job: Job, ids: sa.Select[tuple[int]]) -> int:
    """Note the things that a query finds as what the job acts on; returns how many are noted."""
    rows = table_of(JobItem)
    waiting = sa.literal(Outcome.WAITING, rows.c.outcome.type)
    found = ids.order_by(None).add_columns(sa.literal(job.id, sa.Integer), waiting)
    db.session.execute(sa.insert(rows).from_select(["thing_id", "job_id", "outcome"], found, include_defaults=False))
    return db.session.scalar(sa.select(sa.func.count()).where(rows.c.job_id == job.id)) or 0


def take(job: Job, after: int, most: int) -> Sequence[int]:
    """The next things behind an id, in the order of their ids."""
    waiting = sa.select(JobItem.thing_id).where(JobItem.job_id == job.id, JobItem.thing_id > after)
    return db.session.scalars(waiting.order_by(JobItem.thing_id).limit(most)).all()


def settle(job: Job, thing_id: int, outcome: Outcome, before: dict[str, Any] | None = None) -> None:
    """Say what became of one thing, and what undoing it needs."""
    item = sa.update(JobItem).where(JobItem.job_id == job.id, JobItem.thing_id == thing_id)
    settled = item.values(outcome=outcome, before=before)
    db.session.execute(settled.execution_options(synchronize_session=False))
