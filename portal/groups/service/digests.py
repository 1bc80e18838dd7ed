"""What approvers are mailed: once a day what waits, and once when something waits too long."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.config import settings
from portal.foundation.clock import now
from portal.foundation.database import db, insert_of
from portal.groups import mails, queries
from portal.groups.models import Application, ApproverDigest

KEPT = timedelta(days=30)  # rows that say who got the mail of a day
MOST = 500  # applications that one sweep reminds of


def send_due() -> int:
    """Post the mail of the day to each approver for whom something waits; how many that were.

    Each approver's row of the day is there once, whoever writes it first posts the mail.
    """
    hour, local = settings().approval_digest_hour, now().astimezone(ZoneInfo(settings().shop_time_zone))
    if hour < 0 or local.hour < hour:
        return 0
    today, posted = local.date(), 0
    had = set(db.session.scalars(sa.select(ApproverDigest.staff_member_id).where(ApproverDigest.day == today)))
    for member in queries.approvers():
        if member.id in had or not _claim(member.id, today):
            continue
        if queries.count_waiting(queries.for_member(member)):
            mails.digest(member)
            posted += 1
    db.session.execute(sa.delete(ApproverDigest).where(ApproverDigest.day < today - KEPT))
    return posted


def remind_due() -> int:
    """Tell approvers of applications that wait longer than their group promises, once each; how many those were."""
    late = sa.select(Application.id).where(queries.is_late(now()), Application.reminded_at.is_(None)).limit(MOST)
    claimed = (
        sa.update(Application)
        .where(Application.id.in_(late), Application.reminded_at.is_(None))
        .values(reminded_at=now())
        .returning(Application.id)
    )
    found = sorted(db.session.scalars(claimed))
    for member in queries.approvers() if found else ():
        if queries.count_waiting(replace(queries.for_member(member), among=frozenset(found))):
            mails.reminder(member, found)
    return len(found)


def _claim(member_id: int, day: object) -> bool:
    row = insert_of(ApproverDigest).values(staff_member_id=member_id, day=day)
    claimed = row.on_conflict_do_nothing().returning(ApproverDigest.staff_member_id)
    return db.session.scalar(claimed) is not None
