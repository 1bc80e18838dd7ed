"""How long what a job leaves behind is kept: rows that it refused hold what people typed."""

from datetime import timedelta

import sqlalchemy as sa

from portal.foundation.clock import now
from portal.foundation.database import db
from portal.jobs.models import Job, JobItem, JobProblem

KEPT = timedelta(days=30)


def sweep() -> None:
    """Forget the rows of a job that ended a month ago, one job at a time; that it ran, and its result, stays."""
    over = sa.select(Job.id).where(Job.finished_at <= now() - KEPT)
    for row in (JobProblem, JobItem):
        one = sa.select(row.job_id).where(row.job_id.in_(over)).limit(1).scalar_subquery()
        db.session.execute(sa.delete(row).where(row.job_id == one).execution_options(synchronize_session=False))
