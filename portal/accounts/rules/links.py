"""What the mailed links of this feature are for, and how long they work."""

from datetime import datetime, timedelta

from portal.foundation.tokens import Purpose

CONFIRM = Purpose("confirm-email", timedelta(hours=24))  # its subject is a registration
UNLOCK = Purpose("unlock", timedelta(hours=1))  # its subject is an account
RESET = Purpose("reset-password", timedelta(minutes=30))  # its subject is an account

# The subject of these is a change of address.
CHANGE_EMAIL = Purpose("change-email", timedelta(hours=1))  # proves the new mailbox
STOP_CHANGE = Purpose("stop-email-change", timedelta(days=7))  # in the old mailbox, before it is in force
UNDO_CHANGE = Purpose("undo-email-change", timedelta(days=7))  # in the old mailbox, after

WISH_KEPT = timedelta(days=7)  # a change of address that lacks something runs out

# The subject of these is a recovery that waits because its answer is forgotten.
STOP_WAITING = Purpose("stop-cooling-off", timedelta(days=2))  # in the first warning
STOP_REMINDED = Purpose("stop-cooling-off-reminded", timedelta(days=2))  # in the second; the first's goes on working
OPEN_WAITED = Purpose("open-cooling-off", timedelta(minutes=30))

STOPS = (STOP_WAITING, STOP_REMINDED)


def undo_ends(applied_at: datetime) -> datetime:
    """Until when a change of address can be undone, however often and late its mail is sent."""
    return applied_at + UNDO_CHANGE.lifetime


def runs_out_at(asked_at: datetime) -> datetime:
    """When a change of address is over that was not proven, or not approved, by then."""
    return asked_at + WISH_KEPT
