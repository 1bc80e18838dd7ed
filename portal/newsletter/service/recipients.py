"""Whom a campaign is for, and why some of them are left out."""

from datetime import timedelta

import sqlalchemy as sa

from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.text import _
from portal.newsletter import rules
from portal.newsletter.models import Campaign, Delivery, DeliveryState, Segment, Subscription, SubscriptionState
from portal.newsletter.queries import segments as queries
from portal.newsletter.rules import exclusions
from portal.newsletter.service import segments

# What counts as a mail that somebody had: it was sent, is being sent, or may have been.
HAD = (
    DeliveryState.QUEUED,
    DeliveryState.INTENT,
    DeliveryState.ACCEPTED,
    DeliveryState.DEFERRED,
    DeliveryState.UNKNOWN,
)


def wanted(campaign: Campaign) -> sa.ColumnElement[bool]:
    """Condition on subscriptions: they agreed, and are in the campaign's audience and segment.

    A segment that is gone or cannot be read is nobody: what a campaign goes to is never widened.
    """
    mine = sa.and_(Subscription.audience_id == campaign.audience_id, Subscription.state == SubscriptionState.ACTIVE)
    if campaign.segment_id is None:
        return mine
    segment = queries.by_id(campaign.segment_id)
    return sa.and_(mine, sa.false() if segment is None else segments.condition(segment))


def reason(campaign: Campaign) -> sa.ColumnElement[str]:
    """Why somebody is left out, the first reason that fits; empty for who gets the campaign."""
    whens = [(queries.is_suppressed(), sa.literal(exclusions.SUPPRESSED))]
    for segment_id in campaign.excluded_segment_ids:
        segment = db.session.get(Segment, segment_id)
        name = segment.name if segment is not None else _("number %(id)s, deleted since", id=segment_id)
        whens.append((_is_left_out(segment), sa.literal(f"{exclusions.SEGMENT}{name}")))
    if (lately := _had_lately(campaign)) is not None:
        whens.append((lately, sa.literal(exclusions.LESS_OFTEN)))
    return sa.case(*whens, else_=sa.literal(""))


def _is_left_out(segment: Segment | None) -> sa.ColumnElement[bool]:
    """Who is in a segment that is left out; everybody, when nobody can tell who that is."""
    if segment is None or segments.trouble(segment):
        return sa.true()
    return segments.condition(segment)


def _had_lately(campaign: Campaign) -> sa.ColumnElement[bool] | None:
    """Who wants fewer mails of this audience and had one since; None where no campaign began lately."""
    asked = []
    for days in filter(None, rules.PACES):
        since = now() - timedelta(days=days)
        begun = sa.select(Campaign.id).where(
            Campaign.audience_id == campaign.audience_id, Campaign.id != campaign.id, Campaign.started_at > since
        )
        ids = list(db.session.scalars(begun))
        if ids:
            had = sa.exists().where(
                Delivery.campaign_id.in_(ids),
                Delivery.subscription_id == Subscription.id,
                Delivery.state.in_(HAD),
            )
            asked.append(sa.and_(Subscription.days_between == days, had))
    return sa.or_(*asked) if asked else None
