"""What this feature forgets by itself."""

import sqlalchemy as sa

from portal.foundation.clock import now
from portal.foundation.database import db
from portal.newsletter import queries, rules
from portal.newsletter.models import IS_PENDING, Subscription, SubscriptionState

AT_ONCE = 500


def forget_unconfirmed(most: int = AT_ONCE) -> int:
    """Delete the wishes that nobody confirmed within 30 days; returns how many rows were settled.

    Who had left before and was asked for anew is again somebody who has left: that must not be forgotten with it.
    """
    late = sa.select(Subscription).where(
        IS_PENDING,
        Subscription.changed_at <= now() - rules.PENDING_KEPT,
    )
    rows = db.session.scalars(late.order_by(Subscription.id).limit(most).with_for_update(of=Subscription)).all()
    for row in rows:
        if queries.has_left(row.email, row.audience_id):
            row.state, row.changed_at = SubscriptionState.UNSUBSCRIBED, now()
        else:
            db.session.delete(row)
    db.session.flush()
    return len(rows)
