"""What the mailed links of this feature are for, and how long they work."""

from datetime import timedelta

from portal.foundation.tokens import Purpose

CONFIRM = Purpose("confirm-email", timedelta(hours=24))  # its subject is a registration
UNLOCK = Purpose("unlock", timedelta(hours=1))  # its subject is an account
RESET = Purpose("reset-password", timedelta(minutes=30))  # its subject is an account
