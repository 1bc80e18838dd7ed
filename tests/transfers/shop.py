"""A portal whose imports go in small steps, slowly enough to be killed at them, for processes of their own."""

import time

from portal import create_app
from portal.jobs.service import runs
from portal.transfers.service import checking, importing, staging

ROWS = 150  # of one step

app = create_app()
staging.batch = lambda: ROWS


@runs(checking.KIND)
def check_slowly(job):
    """One step, and in the middle of it a while in which a kill hits the work unstored."""
    more = checking.step(job)
    time.sleep(0.2)
    return more


@runs(importing.KIND)
def import_slowly(job):
    """As above."""
    more = importing.step(job)
    time.sleep(0.2)
    return more
