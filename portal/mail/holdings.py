"""What the outbox holds about a person (see `foundation.holdings`)."""

from portal.foundation.holdings import Holding, declare
from portal.foundation.text import lazy
from portal.mail.models import OutboxMessage
from portal.mail.rules import TO_STAFF

declare(
    Holding(
        table="outbox_message",
        by={"to_key": "emails"},
        title=lazy("Mails"),
        hidden=frozenset({"context", "due_at", "tries", "message_id", "last_reply"}),
        untold=OutboxMessage.kind.in_(TO_STAFF),
    ),
    Holding(
        table="suppression",
        by={"email_key": "emails"},
        title=lazy("Addresses that we must not write to"),
        hidden=frozenset({"subject_hmac", "who"}),
    ),
)
