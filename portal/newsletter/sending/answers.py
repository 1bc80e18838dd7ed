"""What an answer of the mail server means for a recipient, and for the campaign."""

from datetime import datetime, timedelta

from portal.foundation.clock import now
from portal.newsletter.models import DeliveryState
from portal.newsletter.sending.rows import Result
from portal.newsletter.sending.smtp import CLOSING, Reply

# After each temporary refusal of a recipient; the campaign's own end comes before the last of them if it is earlier.
AGAIN = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240, 480))
POLICY = "5.7."  # our reputation, never the recipient's fault


def of_reply(recipient_id: int, reply: Reply, attempt: int, stop_at: datetime | None = None) -> Result:
    """What a reply means for the recipient; `attempt` is the number of tries with this one, none is after `stop_at`."""
    if reply.is_good:
        return Result(recipient_id, DeliveryState.ACCEPTED, str(reply))
    if reply.code == CLOSING:
        return Result(recipient_id, DeliveryState.QUEUED)
    if reply.is_for_good:
        return Result(recipient_id, DeliveryState.REJECTED, str(reply))
    if attempt > len(AGAIN):
        return Result(recipient_id, DeliveryState.FAILED, str(reply))
    again = now() + AGAIN[attempt - 1]
    if stop_at is not None and again > stop_at:
        return Result(recipient_id, DeliveryState.FAILED, str(reply))
    return Result(recipient_id, DeliveryState.DEFERRED, str(reply), again)


def of_code(recipient_id: int, said: str) -> Result:
    """The same from a journal, where the number of tries is not told: a temporary refusal is tried again soon."""
    code, _, text = said.partition(" ")
    return of_reply(recipient_id, Reply(int(code) if code.isdigit() else 0, text), 1)


def blames_us(reply: Reply) -> bool:
    """Whether a refusal is about the sender: the campaign stops, and the recipient is tried again."""
    return reply.is_for_good and reply.text.startswith(POLICY)


def is_about_sender(reply: Reply) -> bool:
    """Whether the server refused our own address, before it heard of the recipient: a quota, a full disk, no right."""
    return reply.command == "MAIL" and not reply.is_good
