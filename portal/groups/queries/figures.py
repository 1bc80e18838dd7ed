"""How long applicants wait, in figures."""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from portal.foundation.clock import now
from portal.foundation.database import db
from portal.groups.models import Application, ApplicationState, CustomerGroup
from portal.groups.queries.queue import Wanted, conditions

LATELY = timedelta(days=30)
MOST = 2000  # decisions that are looked at, the newest first


@dataclass(frozen=True)
class Waits:
    """The time from application to decision, of the decisions of the last 30 days."""

    decided: int
    median: timedelta
    longest: timedelta
    in_time: int  # of those decided, as soon as their group promises


def waits(wanted: Wanted | None = None) -> Waits | None:
    """How long applicants waited lately, those who are wanted or all; nothing when nobody decided anything."""
    query = (
        sa.select(Application.submitted_at, Application.decided_at, CustomerGroup.answer_within)
        .join(CustomerGroup, CustomerGroup.id == Application.group_id)
        .where(
            Application.decided_at >= now() - LATELY,
            Application.state.in_((ApplicationState.APPROVED, ApplicationState.DECLINED)),
        )
        .order_by(Application.decided_at.desc())
        .limit(MOST)
    )
    if wanted is not None:
        query = query.where(*conditions(wanted))
    from statistics import median  # noqa: PLC0415 - half a megabyte, for who approves

    rows = [(end - start, hours) for start, end, hours in db.session.execute(query).tuples() if end is not None]
    if not rows:
        return None
    spans = [span for span, _hours in rows]
    return Waits(
        decided=len(rows),
        median=timedelta(seconds=median(span.total_seconds() for span in spans)),
        longest=max(spans),
        in_time=sum(span <= timedelta(hours=hours) for span, hours in rows),
    )
