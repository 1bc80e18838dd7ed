"""What a bounce or a complaint does to a subscription: each is noted once, and too many end it."""

from datetime import datetime

import sqlalchemy as sa

from portal.foundation.clock import now
from portal.foundation.database import db, insert_of, table_of
from portal.foundation.text import _
from portal.mail import service as mail
from portal.mail.models import SuppressionScope
from portal.newsletter import queries, rules
from portal.newsletter.models import (
    Campaign,
    CampaignResult,
    ConsentAction,
    ConsentSource,
    Delivery,
    DeliveryEvent,
    DeliveryState,
    EventKind,
    Subscription,
)
from portal.newsletter.queries.deliveries import packed
from portal.newsletter.rules import Step
from portal.newsletter.service import ledger
from portal.newsletter.service.ledger import Evidence, Proof

TOO_MUCH = 5  # mails in a row that came back, each from another campaign
BY_PROVIDER = "Complaint at the mailbox provider"

_delivery = table_of(Delivery)


def bounced(campaign_id: int, subscription_id: int, kind: EventKind, said: str, at: datetime | None = None) -> bool:
    """Note that a mail came back; returns whether it was news.

    A mailbox that is not there gets nothing more at once; one that takes nothing, after five campaigns in a row.

    Args:
        campaign_id: whose mail.
        subscription_id: to whom.
        kind: hard, soft or policy; the last changes nothing for the recipient.
        said: by the mail server.
        at: when, if not now.
    """
    if not _note_bounce(campaign_id, subscription_id, kind, said, at or now()):
        return False
    row = ledger.locked(subscription_id)
    if row is None or kind is EventKind.POLICY:
        return True
    fresh = row.bounced_at is None or row.changed_at > row.bounced_at  # they have agreed anew since
    before = 0 if fresh or row.bounced_at is None else max(row.bounce_score - _taken_since(row, row.bounced_at), 0)
    row.bounce_score, row.bounced_at = before + 1, now()
    db.session.flush()
    if kind is EventKind.HARD or row.bounce_score >= TOO_MUCH:
        end_mail_to(row.email)
    return True


def complained(campaign_id: int, subscription_id: int, said: str, at: datetime | None = None) -> bool:
    """Note that somebody called a mail spam; returns whether it was news. They get no newsletter of any kind again."""
    if not note(campaign_id, subscription_id, EventKind.COMPLAINT, said, at or now()):
        return False
    row = queries.subscription(subscription_id)
    if row is not None:
        take_complaint(row.email)
    return True


def end_mail_to(email: str) -> None:
    """Take an address out of every audience: its mailbox is not there."""
    for found in queries.of_email(email):
        row = ledger.locked(found.id)
        state = rules.after(row.state, Step.BOUNCE) if row is not None else None
        if row is not None and state is not None and state is not row.state:
            row.state, row.changed_at = state, now()
            row.bounced_at = row.bounced_at or now()
    db.session.flush()


def take_complaint(email: str) -> None:
    """Take an address out of every audience, as its owner asked by the mailbox's spam button."""
    mail.suppress(email, _("Marked our mail as spam."), SuppressionScope.MARKETING)
    evidence = Evidence(ConsentSource.COMPLAINT, Proof(), actor=BY_PROVIDER)
    for found in queries.of_email(email):
        row = ledger.locked(found.id)
        if row is not None and rules.after(row.state, Step.COMPLAIN) is not row.state:
            ledger.take(row, Step.COMPLAIN, ConsentAction.WITHDRAW, evidence=evidence)


def note(campaign_id: int, subscription_id: int, kind: EventKind, said: str, at: datetime) -> bool:
    """Write down something that happens once; returns whether it was news."""
    new = insert_of(DeliveryEvent).values(
        campaign_id=campaign_id,
        subscription_id=subscription_id,
        kind=kind,
        link_id=0,
        slot=0,
        at=at,
        detail=said.replace("\0", "")[:255],
    )
    once = ["campaign_id", "kind", "subscription_id", "link_id", "slot"]
    added = new.on_conflict_do_nothing(index_elements=once).returning(DeliveryEvent.id)
    is_news = db.session.scalar(added) is not None
    if is_news:
        make_stale(campaign_id)
    return is_news


def make_stale(campaign_id: int) -> None:
    """Have the sums of a campaign folded anew."""
    nothing = dict.fromkeys(
        ("hard", "soft", "policy", "complaints", "unsubscribes", "late", "clickers", "clicks", "scans", "pause_from"), 0
    )
    new = insert_of(CampaignResult).values(campaign_id=campaign_id, is_stale=True, is_counted=False, **nothing)
    db.session.execute(new.on_conflict_do_update(index_elements=["campaign_id"], set_={"is_stale": True}))


def _note_bounce(campaign_id: int, subscription_id: int, kind: EventKind, said: str, at: datetime) -> bool:
    """A mail bounces once; a server that says more about it later makes a soft one hard."""
    mine = sa.and_(DeliveryEvent.campaign_id == campaign_id, DeliveryEvent.subscription_id == subscription_id)
    bounces = (EventKind.HARD, EventKind.SOFT, EventKind.POLICY)
    known = set(db.session.scalars(sa.select(DeliveryEvent.kind).where(mine, DeliveryEvent.kind.in_(bounces))))
    if kind is EventKind.HARD and EventKind.SOFT in known and EventKind.HARD not in known:
        soft = sa.update(DeliveryEvent).where(mine, DeliveryEvent.kind == EventKind.SOFT)
        db.session.execute(soft.values(kind=kind, detail=said.replace("\0", "")[:255]))
        make_stale(campaign_id)
        return True
    return not known and note(campaign_id, subscription_id, kind, said, at)


def _taken_since(row: Subscription, since: datetime) -> int:
    """How many campaigns the mailbox has taken since its last bounce."""
    later = sa.select(Campaign.id).where(Campaign.audience_id == row.audience_id, Campaign.started_at > since)
    came_back = (
        sa.select(DeliveryEvent.id)
        .where(
            DeliveryEvent.subscription_id == row.id,
            DeliveryEvent.campaign_id == _delivery.c.campaign_id,
            DeliveryEvent.kind.in_((EventKind.HARD, EventKind.SOFT)),
        )
        .exists()
    )
    taken = sa.select(sa.func.count()).where(
        _delivery.c.campaign_id.in_(later),
        _delivery.c.subscription_id == row.id,
        _delivery.c.state == int(DeliveryState.ACCEPTED),
        ~came_back,
    )
    return int(db.session.scalar(taken) or 0) + _taken_long_ago(row, later)


def _taken_long_ago(row: Subscription, campaigns: sa.Select[tuple[int]]) -> int:
    """The same of those of these campaigns whose ledgers are packed."""
    accepted = {one.campaign_id for one in packed(campaigns, [row.id]) if one.state == DeliveryState.ACCEPTED}
    if not accepted:
        return 0
    bounced = sa.select(DeliveryEvent.campaign_id).where(
        DeliveryEvent.subscription_id == row.id,
        DeliveryEvent.campaign_id.in_(accepted),
        DeliveryEvent.kind.in_((EventKind.HARD, EventKind.SOFT)),
    )
    return len(accepted - set(db.session.scalars(bounced)))
