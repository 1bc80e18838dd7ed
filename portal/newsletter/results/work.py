"""All that the worker does about what comes back, in short transactions, again and again."""

from portal.newsletter.bounces import refusals, settling, watching
from portal.newsletter.results import attributing, domains, folding, judging


def advance() -> int:
    """Do some of everything; returns how much there was, so that the worker comes back at once while there is more."""
    done = settling.settle_new() + refusals.note_refused()
    watching.pause_bad()
    done += judging.judge_touches() + attributing.attribute_departures() + domains.count_ended()
    folding.fold_stale()
    return done
