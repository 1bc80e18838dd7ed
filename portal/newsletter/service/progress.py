"""What has to happen to campaigns by itself: begin in time, freeze, notice that nothing is in hand, and end."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from portal.audit.service import SYSTEM
from portal.foundation.clock import now
from portal.foundation.database import db, table_of
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.newsletter.errors import CampaignMoved
from portal.newsletter.models import Campaign, CampaignState, ChunkState, Delivery, DeliveryChunk, DeliveryState
from portal.newsletter.rules.campaigns import COUNTED, Move, balances
from portal.newsletter.service import alarming, campaigns, checking, freezing

GRACE = timedelta(minutes=60)  # after its moment, in which a campaign still begins by itself
FAR = datetime.max.replace(tzinfo=UTC)
MUCH_LATER = timedelta(minutes=1)
PIECE = 40  # chunks that are cancelled in one transaction
LOOK = timedelta(seconds=10)  # between two looks at how fast a campaign goes

_chunk, _delivery = table_of(DeliveryChunk), table_of(Delivery)
_SETTLED = tuple(COUNTED.values())
_MOVING = (
    *(CampaignState.PREPARING, CampaignState.SENDING, CampaignState.FINISHING),
    *(CampaignState.PAUSING, CampaignState.CANCELLING),
)
_begins = sa.and_(Campaign.state == CampaignState.SCHEDULED, Campaign.send_at <= sa.bindparam("moment"))
# Made once: every worker asks it twice a second.
_DUE = sa.select(Campaign.id, Campaign.state).where(sa.or_(_begins, Campaign.state.in_(_MOVING))).order_by(Campaign.id)


@dataclass(frozen=True)
class Standing:
    """How far a campaign is: `queued` is the sum of all the other numbers."""

    queued: int  # everybody in the ledger
    waiting: int  # of them, without a result: yet to come, or tried again later
    accepted: int
    rejected: int
    skipped: int
    unknown: int
    failed: int
    cancelled: int
    per_minute: int  # settled lately; 0 where nothing moves or nobody has looked twice
    finish_at: datetime | None  # when it ends at this pace, as far as that can be said

    @property
    def settled(self) -> int:
        """Those with a result."""
        return self.queued - self.waiting


def standing(campaign_id: int) -> Standing:
    """How far a campaign is, at the cost of some sums over its chunks.

    Raises:
        NotFound: there is no such campaign.
    """
    campaign = db.session.get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound(_("This campaign is gone."))
    done = settled(campaign_id)
    waiting = campaign.queued - sum(done.values())
    moves = campaign.state in (CampaignState.SENDING, CampaignState.FINISHING)
    per_minute = campaign.per_minute if moves else 0
    finish_at = now() + timedelta(minutes=waiting / per_minute) if per_minute and waiting else None
    return Standing(campaign.queued, waiting, **done, per_minute=per_minute, finish_at=finish_at)


def due() -> dict[int, CampaignState]:
    """Campaigns whose moment has come or that are on their way, and how they stand."""
    return dict(db.session.execute(_DUE, {"moment": now()}).tuples().all())


def is_sending_due() -> bool:
    """Whether there seems to be something for senders to do now."""
    moment = now()
    sends = Campaign.state.in_((CampaignState.SENDING, CampaignState.FINISHING))
    stops = Campaign.state.in_((CampaignState.PAUSING, CampaignState.CANCELLING))
    is_due = sa.or_(_chunk.c.due_at <= moment, Campaign.stop_trying_at <= moment)
    has_slot = sa.or_(Campaign.next_slot_at.is_(None), Campaign.next_slot_at <= moment)
    wanted = sa.and_(is_due, sa.or_(sa.and_(sends, has_slot), sa.and_(stops, _chunk.c.state == int(ChunkState.LEASED))))
    found = sa.select(sa.literal(1)).select_from(_chunk).join(Campaign, Campaign.id == _chunk.c.campaign_id)
    return db.session.scalar(found.where(sa.text("delivery_chunk.state < 2"), wanted).limit(1)) is not None


def advance(campaign_id: int) -> None:
    """Take whatever step a campaign is ready for; two at once take it once.

    One that is being prepared needs a transaction that sees one state of things (`database.still`): sums of an audience
    that people join and leave meanwhile would not balance.
    """
    campaign = db.session.get(Campaign, campaign_id, populate_existing=True)
    if campaign is None:
        return
    match campaign.state:
        case CampaignState.SCHEDULED:
            _begin(campaign)
        case CampaignState.PREPARING:
            _freeze(campaign)
        case CampaignState.PAUSING:
            if _in_hand(campaign) == 0 and campaigns.moved(campaign.id, Move.PAUSED) and campaign.pause_reason:
                alarming.stopped(campaign)
        case CampaignState.CANCELLING:
            if _is_still(campaign, CampaignState.CANCELLING) and _in_hand(campaign) == 0:
                _cancel_rest(campaign)
        case CampaignState.SENDING | CampaignState.FINISHING:
            _finish(campaign)
            _note_pace(campaign)


def settled(campaign_id: int) -> dict[str, int]:
    """How many recipients have which result, by its word; summed over chunks, never counted in the ledger."""
    sums = [sa.func.coalesce(sa.func.sum(_chunk.c[name]), 0).label(name) for name in _SETTLED]
    row = db.session.execute(sa.select(*sums).where(_chunk.c.campaign_id == campaign_id)).one()
    return {name: int(value) for name, value in row._mapping.items()}  # noqa: SLF001 - its public name


def _begin(campaign: Campaign) -> None:
    if campaign.send_at is None or campaign.send_at > now():
        return
    # Whoever took it back to the desk or gave it another moment since it was read here comes first.
    unchanged = Campaign.version == campaign.version
    is_late = campaign.send_at < now() - GRACE or (campaign.stop_trying_at or FAR) <= now()
    wrong = [] if is_late else checking.blocking(checking.of_all(campaign))
    with suppress(CampaignMoved):
        if is_late:
            campaigns.move(campaign, Move.MISS, SYSTEM, unchanged)
        elif wrong:
            campaigns.move(campaign, Move.HOLD, SYSTEM, unchanged, pause_reason="check_list")
        else:
            campaigns.launch(campaign, SYSTEM, unchanged)
            return
        alarming.stopped(campaign, [check.words for check in wrong])


def _freeze(campaign: Campaign) -> None:
    if _is_still(campaign, CampaignState.PREPARING):
        freezing.freeze(campaign)


def _is_still(campaign: Campaign, state: CampaignState) -> bool:
    """Whether a campaign is in a state, and stays there until the transaction ends: of two workers one goes on."""
    locked = sa.select(Campaign.state).where(Campaign.id == campaign.id).with_for_update()
    return db.session.scalar(locked) is state


def _in_hand(campaign: Campaign) -> int:
    """Chunks that a sender holds, dead or alive."""
    mine = sa.and_(_chunk.c.campaign_id == campaign.id, _chunk.c.state == int(ChunkState.LEASED))
    return int(db.session.scalar(sa.select(sa.func.count()).select_from(_chunk).where(mine)) or 0)


def _finish(campaign: Campaign) -> None:
    mine = _chunk.c.campaign_id == campaign.id
    open_ones = sa.and_(mine, _chunk.c.state != int(ChunkState.DONE))
    left, first_due = db.session.execute(
        sa.select(sa.func.count(), sa.func.min(_chunk.c.due_at)).where(open_ones)
    ).one()
    if left == 0 and balances(campaign.queued, settled(campaign.id)):
        campaigns.moved(campaign.id, Move.FINISH, ended_at=now())
    elif left and first_due > now() + MUCH_LATER:
        campaigns.moved(campaign.id, Move.ONLY_LATER)


def _note_pace(campaign: Campaign) -> None:
    """Note how many were settled since the last look; a pause between makes a look too old to tell anything."""
    moment = now()
    since = moment - campaign.pace_at if campaign.pace_at is not None else None
    if since is not None and since < LOOK:
        return
    done = sum(settled(campaign.id).values())
    fresh = since is not None and since < 6 * LOOK
    per_minute = round((done - campaign.pace_settled) / since.total_seconds() * 60) if since and fresh else 0
    values = {"pace_at": moment, "pace_settled": done, "per_minute": per_minute}
    statement = sa.update(Campaign).where(Campaign.id == campaign.id).values(**values)
    db.session.execute(statement.execution_options(synchronize_session=False))


def _cancel_rest(campaign: Campaign) -> None:
    """Settle some of those who were not written to; nobody holds a chunk, so nobody begins meanwhile."""
    waiting = (int(DeliveryState.QUEUED), int(DeliveryState.DEFERRED))
    mine = sa.and_(_delivery.c.campaign_id == campaign.id, _delivery.c.state.in_(waiting))
    left = (
        sa.select(sa.func.count())
        .where(mine, _delivery.c.subscription_id.between(_chunk.c.first_id, _chunk.c.last_id))
        .correlate(_chunk)
        .scalar_subquery()
    )
    own = _chunk.c.campaign_id == campaign.id
    wanted = sa.select(_chunk.c.number, _chunk.c.first_id, _chunk.c.last_id)
    some = db.session.execute(
        wanted.where(own, _chunk.c.state != int(ChunkState.DONE)).order_by(_chunk.c.number).limit(PIECE)
    ).all()
    if some:
        numbers = [row.number for row in some]
        ids = _delivery.c.subscription_id.between(some[0].first_id, some[-1].last_id)
        chosen = sa.and_(mine, ids, _delivery.c.chunk.between(numbers[0], numbers[-1]))
        over = sa.update(_chunk).where(own, _chunk.c.number.in_(numbers))
        db.session.execute(over.values(cancelled=_chunk.c.cancelled + left, state=int(ChunkState.DONE)))
        db.session.execute(sa.update(_delivery).where(chosen).values(state=int(DeliveryState.CANCELLED), at=now()))
    if len(some) < PIECE and balances(campaign.queued, settled(campaign.id)):
        campaigns.moved(campaign.id, Move.CANCELLED, ended_at=now())
