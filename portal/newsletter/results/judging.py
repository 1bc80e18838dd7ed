"""Touched links become clicks of people or scans of programs, once their neighbours in time are known."""

from collections import defaultdict
from datetime import datetime

import sqlalchemy as sa

from portal.foundation import database
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.newsletter.bounces import scoring
from portal.newsletter.models import IS_TOUCH, CampaignLink, DeliveryEvent, EventKind
from portal.newsletter.rules import clicks
from portal.newsletter.rules.clicks import AROUND, Touch

AT_ONCE = 500
LATER = 2 * AROUND  # until then, what a program does next may tell that it is one

Mail = tuple[int, int]  # campaign and subscription


def judge_touches(most: int = AT_ONCE) -> int:
    """Judge the oldest links that were touched long enough ago; returns how many."""
    with database.transaction():
        due = sa.select(DeliveryEvent).where(IS_TOUCH, DeliveryEvent.at <= now() - LATER)
        touched = db.session.scalars(due.order_by(DeliveryEvent.at).limit(most).with_for_update()).all()
        if not touched:
            return 0
        reasons = _reasons({(one.campaign_id, one.subscription_id) for one in touched}, touched[0].at - AROUND)
        for one in touched:
            _become(one, one.detail or reasons.get(one.id, ""))
        for campaign_id in {one.campaign_id for one in touched}:
            scoring.make_stale(campaign_id)
    return len(touched)


def _reasons(mails: set[Mail], since: datetime) -> dict[int, str]:
    """Why events of these mails are a program's, judged with all that was done with the same mail around then."""
    kinds = (EventKind.TOUCH, EventKind.CLICK, EventKind.SCAN)
    near = (
        sa.select(DeliveryEvent, CampaignLink.position)
        .outerjoin(CampaignLink, CampaignLink.id == DeliveryEvent.link_id)
        .where(
            DeliveryEvent.subscription_id.in_({subscription_id for _campaign, subscription_id in mails}),
            DeliveryEvent.campaign_id.in_({campaign_id for campaign_id, _subscription in mails}),
            DeliveryEvent.kind.in_(kinds),
            DeliveryEvent.at >= since,
        )
    )
    by_mail: dict[Mail, list[Touch]] = defaultdict(list)
    for event, position in db.session.execute(near):
        is_known = event.kind is EventKind.SCAN or event.detail != ""
        touch = Touch(event.id, event.link_id, event.at, is_hidden=position == 0, is_known=is_known)
        by_mail[event.campaign_id, event.subscription_id].append(touch)
    return {
        number: why
        for mail, touches in by_mail.items()
        if mail in mails
        for number, why in clicks.judge(touches).items()
    }


def _become(touch: DeliveryEvent, why: str) -> None:
    """Once an hour for each person and link: a second one of the same kind says nothing new."""
    kind = EventKind.SCAN if why else EventKind.CLICK
    same = sa.select(DeliveryEvent.id).where(
        DeliveryEvent.campaign_id == touch.campaign_id,
        DeliveryEvent.kind == kind,
        DeliveryEvent.subscription_id == touch.subscription_id,
        DeliveryEvent.link_id == touch.link_id,
        DeliveryEvent.slot == touch.slot,
    )
    if db.session.scalar(same) is None:
        touch.kind, touch.detail = kind, why
    else:
        db.session.delete(touch)
    db.session.flush()
