"""The verbs of jobs: start one, cancel it, do steps of those that are due, note what they act on, refuse and forget."""

from portal.jobs.service.declaring import Step, kinds, reads_first, runs, shares
from portal.jobs.service.forgetting import forget, forget_old
from portal.jobs.service.items import AT_ONCE, Settled, changed, note, settle, take
from portal.jobs.service.running import advance_due, do_now, problem
from portal.jobs.service.starting import cancel, start

__all__ = [
    "AT_ONCE",
    "Settled",
    "Step",
    "advance_due",
    "cancel",
    "changed",
    "do_now",
    "forget",
    "forget_old",
    "kinds",
    "note",
    "problem",
    "reads_first",
    "runs",
    "settle",
    "shares",
    "start",
    "take",
]
