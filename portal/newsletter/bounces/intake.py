"""Inbound mail is kept before anything is made of it: whoever handed it over may forget it once this has committed."""

import hashlib

import sqlalchemy as sa

from portal.config import settings
from portal.foundation import retention
from portal.foundation.clock import now
from portal.foundation.database import db, insert_of
from portal.foundation.retention import AT_ONCE, Rule
from portal.newsletter.models import InboundReport, ReportKind

KEPT = 262_144  # bytes of a mail: reports stand in front of the mail that they give back


def keep(raw: bytes, recipient: str) -> bool:
    """Keep a mail as it came; returns whether it is one that was not known yet.

    Args:
        raw: all of it; the same mail handed over twice is one report.
        recipient: of its envelope; empty where nobody knows.
    """
    new = insert_of(InboundReport).values(
        digest=hashlib.sha256(raw).hexdigest(),
        received_at=now(),
        recipient=recipient.replace("\0", "")[:320],
        size=len(raw),
        raw=raw[:KEPT],
        kind=ReportKind.NEW,
        subject="",
        outcome="",
        settled_by="",
    )
    added = new.on_conflict_do_nothing(index_elements=["digest"]).returning(InboundReport.id)
    return db.session.scalar(added) is not None


def forget_old(most: int = AT_ONCE) -> int:
    """Delete reports that were kept as long as the shop wants; what nobody has settled stays."""
    old = sa.select(InboundReport.id).where(*_is_old()).order_by(InboundReport.id).limit(most)
    ids = db.session.scalars(old).all()
    db.session.execute(sa.delete(InboundReport).where(InboundReport.id.in_(ids)))
    return len(ids)


def _is_old() -> tuple[sa.ColumnElement[bool], ...]:
    end = retention.before(settings().keep_reports)
    open_ones = (ReportKind.NEW, ReportKind.UNCLEAR)
    return (
        InboundReport.received_at <= end if end is not None else sa.false(),
        InboundReport.kind.not_in(open_ones),
    )


def _count() -> int:
    return retention.count(sa.select(InboundReport.id).where(*_is_old()))


retention.declare(
    Rule(
        "Bounces and complaints as they came",
        lambda: settings().keep_reports,
        "PORTAL_KEEP_REPORTS",
        _count,
        forget_old,
    )
)
