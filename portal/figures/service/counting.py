"""What happened on a day: one bounded count for each figure, taken once."""

from datetime import datetime

import sqlalchemy as sa

from portal.accounts.models import Account, Realm
from portal.customers.models import Customer, Origin
from portal.figures.models import Figure
from portal.foundation.database import db
from portal.groups.models import Application, ApplicationState
from portal.newsletter.models import Audience, Subscription, SubscriptionState

DECIDED = (ApplicationState.APPROVED, ApplicationState.DECLINED)


def count(start: datetime, end: datetime) -> dict[Figure, int]:
    """Every figure of the day between two moments."""
    decisions = _decisions(start, end)
    return {
        Figure.REGISTRATIONS: _number(
            Customer.id,
            Customer.created_at >= start,
            Customer.created_at < end,
            Customer.created_through != Origin.IMPORT,  # who comes with a file was a customer before
        ),
        Figure.CONFIRMATIONS: _number(
            Account.id,
            Account.realm == Realm.CUSTOMER,
            Account.email_confirmed_at >= start,
            Account.email_confirmed_at < end,
        ),
        Figure.WAITING: _number(
            Application.id,
            Application.submitted_at < end,
            sa.or_(Application.decided_at.is_(None), Application.decided_at >= end),
        ),
        Figure.DECISIONS: len(decisions),
        Figure.DECISION_SECONDS: round(sum(decisions)),
        Figure.SUBSCRIBERS: _number(
            Subscription.id,
            Subscription.audience_id.in_(sa.select(Audience.id).where(Audience.is_default)),
            Subscription.state == SubscriptionState.ACTIVE,
            Subscription.changed_at < end,
        ),
    }


def _decisions(start: datetime, end: datetime) -> list[float]:
    """How many seconds each application had waited that was decided."""
    rows = sa.select(Application.submitted_at, Application.decided_at).where(
        Application.decided_at >= start, Application.decided_at < end, Application.state.in_(DECIDED)
    )
    return [(decided - asked).total_seconds() for asked, decided in db.session.execute(rows).tuples() if decided]


def _number(counted: "sa.orm.InstrumentedAttribute[int]", *conditions: sa.ColumnElement[bool]) -> int:
    return db.session.scalar(sa.select(sa.func.count(counted)).where(*conditions)) or 0
