"""A portal whose imports go in small steps, slowly enough to be killed at them, for processes of their own."""

import time

from portal import create_app
from portal.foundation import companions
from portal.jobs.service import shares
from portal.transfers.service import checking, importing, staging

ROWS = 150  # of one step

app = create_app()
staging.batch = staging.glance = lambda: ROWS


@shares(checking.KIND, checking.take, lambda _job, looked: looked, companions.writers)
def check_slowly(job, looked):
    """One step, and in the middle of it a while in which a kill hits the work unstored."""
    more = checking.step(job, looked)
    time.sleep(0.2)
    return more


@shares(importing.KIND, importing.take, importing.write, companions.writers)
def import_slowly(job, written):
    """As above."""
    more = importing.step(job, written)
    time.sleep(0.2)
    return more
