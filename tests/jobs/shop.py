"""A portal whose worker counts, slowly enough to be killed at it, for processes of their own."""

import time

from portal import create_app
from portal.jobs.service import runs
from tests.jobs.counting import KIND, count

app = create_app()


@runs(KIND)
def count_slowly(job):
    """One step, and in the middle of it a while in which a kill hits the work unstored."""
    more = count(job)
    time.sleep(0.05)
    return more
