"""Which step leads a campaign where, and when its sums balance."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from portal.newsletter.models import CampaignState, DeliveryState


class Move(StrEnum):
    """Something that is done with a campaign."""

    SCHEDULE = "schedule"
    LAUNCH = "launch"  # its moment has come, or somebody says: now
    MISS = "miss"  # its moment passed long ago
    HOLD = "hold"  # its moment has come, and something on its check list is wrong
    FROZEN = "frozen"  # everybody who gets it is written down
    PAUSE = "pause"
    PAUSED = "paused"  # nothing is in hand any more
    RESUME = "resume"
    CANCEL = "cancel"
    CANCELLED = "cancelled"
    ONLY_LATER = "only-later"  # nothing is left but what is tried again later
    FINISH = "finish"
    AGAIN = "again"  # somebody who was in doubt is written to once more
    BACK = "back"  # to the desk: not scheduled any more


_S = CampaignState
MOVES: dict[Move, dict[CampaignState, CampaignState]] = {
    Move.SCHEDULE: {_S.DRAFT: _S.SCHEDULED, _S.SCHEDULED: _S.SCHEDULED, _S.MISSED: _S.SCHEDULED},
    Move.BACK: {_S.SCHEDULED: _S.DRAFT, _S.MISSED: _S.DRAFT},
    Move.LAUNCH: {_S.DRAFT: _S.PREPARING, _S.SCHEDULED: _S.PREPARING, _S.MISSED: _S.PREPARING},
    Move.MISS: {_S.SCHEDULED: _S.MISSED},
    Move.HOLD: {_S.SCHEDULED: _S.MISSED},
    Move.FROZEN: {_S.PREPARING: _S.SENDING},
    Move.PAUSE: {_S.SENDING: _S.PAUSING, _S.FINISHING: _S.PAUSING},
    Move.PAUSED: {_S.PAUSING: _S.PAUSED},
    Move.RESUME: {_S.PAUSED: _S.SENDING, _S.PAUSING: _S.SENDING},
    Move.CANCEL: {
        **dict.fromkeys((_S.SENDING, _S.FINISHING, _S.PAUSING, _S.PAUSED), _S.CANCELLING),
        **dict.fromkeys((_S.DRAFT, _S.SCHEDULED, _S.MISSED, _S.PREPARING), _S.CANCELLED),
    },
    Move.AGAIN: {_S.FINISHED: _S.SENDING, _S.FINISHING: _S.SENDING, _S.SENDING: _S.SENDING, _S.PAUSED: _S.PAUSED},
    Move.CANCELLED: {_S.CANCELLING: _S.CANCELLED},
    Move.ONLY_LATER: {_S.SENDING: _S.FINISHING},
    Move.FINISH: {_S.SENDING: _S.FINISHED, _S.FINISHING: _S.FINISHED},
}

OVER = (_S.FINISHED, _S.CANCELLED)  # from here nothing leads on

TRIED_FOR = timedelta(hours=72)  # after a campaign began, where nobody said otherwise

# Results, by the column of a chunk that counts them.
COUNTED = {
    DeliveryState.ACCEPTED: "accepted",
    DeliveryState.REJECTED: "rejected",
    DeliveryState.SKIPPED: "skipped",
    DeliveryState.UNKNOWN: "unknown",
    DeliveryState.FAILED: "failed",
    DeliveryState.CANCELLED: "cancelled",
}


def before(move: Move) -> tuple[CampaignState, ...]:
    """The states that a move is possible in."""
    return tuple(MOVES[move])


def balances(queued: int, settled: Mapping[str, int]) -> bool:
    """Whether everybody in the ledger has a result."""
    return queued == sum(settled.values())


def usual_end(begun: datetime, queued: int, per_hour: int | None) -> datetime:
    """Until when mails are tried of a campaign that begins now: a while, after what its pace needs for all of them."""
    return begun + TRIED_FOR + (timedelta(hours=queued / per_hour) if per_hour else timedelta())
