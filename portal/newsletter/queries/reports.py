"""What came in about mails that were sent, as staff see it."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import defer

from portal.foundation import pagination
from portal.foundation.database import db
from portal.newsletter.models import InboundReport, ReportKind, Subscription

NEWEST_FIRST = pagination.Order(InboundReport.id, InboundReport.id, descending=True)


def by_id(report_id: int) -> InboundReport | None:
    """One report."""
    return db.session.get(InboundReport, report_id)


def page(kinds: Collection[ReportKind], *, after: str = "", before: str = "") -> pagination.Page[InboundReport]:
    """Reports of these kinds (all, when none is named), newest first, without what they look like."""
    query = sa.select(InboundReport).options(defer(InboundReport.raw))
    if kinds:
        query = query.where(InboundReport.kind.in_(kinds))
    return pagination.slice_of(query, NEWEST_FIRST, after=after, before=before)


def count_unclear() -> int:
    """How many wait for somebody to look at them, counted to pagination.COUNTED."""
    return pagination.count_of(sa.select(InboundReport.id).where(InboundReport.kind == ReportKind.UNCLEAR))


def addresses_of(rows: Collection[InboundReport]) -> dict[int, str]:
    """Whose they are, by the id of the subscription; those of people who were erased are left out."""
    ids = {row.subscription_id for row in rows if row.subscription_id is not None}
    known = sa.select(Subscription.id, Subscription.email).where(Subscription.id.in_(ids))
    return dict(db.session.execute(known).tuples().all()) if ids else {}
