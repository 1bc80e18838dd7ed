"""Whom a campaign is for, and why some of them are left out."""

from collections.abc import Iterator
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
    whens = ((condition, sa.literal(why)) for why, condition in _reasons(campaign))
    return sa.case(*whens, else_=sa.literal(""))


def gets_it(campaign: Campaign) -> sa.ColumnElement[bool]:
    """Condition on subscriptions: they are wanted, and no reason leaves them out.

    It says what an empty `reason` says, as conditions that PostgreSQL can join by: asking for the reason of each of a
    million people takes it twice as long.
    """
    return sa.and_(wanted(campaign), *(_unless(condition) for _why, condition in _reasons(campaign)))


def _reasons(campaign: Campaign) -> Iterator[tuple[str, sa.ColumnElement[bool]]]:
    """Every reason there is to leave somebody out, with its condition, in the order of their weight."""
    yield exclusions.SUPPRESSED, queries.is_suppressed()
    for segment_id in campaign.excluded_segment_ids:
        segment = db.session.get(Segment, segment_id)
        name = segment.name if segment is not None else _("number %(id)s, deleted since", id=segment_id)
        yield f"{exclusions.SEGMENT}{name}", _is_left_out(segment)
    if (lately := _had_lately(campaign)) is not None:
        yield exclusions.LESS_OFTEN, lately


def _unless(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Its contrary, which holds as well where nobody can tell."""
    return sa.not_(condition) if isinstance(condition, sa.Exists) else condition.is_not(sa.true())


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
