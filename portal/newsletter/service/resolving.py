"""Recipients in doubt: a person says whether their mail counts as sent or goes out once more."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.foundation.clock import now
from portal.foundation.database import db, table_of
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.newsletter.errors import CampaignMoved
from portal.newsletter.models import Campaign, CampaignState, ChunkState, Delivery, DeliveryChunk, DeliveryState
from portal.newsletter.rules import CAMPAIGN_WORDS
from portal.newsletter.rules.campaigns import Move
from portal.newsletter.service import campaigns

_delivery, _chunk = table_of(Delivery), table_of(DeliveryChunk)


def count_as_sent(campaign: Campaign, subscription_id: int, *, by: Actor) -> None:
    """Take it that the mail arrived.

    Raises:
        NotFound: the recipient is not in doubt.
    """
    chunk = _in_doubt(campaign, subscription_id)
    _settle(campaign, subscription_id, DeliveryState.ACCEPTED, code="resolved")
    _recount(campaign, chunk, accepted=_chunk.c.accepted + 1)
    _note(campaign, subscription_id, "sent", by)


def send_again(campaign: Campaign, subscription_id: int, *, by: Actor) -> None:
    """Have the mail go out once more, which may make it the second one.

    Raises:
        NotFound: the recipient is not in doubt.
        CampaignMoved: the campaign is in a state in which nothing can be added to it.
    """
    chunk = _in_doubt(campaign, subscription_id)
    # Where all others have a result, the end is theirs: it keeps back nobody whom a person wants to be written to.
    until = sa.case((Campaign.state == CampaignState.FINISHED, sa.null()), else_=Campaign.stop_trying_at)
    if not campaigns.moved(campaign.id, Move.AGAIN, ended_at=None, stop_trying_at=until):
        raise CampaignMoved(_("The campaign is %(state)s by now.", state=CAMPAIGN_WORDS[campaign.state]))
    _settle(campaign, subscription_id, DeliveryState.QUEUED, code=None)
    _recount(campaign, chunk, **_opened())
    _note(campaign, subscription_id, "again", by)


def _in_doubt(campaign: Campaign, subscription_id: int) -> int:
    """The chunk of somebody in doubt, whom nobody else settles meanwhile."""
    mine = (_delivery.c.campaign_id == campaign.id, _delivery.c.subscription_id == subscription_id)
    doubted = _delivery.c.state == int(DeliveryState.UNKNOWN)
    number: int | None = db.session.scalar(sa.select(_delivery.c.chunk).where(*mine, doubted).with_for_update())
    if number is None:
        raise NotFound(_("Nobody is in doubt about this recipient any more."))
    return number


def _settle(campaign: Campaign, subscription_id: int, state: DeliveryState, code: str | None) -> None:
    mine = (_delivery.c.campaign_id == campaign.id, _delivery.c.subscription_id == subscription_id)
    change = sa.update(_delivery).where(*mine).values(state=int(state), code=code, at=now())
    db.session.execute(change)


def _recount(campaign: Campaign, number: int, **values: object) -> None:
    mine = sa.and_(_chunk.c.campaign_id == campaign.id, _chunk.c.number == number)
    db.session.execute(sa.update(_chunk).where(mine).values(unknown=_chunk.c.unknown - 1, **values))


def _opened() -> dict[str, sa.ColumnElement[object]]:
    """A chunk that somebody may take now; one that a sender holds stays theirs, who looks once more before the end."""
    is_held = _chunk.c.state == int(ChunkState.LEASED)
    return {
        "state": sa.case((is_held, _chunk.c.state), else_=int(ChunkState.OPEN)),
        "due_at": sa.case((is_held, _chunk.c.due_at), else_=sa.literal(now(), _chunk.c.due_at.type)),
    }


def _note(campaign: Campaign, subscription_id: int, decision: str, by: Actor) -> None:
    changes: dict[str, tuple[object, object]] = {"subscription": (None, subscription_id), "decision": (None, decision)}
    audit.record(
        "newsletter.campaign_resolved", Subject("campaign", campaign.id, campaign.name), by=by, changes=changes
    )
