"""The verbs of jobs: start one, cancel it, do a step of those that are due, forget a person."""

from portal.jobs.service.forgetting import forget, forget_old
from portal.jobs.service.running import Step, advance_due, problem, runs
from portal.jobs.service.starting import cancel, start

__all__ = ["Step", "advance_due", "cancel", "forget", "forget_old", "problem", "runs", "start"]
