"""What the worker does for mail."""

from portal.mail import service

BATCH = 5  # what one thread can send soon


def deliver_outbox() -> int:
    """Deliver a few of the mails that are due; returns how many."""
    return service.deliver_due(BATCH)
