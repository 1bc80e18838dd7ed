"""What the outbox holds about a person (see `foundation.holdings`)."""

from portal.foundation.holdings import Holding, declare
from portal.foundation.text import lazy

declare(
    Holding(
        table="outbox_message",
        by={"to_key": "emails"},
        title=lazy("Mails"),
        hidden=frozenset({"context", "due_at", "tries", "message_id", "last_reply"}),
    ),
    Holding(
        table="suppression",
        by={"email_key": "emails"},
        title=lazy("Addresses that we must not write to"),
        hidden=frozenset({"subject_hmac", "who"}),
    ),
)
