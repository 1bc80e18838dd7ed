"""What the mailed links of this feature are for, and how long they work."""

from datetime import timedelta

from portal.foundation.tokens import Purpose

CONFIRM = Purpose("confirm-email", timedelta(hours=24))  # its subject is a registration
RESET = Purpose("reset-password", timedelta(minutes=30))  # its subject is an account

# The subject of these is a change of address.
CHANGE_EMAIL = Purpose("change-email", timedelta(hours=1))  # proves the new mailbox
STOP_CHANGE = Purpose("stop-email-change", timedelta(days=7))  # in the old mailbox, before it is in force
UNDO_CHANGE = Purpose("undo-email-change", timedelta(days=7))  # in the old mailbox, after

# The subject of these is a recovery that waits because its answer is forgotten.
STOP_WAITING = Purpose("stop-cooling-off", timedelta(days=2))
OPEN_WAITED = Purpose("open-cooling-off", timedelta(minutes=30))
