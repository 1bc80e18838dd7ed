"""Start a job, or ask for its end."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.audit.service import Actor
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import Conflict
from portal.foundation.text import _
from portal.jobs.models import IS_OPEN, Job


def start(
    kind: str, parameters: dict[str, Any], *, by: Actor, total: int | None = None, undoes: Job | None = None
) -> Job:
    """Have the worker do something long, from the moment the caller's transaction is stored.

    Args:
        kind: what some feature declared with `runs`.
        parameters: ids and plain choices that the work needs, as JSON holds them.
        by: whose job it is.
        total: pieces of work, where they are counted already.
        undoes: the job whose work this one takes back.

    Raises:
        Conflict: `undoes` is taken back already.
    """
    job = Job(
        kind=kind,
        parameters=parameters,
        owner_kind=by.kind,
        owner_id=by.id,
        owner_name=by.name[:120],
        total=total,
        undoes_id=undoes.id if undoes else None,
    )
    try:
        with db.session.begin_nested():
            db.session.add(job)
    except IntegrityError:
        raise Conflict(_("This was taken back already.")) from None
    return job


def cancel(job: Job) -> None:
    """Ask for the end of a job; it stops after the step in hand, and what was done stays done.

    Raises:
        Conflict: it is over.
    """
    asked = (
        sa.update(Job)
        .where(Job.id == job.id, IS_OPEN, Job.cancel_asked_at.is_(None))
        .values(cancel_asked_at=now(), due_at=now())
    )
    changed = db.session.execute(asked.execution_options(synchronize_session=False)).rowcount  # type: ignore[attr-defined]  # an update's result is a CursorResult
    db.session.refresh(job)
    if not changed and job.cancel_asked_at is None:
        raise Conflict(_("This job is over already."))
