"""The things that a job acts on: all noted first, then taken in their order, each settled once."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from portal.foundation.database import db, table_of
from portal.jobs.models import Job, JobItem, Outcome

AT_ONCE = 20_000  # things that are noted by one statement
Settled = tuple[int, Outcome, dict[str, Any] | None]  # a thing, what became of it, what undoing it needs


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


def settle(job: Job, settled: Sequence[Settled]) -> None:
    """Say what became of things, and what undoing each needs."""
    rows = table_of(JobItem)
    item = sa.update(rows).where(rows.c.job_id == job.id, rows.c.thing_id == sa.bindparam("thing"))
    values = item.values(outcome=sa.bindparam("became"), before=sa.bindparam("was"))
    told = [{"thing": thing_id, "became": outcome, "was": before} for thing_id, outcome, before in settled]
    if told:
        db.session.connection().execute(values, told)


def changed(job: Job, after: int, most: int) -> Sequence[tuple[int, dict[str, Any]]]:
    """The next things behind an id that a job changed, with what undoing each needs."""
    mine = sa.select(JobItem.thing_id, JobItem.before).where(JobItem.job_id == job.id, JobItem.thing_id > after)
    rows = db.session.execute(
        mine.where(JobItem.outcome == Outcome.CHANGED).order_by(JobItem.thing_id).limit(most)
    ).tuples()
    return [(thing_id, before or {}) for thing_id, before in rows]
