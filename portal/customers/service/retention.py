"""What this feature forgets by itself: who of the staff looked at whom."""

import sqlalchemy as sa

from portal.config import settings
from portal.customers.models import CustomerView
from portal.foundation import retention
from portal.foundation.database import db
from portal.foundation.retention import AT_ONCE, Rule


def forget_looks(most: int = AT_ONCE) -> int:
    """Delete looks longer ago than the shop keeps them; returns how many."""
    last = retention.before(settings().keep_looks)
    if last is None:
        return 0
    oldest = sa.select(CustomerView.id, CustomerView.at).order_by(CustomerView.id).limit(most)  # no table is searched
    late = [row_id for row_id, at in db.session.execute(oldest).tuples() if at < last]
    if late:
        db.session.execute(sa.delete(CustomerView).where(CustomerView.id.in_(late)))
    return len(late)


def _count() -> int:
    last = retention.before(settings().keep_looks)
    return retention.count(sa.select(CustomerView.id).where(CustomerView.at < last)) if last else 0


retention.declare(
    Rule("Looks at customers by staff", lambda: settings().keep_looks, "keep_looks", _count, forget_looks)
)
