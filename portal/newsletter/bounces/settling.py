"""From a kept mail to what it does: by the portal where it understands it, by a member of staff where it does not."""

import logging

import sqlalchemy as sa

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.foundation import database, emails
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import Conflict
from portal.foundation.text import _
from portal.newsletter import queries
from portal.newsletter.bounces import identity, parsing, scoring
from portal.newsletter.bounces.parsing import Reading
from portal.newsletter.models import EventKind, InboundReport, ReportKind

AT_ONCE = 50
OPEN = (ReportKind.NEW, ReportKind.UNCLEAR)
BLAMES = (ReportKind.BOUNCE, ReportKind.COMPLAINT, ReportKind.UNCLEAR)  # somebody asks whose these are

log = logging.getLogger(__name__)


def settle_new(most: int = AT_ONCE) -> int:
    """Read the mails that nobody has read, each in a transaction of its own; returns how many.

    One that breaks something is put before a member of staff and does not keep the others from their turn.
    """
    with database.transaction():
        new = sa.select(InboundReport.id).where(InboundReport.kind == ReportKind.NEW)
        ids = list(db.session.scalars(new.order_by(InboundReport.id).limit(most)))
    for report_id in ids:
        try:
            _settle(report_id)
        except Exception as error:
            log.exception("Inbound report %s could not be settled.", report_id)
            with database.transaction():
                _put_aside(report_id, type(error).__name__)
    return len(ids)


def decide(report: InboundReport, kind: ReportKind, email: str, *, by: Actor) -> None:
    """Count a mail that the portal did not understand, or leave it be.

    Args:
        report: one that nobody has settled.
        kind: bounce, complaint or ignored.
        email: whose, where the mail does not say it; empty to ignore it.
        by: who decides.

    Raises:
        Conflict: somebody has settled it meanwhile, or no subscription has this address.
    """
    report = _locked(report.id)
    if report.kind not in OPEN:
        raise Conflict(_("Somebody has settled this report meanwhile."))
    if kind is not ReportKind.IGNORED:
        _count_by_hand(report, kind, email)
    report.kind, report.settled_at, report.settled_by = kind, now(), by.name[:120]
    db.session.flush()
    subject = Subject("inbound report", report.id, report.subject or report.recipient)
    audit.record("report.settled", subject, by=by, changes={"kind": (None, kind.value)})


def _settle(report_id: int) -> None:
    """Read a mail, which takes as long as its writer likes, and only then hold what others wait for."""
    with database.reading():
        report = db.session.get_one(InboundReport, report_id)
        recipient, raw = report.recipient, report.raw
    found = parsing.read(raw)
    whose = identity.whose(recipient, raw) if found.kind in BLAMES else None
    with database.transaction():
        _note(_locked(report_id), found, whose)


def _note(report: InboundReport, found: Reading, whose: tuple[int, int] | None) -> None:
    if report.kind is not ReportKind.NEW:
        return
    if whose is not None:
        report.campaign_id, report.subscription_id = whose
    report.subject, report.outcome = found.subject, found.said
    report.kind = _applied(found, whose, report)
    if report.kind is not ReportKind.UNCLEAR:
        report.settled_at = now()


def _applied(found: Reading, whose: tuple[int, int] | None, report: InboundReport) -> ReportKind:
    """What it counts as: without a signed word nobody is blamed for it."""
    if found.kind not in (ReportKind.BOUNCE, ReportKind.COMPLAINT):
        return found.kind
    if whose is None:
        report.outcome = f"Nobody’s that we know: {found.said}"[:255]
        return ReportKind.UNCLEAR
    if found.kind is ReportKind.COMPLAINT:
        scoring.complained(*whose, found.said, report.received_at)
    else:
        trouble = found.trouble or EventKind.SOFT
        scoring.bounced(*whose, trouble, found.said, report.received_at)
        report.outcome = f"{trouble.value}: {found.said}"[:255]
    return found.kind


def _count_by_hand(report: InboundReport, kind: ReportKind, email: str) -> None:
    """By the signed word in it if there is one, else by the address that was typed: that ends mail to it."""
    if report.campaign_id is not None and report.subscription_id is not None:
        if kind is ReportKind.COMPLAINT:
            scoring.complained(report.campaign_id, report.subscription_id, report.subject, report.received_at)
        else:
            scoring.bounced(report.campaign_id, report.subscription_id, EventKind.HARD, report.subject)
        return
    rows = queries.of_email(emails.key(email)) if email else []
    if not rows:
        raise Conflict(_("No subscriber has this address. Check it, or ignore the report."))
    report.subscription_id = rows[0].id
    if kind is ReportKind.COMPLAINT:
        scoring.take_complaint(rows[0].email)
    else:
        scoring.end_mail_to(rows[0].email)


def _put_aside(report_id: int, why: str) -> None:
    report = _locked(report_id)
    report.kind, report.outcome = ReportKind.UNCLEAR, f"It can’t be read: {why}"


def _locked(report_id: int) -> InboundReport:
    query = sa.select(InboundReport).where(InboundReport.id == report_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()
