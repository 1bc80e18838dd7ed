"""Job, the things it acts on, and the rows of its work that were refused."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.audit.models import ActorKind
from portal.foundation.clock import now
from portal.foundation.database import Base, partial_index


class JobState(StrEnum):
    """Where a job is on its way."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN_STATES = (JobState.QUEUED, JobState.RUNNING)
IS_OPEN = sa.text("state IN ('queued', 'running')")


class Job(Base):
    """Long work in steps, each a transaction of its own that also moves `cursor` on; so a killed one resumes.

    `due_at` is time of the next try and end of a lease in one; `tries` is the fence: a worker may only go on with the
    number it claimed. `parameters` and `result` hold ids and plain choices, never a secret.
    """

    __tablename__ = "job"
    __table_args__ = (
        partial_index("ix_job_due", "due_at", "id", where=IS_OPEN),
        sa.Index(None, "owner_kind", "owner_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(64))
    state: Mapped[JobState] = mapped_column(default=JobState.QUEUED)
    owner_kind: Mapped[ActorKind]
    owner_id: Mapped[int | None]
    owner_name: Mapped[str] = mapped_column(sa.String(120))
    parameters: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    cursor: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)  # where the next step begins
    result: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    total: Mapped[int | None]  # pieces of work, None while nobody counted them
    done: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str] = mapped_column(sa.Text, default="")  # why it failed, fit for its owner
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    cancel_asked_at: Mapped[datetime | None]
    due_at: Mapped[datetime] = mapped_column(default=now)
    tries: Mapped[int] = mapped_column(default=0)
    broke: Mapped[int] = mapped_column(default=0)  # how often in a row the step in hand broke
    undoes_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"), unique=True)  # a job is undone once

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class Outcome(StrEnum):
    """What became of one thing that a job was to act on."""

    WAITING = "waiting"
    CHANGED = "changed"
    UNCHANGED = "unchanged"  # it was so already
    REFUSED = "refused"  # and a problem says why


class JobItem(Base):
    """One thing that a job acts on, noted before the first is changed: so result and undo speak of exactly these."""

    __tablename__ = "job_item"

    job_id: Mapped[int] = mapped_column(sa.ForeignKey("job.id", ondelete="CASCADE"), primary_key=True)
    thing_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # a row's id, as the kind knows it
    outcome: Mapped[Outcome] = mapped_column(default=Outcome.WAITING)
    before: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)  # what undoing needs


class JobProblem(Base):
    """One row that a job refused, and why."""

    __tablename__ = "job_problem"

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(sa.ForeignKey("job.id", ondelete="CASCADE"), index=True)
    line: Mapped[int | None]  # of a file, counted from 1 with its head; None where there is no file
    subject: Mapped[str] = mapped_column(sa.String(255), default="")  # what the row is about, as a customer number
    column: Mapped[str] = mapped_column(sa.String(120), default="")
    value: Mapped[str] = mapped_column(sa.Text, default="")
    reason: Mapped[str] = mapped_column(sa.Text)
