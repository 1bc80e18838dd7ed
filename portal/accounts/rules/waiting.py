"""How long a recovery waits whose answer is forgotten, and when its owner is warned."""

from datetime import timedelta

WAIT = timedelta(hours=24)
REMINDED_BEFORE = timedelta(hours=2)  # of its end
WARNED = timedelta(hours=1)  # at least so long before the link, also when the worker was down
OPEN_FOR = timedelta(hours=24)  # after the wait: so long a new link can be asked for, then it is over
