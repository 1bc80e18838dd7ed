"""The things that a job acts on: all noted first, then taken in their order, each settled once."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from portal.foundation.database import db, table_of
from portal.jobs.models import Job, JobItem, Outcome

AT_ONCE = 20_000  # things that are noted by one statement


def note(job: Job, ids: sa.Select[tuple[int]], after: int = 0, most: int = AT_ONCE) -> tuple[int, int]:
    """Note the next things behind an id that a query finds as what the job acts on; how many, and the last id."""
    rows = table_of(JobItem)
    [own] = ids.selected_columns
    some = ids.where(own > after).order_by(own).limit(most)
    waiting = sa.literal(Outcome.WAITING, rows.c.outcome.type)
    found = some.add_columns(sa.literal(job.id, sa.Integer), waiting)
    db.session.execute(sa.insert(rows).from_select(["thing_id", "job_id", "outcome"], found, include_defaults=False))
    new = sa.select(sa.func.count(), sa.func.max(rows.c.thing_id)).where(rows.c.job_id == job.id)
    number, last = db.session.execute(new.where(rows.c.thing_id > after)).one()
    return number, last or after


def take(job: Job, after: int, most: int) -> Sequence[int]:
    """The next things behind an id, in the order of their ids."""
    waiting = sa.select(JobItem.thing_id).where(JobItem.job_id == job.id, JobItem.thing_id > after)
    return db.session.scalars(waiting.order_by(JobItem.thing_id).limit(most)).all()


def settle(job: Job, thing_id: int, outcome: Outcome, before: dict[str, Any] | None = None) -> None:
    """Say what became of one thing, and what undoing it needs."""
    item = sa.update(JobItem).where(JobItem.job_id == job.id, JobItem.thing_id == thing_id)
    settled = item.values(outcome=outcome, before=before)
    db.session.execute(settled.execution_options(synchronize_session=False))


def changed(job: Job, after: int, most: int) -> Sequence[tuple[int, dict[str, Any]]]:
    """The next things behind an id that a job changed, with what undoing each needs."""
    mine = sa.select(JobItem.thing_id, JobItem.before).where(JobItem.job_id == job.id, JobItem.thing_id > after)
    rows = db.session.execute(
        mine.where(JobItem.outcome == Outcome.CHANGED).order_by(JobItem.thing_id).limit(most)
    ).tuples()
    return [(thing_id, before or {}) for thing_id, before in rows]
