"""What the worker does for jobs."""

from portal.jobs import service


def advance_jobs() -> int:
    """Do the steps of one job that is due; returns how many were taken."""
    return service.advance_due()
