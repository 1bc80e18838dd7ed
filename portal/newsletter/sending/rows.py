"""What the sender reads and writes: a chunk of recipients, one who waits, what became of a mail."""

from dataclasses import dataclass
from datetime import datetime

from portal.newsletter.models import DeliveryState


@dataclass(frozen=True)
class Chunk:
    """A lease: these recipients are this connection's to write to, as long as nobody else has a higher epoch."""

    campaign_id: int
    number: int
    first_id: int
    last_id: int
    size: int
    epoch: int
    former: str = ""  # worker that held it when its lease ran out; empty where it was free
    per_hour: int | None = None  # mails of the campaign, over all connections
    stop_at: datetime | None = None  # after which nobody of the campaign is tried any more

    @property
    def pause(self) -> float:
        """Seconds before each mail: chunks of a campaign that is held back go out one after the other."""
        return 3600.0 / self.per_hour if self.per_hour and self.size > 1 else 0.0


@dataclass(frozen=True)
class Waiting:
    """A recipient who has yet to be written to."""

    id: int
    attempt: int
    email: str
    first_name: str
    last_name: str
    number: str
    state: int
    retry_at: datetime | None
    counts_clicks: bool | None = False  # None: the subscription is gone


@dataclass(frozen=True)
class Result:
    """What became of a recipient's mail."""

    id: int
    state: DeliveryState
    code: str = ""
    retry_at: datetime | None = None


class Fenced(Exception):
    """Nothing more of a chunk may begin: its campaign does not send now."""


class TakenFrom(Fenced):
    """Somebody else holds the chunk by now: nothing more may be done with it, and what is in hand is theirs, too."""
