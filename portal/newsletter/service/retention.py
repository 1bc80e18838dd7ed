"""What this feature forgets by itself."""

import sqlalchemy as sa

from portal.foundation import retention
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.retention import AT_ONCE, Rule
from portal.newsletter import queries, rules
from portal.newsletter.models import IS_PENDING, Subscription, SubscriptionState


def forget_unconfirmed(most: int = AT_ONCE) -> int:
    """Delete the wishes that nobody confirmed within 30 days; returns how many rows were settled.

    Who had left before and was asked for anew is again somebody who has left: that must not be forgotten with it.
    """
    late = sa.select(Subscription).where(*_is_late())
    rows = db.session.scalars(late.order_by(Subscription.id).limit(most).with_for_update(of=Subscription)).all()
    for row in rows:
        if queries.has_left(row.email, row.audience_id):
            row.state, row.changed_at = SubscriptionState.UNSUBSCRIBED, now()
        else:
            db.session.delete(row)
    db.session.flush()
    return len(rows)


def _is_late() -> tuple[sa.ColumnElement[bool] | sa.TextClause, ...]:
    return IS_PENDING, Subscription.changed_at <= now() - rules.PENDING_KEPT


def _count() -> int:
    return retention.count(sa.select(Subscription.id).where(*_is_late()))


retention.declare(
    Rule("Newsletter wishes never confirmed", lambda: rules.PENDING_KEPT.days, "", _count, forget_unconfirmed)
)
