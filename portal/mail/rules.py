"""When a mail is tried again, how many anybody may cause to an address, and which kinds go to staff."""

from dataclasses import dataclass
from datetime import timedelta

# How long after each failed try the next one comes: short for a server that restarts, long for one that is down.
PAUSES = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=8),
)
TRIES = len(PAUSES) + 1


@dataclass(frozen=True)
class Quota:
    """At most `mails` to one address within `window`."""

    mails: int
    window: timedelta


# Of the mails that anybody can cause to any address, together.
QUOTAS = (Quota(3, timedelta(hours=1)), Quota(6, timedelta(days=1)))

# What somebody gets because they work here. Their address may be a customer's, too, and a customer's pages tell none
# of it. Notices about accounts (`accounts.…`) go to both realms; whose account it is says to which.
TO_STAFF = frozenset(
    {
        "groups.digest",
        "groups.reminder",
        "newsletter.proof",
        "newsletter.stopped",
        "staff.invitation",
        "transfers.export_decided",
        "transfers.export_waits",
    }
)


def pause_after(tries: int) -> timedelta | None:
    """How long to wait after so many tries; None when it was the last."""
    return PAUSES[tries - 1] if tries < TRIES else None


def quota_exceeded(ages: list[timedelta]) -> Quota | None:
    """The first quota that one more mail would break, given how much older the earlier ones are."""
    return next((quota for quota in QUOTAS if sum(age < quota.window for age in ages) >= quota.mails), None)
