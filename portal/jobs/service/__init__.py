"""The verbs of jobs: start one, cancel it, do steps of those that are due, note what they act on and refuse."""

from portal.jobs.service.items import note_all, settle, take
from portal.jobs.service.keeping import sweep
from portal.jobs.service.running import Step, advance_due, do_now, kinds, problem, runs
from portal.jobs.service.starting import cancel, start

__all__ = [
    "Step",
    "advance_due",
    "cancel",
    "do_now",
    "kinds",
    "note_all",
    "problem",
    "runs",
    "settle",
    "start",
    "sweep",
    "take",
]
