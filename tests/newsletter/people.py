"""Subscribers for tests of segments, some of them customers."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from portal.audit.service import OPERATOR
from portal.foundation import clock, emails
from portal.foundation.database import db
from portal.newsletter import queries
from portal.newsletter.models import Segment, Subscription, SubscriptionState
from portal.newsletter.rules.segments import Box, Match, Row
from portal.newsletter.service import segments


def subscriber(email: str, state: SubscriptionState = SubscriptionState.ACTIVE, **more: Any) -> Subscription:
    """An address of the default audience."""
    row = Subscription(
        audience_id=more.pop("audience_id", None) or queries.default_audience().id,
        email=email,
        email_key=emails.key(email),
        state=state,
        **more,
    )
    db.session.add(row)
    db.session.commit()
    return row


def days_ago(days: float) -> Any:
    """A moment so many days ago."""
    return clock.now() - timedelta(days=days)


def every(*parts: Row | Box) -> Box:
    return Box(Match.ALL, parts)


def either(*parts: Row | Box) -> Box:
    return Box(Match.ANY, parts)


def none_of(*parts: Row | Box) -> Box:
    return Box(Match.NONE, parts)


def segment(name: str, box: Box) -> Segment:
    """A segment of the default audience."""
    found = segments.add(queries.default_audience(), name, box, by=OPERATOR)
    db.session.commit()
    return found


def names_in(box_or_segment: Box | Segment) -> list[str]:
    """The first parts of the addresses that are in a segment."""
    found = box_or_segment
    if isinstance(found, Box):
        found = Segment(audience_id=queries.default_audience().id, name="", conditions=_stored(found))
    rows = db.session.scalars(sa.select(Subscription.email).where(segments.condition(found)).order_by(Subscription.id))
    return [email.partition("@")[0] for email in rows]


def _stored(box: Box) -> dict[str, Any]:
    from portal.newsletter.rules import segments as rules

    return rules.stored(box)
