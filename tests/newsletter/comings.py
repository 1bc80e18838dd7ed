"""A campaign that was sent, without sending it: its ledger is written as a sender would have left it."""

from datetime import datetime

import sqlalchemy as sa

from portal.foundation import clock
from portal.foundation.database import db, transaction
from portal.newsletter import queries
from portal.newsletter.models import (
    Campaign,
    CampaignContent,
    CampaignResult,
    CampaignState,
    ChunkState,
    Delivery,
    DeliveryChunk,
    DeliveryEvent,
    DeliveryState,
    EventKind,
    Subscription,
)
from portal.newsletter.results import work
from tests.newsletter.campaigns import HTML, PLAIN, subscribe


def sent_to(
    number: int, *, refused: dict[int, str] | None = None, state: CampaignState = CampaignState.FINISHED
) -> int:
    """A campaign to so many addresses, which are made when they are not there; `refused` says what a server said."""
    known = db.session.scalar(sa.select(sa.func.count()).select_from(Subscription)) or 0
    db.session.rollback()
    if known < number:
        subscribe(number)
    with transaction():
        at, said = clock.now(), refused or {}
        ids = db.session.scalars(sa.select(Subscription.id).order_by(Subscription.id).limit(number)).all()
        campaign = _campaign(state, at, number)
        db.session.add(campaign)
        db.session.flush()
        rows = [_row(campaign.id, one, said.get(place, ""), at) for place, one in enumerate(ids)]
        db.session.execute(sa.insert(Delivery), rows)
        counts = {"accepted": number - len(said), "rejected": len(said)}
        db.session.add(
            DeliveryChunk(
                campaign_id=campaign.id,
                number=0,
                first_id=ids[0],
                last_id=ids[-1],
                size=number,
                state=ChunkState.DONE,
                due_at=at,
                **counts,
            )
        )
        return campaign.id


def work_on() -> None:
    """What the worker does about what comes back, until nothing is left that is due."""
    while work.advance():
        pass
    db.session.rollback()


def subscriptions() -> list[Subscription]:
    """All of them as they are now."""
    db.session.rollback()
    query = sa.select(Subscription).order_by(Subscription.id).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def events() -> list[tuple[EventKind, str]]:
    """What was noted, oldest first."""
    db.session.rollback()
    return [(one.kind, one.detail) for one in db.session.scalars(sa.select(DeliveryEvent).order_by(DeliveryEvent.id))]


def result_of(campaign_id: int) -> CampaignResult:
    """The sums of a campaign."""
    db.session.rollback()
    return db.session.get_one(CampaignResult, campaign_id, populate_existing=True)


def _campaign(state: CampaignState, at: datetime, number: int) -> Campaign:
    content = CampaignContent(sender="Northgate Goods <news@demo.example>", subject="New lamps", html=HTML, text=PLAIN)
    audience = queries.default_audience()
    taken = db.session.scalar(sa.select(sa.func.count()).select_from(Campaign))
    return Campaign(
        public_id=f"lamps{taken}",
        audience_id=audience.id,
        name="Lamps",
        state=state,
        content=content,
        candidates=number,
        queued=number,
        excluded={},
        started_at=at,
        ended_at=at if state is CampaignState.FINISHED else None,
    )


def _row(campaign_id: int, subscription_id: int, said: str, at: datetime) -> dict[str, object]:
    return {
        "campaign_id": campaign_id,
        "subscription_id": subscription_id,
        "chunk": 0,
        "state": int(DeliveryState.REJECTED if said else DeliveryState.ACCEPTED),
        "attempt": 1,
        "epoch": 1,
        "code": said or "250 OK",
        "at": at,
    }
