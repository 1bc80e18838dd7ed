"""Jobs as their owners and staff see them."""

from datetime import timedelta

import sqlalchemy as sa

from portal.audit.models import ActorKind
from portal.foundation.clock import now
from portal.foundation.database import LARGEST_ID, db
from portal.foundation.pagination import Order, Page, slice_of
from portal.jobs.models import IS_OPEN, Job, JobProblem, JobState

LATELY = timedelta(days=7)  # as long as a failed job is counted as waiting for its owner
NEWEST_FIRST = Order(Job.id, Job.id, descending=True)
_DUE = sa.select(sa.exists().where(IS_OPEN, Job.due_at <= sa.bindparam("moment")))


def is_anything_due() -> bool:
    """Whether a worker would find a job."""
    return bool(db.session.scalar(_DUE, {"moment": now()}))


def by_id(job_id: int) -> Job | None:
    """One job."""
    return db.session.get(Job, job_id) if job_id <= LARGEST_ID else None


def of_member(member_id: int, *, after: str = "", before: str = "") -> Page[Job]:
    """The jobs of a member of staff, newest first."""
    mine = sa.select(Job).where(Job.owner_kind == ActorKind.STAFF, Job.owner_id == member_id)
    return slice_of(mine, NEWEST_FIRST, after=after, before=before)


def latest(kind: str, owner_kind: ActorKind, owner_id: int) -> Job | None:
    """The newest job of one kind that somebody asked for, over or not."""
    theirs = sa.select(Job).where(Job.owner_kind == owner_kind, Job.owner_id == owner_id, Job.kind == kind)
    return db.session.scalar(theirs.order_by(Job.id.desc()).limit(1))


def all_of_staff(*, after: str = "", before: str = "") -> Page[Job]:
    """The jobs of all staff and of operators, newest first."""
    query = sa.select(Job).where(Job.owner_kind.in_((ActorKind.STAFF, ActorKind.OPERATOR)))
    return slice_of(query, NEWEST_FIRST, after=after, before=before)


def count_failed(member_id: int) -> int:
    """How many jobs of a member of staff failed lately."""
    return db.session.scalar(_failed(member_id).with_only_columns(sa.func.count(Job.id))) or 0


def latest_failed(member_id: int) -> Job | None:
    """The newest of them."""
    return db.session.scalar(_failed(member_id).order_by(Job.id.desc()).limit(1))


def _failed(member_id: int) -> sa.Select[tuple[Job]]:
    return sa.select(Job).where(
        Job.owner_kind == ActorKind.STAFF,
        Job.owner_id == member_id,
        Job.state == JobState.FAILED,
        Job.finished_at > now() - LATELY,
    )


def problems(job_id: int, *, after: str = "", before: str = "", size: int = 50) -> Page[JobProblem]:
    """What a job refused, in the order of its work."""
    refused = sa.select(JobProblem).where(JobProblem.job_id == job_id)
    return slice_of(refused, Order(JobProblem.id, JobProblem.id), after=after, before=before, size=size)


def undone_by(job_id: int) -> Job | None:
    """The job that takes back what another did."""
    return db.session.scalar(sa.select(Job).where(Job.undoes_id == job_id))
