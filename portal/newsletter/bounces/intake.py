"""Inbound mail is kept before anything is made of it: whoever handed it over may forget it once this has committed."""

import hashlib

import sqlalchemy as sa

from portal.config import settings
from portal.foundation import retention
from portal.foundation.clock import now
from portal.foundation.database import db, insert_of
from portal.foundation.errors import Busy
from portal.foundation.retention import AT_ONCE, Rule
from portal.foundation.text import _
from portal.newsletter.bounces import verp
from portal.newsletter.models import InboundReport, ReportKind

KEPT = 262_144  # bytes of a mail: reports stand in front of the mail that they give back
MOST_OPEN = 5000  # reports that wait, for the worker or for a person: anybody may write to the bounce domain
MOST_OF_ONE = 50  # about one subscriber, who may have shown the signed address to anybody


def keep(raw: bytes, recipient: str) -> bool:
    """Keep a mail as it came; returns whether it is one that was not known yet.

    Args:
        raw: all of it; the same mail handed over twice is one report.
        recipient: of its envelope; empty where nobody knows.

    Raises:
        Busy: too many wait already; a mail server keeps it and tries again.
    """
    _refuse_too_many(recipient)
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


def _refuse_too_many(recipient: str) -> None:
    """What strangers pile up before a member of staff keeps out their mails, and not those to signed addresses."""
    signed, kinds = verp.read(recipient), [ReportKind.NEW, ReportKind.UNCLEAR]
    if signed is not None and _number(InboundReport.subscription_id == signed[1], MOST_OF_ONE) < MOST_OF_ONE:
        kinds = [ReportKind.NEW]
    if _number(InboundReport.kind.in_(kinds), MOST_OPEN) >= MOST_OPEN:
        raise Busy(_("Too many reports wait. Settle those at /staff/bounces, and see that a worker runs."))


def _number(which: sa.ColumnElement[bool], most: int) -> int:
    return retention.count(sa.select(InboundReport.id).where(which).limit(most))


def forget_old(most: int = AT_ONCE) -> int:
    """Delete reports that were kept as long as the shop wants; what nobody has settled stays."""
    old = sa.select(InboundReport.id).where(*_is_old()).order_by(InboundReport.id).limit(most)
    ids = db.session.scalars(old).all()
    db.session.execute(sa.delete(InboundReport).where(InboundReport.id.in_(ids)))
    return len(ids)


def _is_old() -> tuple[sa.ColumnElement[bool], ...]:
    end = retention.before(settings().keep_reports)
    return (
        InboundReport.received_at <= end if end is not None else sa.false(),
        InboundReport.kind.not_in((ReportKind.NEW, ReportKind.UNCLEAR)),
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
