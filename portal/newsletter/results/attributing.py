"""Which campaign somebody left by: the one whose mail carried the link, else the last that they had got within a week.

Who leaves in the account, or by the link of a mail that is older than campaigns' own links, names none. Told as
"unsubscribed" are of them those who left within seven days of a campaign's mail and before the next one's.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.foundation import database, emails
from portal.foundation.clock import now
from portal.foundation.database import db, insert_of, table_of
from portal.newsletter.bounces import scoring
from portal.newsletter.models import (
    Campaign,
    ConsentAction,
    ConsentEvent,
    ConsentSource,
    Delivery,
    DeliveryState,
    EventKind,
    ReadingMark,
    Subscription,
)
from portal.newsletter.service import leaving

MARK = "departures"
AT_ONCE = 500
BEHIND = timedelta(seconds=5)  # lines that were begun before the newest one have committed by then
AFTER_MAIL = timedelta(days=7)
OWN = (ConsentSource.ONE_CLICK, ConsentSource.MAILED_LINK, ConsentSource.ACCOUNT)

_delivery = table_of(Delivery)


def attribute_departures(most: int = AT_ONCE) -> int:
    """Read on in the ledger of consent; returns how many lines were read."""
    with database.transaction():
        last = db.session.get(ReadingMark, MARK)
        new = sa.select(ConsentEvent).where(
            ConsentEvent.id > (last.last_id if last is not None else 0), ConsentEvent.at <= now() - BEHIND
        )
        lines = db.session.scalars(new.order_by(ConsentEvent.id).limit(most)).all()
        for line in lines:
            # A complaint is told as one; what staff did is nobody's answer to a mail.
            if line.action is ConsentAction.WITHDRAW and line.source in OWN and line.actor == "" and line.email:
                _attribute(line)
        if lines:
            _remember(lines[-1].id)
    return len(lines)


def _attribute(line: ConsentEvent) -> None:
    subscription_id = db.session.scalar(
        sa.select(Subscription.id).where(
            Subscription.audience_id == line.audience_id, Subscription.email_key == emails.key(line.email or "")
        )
    )
    if subscription_id is None:
        return
    named = leaving.campaign_on(line.page)
    known = db.session.scalar(sa.select(Campaign.id).where(Campaign.id == named)) if named is not None else None
    campaign_id = known or _last_before(line.audience_id, subscription_id, line.at)
    if campaign_id is not None:
        scoring.note(campaign_id, subscription_id, EventKind.UNSUBSCRIBE, "", line.at)


def _last_before(audience_id: int, subscription_id: int, at: datetime) -> int | None:
    lately = sa.select(Campaign.id).where(
        Campaign.audience_id == audience_id,
        Campaign.started_at <= at,
        sa.or_(Campaign.ended_at.is_(None), Campaign.ended_at >= at - AFTER_MAIL),
    )
    got = (
        sa.select(_delivery.c.campaign_id)
        .where(
            _delivery.c.campaign_id.in_(lately),
            _delivery.c.subscription_id == subscription_id,
            _delivery.c.state.in_((int(DeliveryState.ACCEPTED), int(DeliveryState.UNKNOWN))),
            _delivery.c.at.between(at - AFTER_MAIL, at),
        )
        .order_by(_delivery.c.at.desc())
    )
    found: int | None = db.session.scalar(got.limit(1))
    return found


def _remember(last_id: int) -> None:
    new = insert_of(ReadingMark).values(name=MARK, last_id=last_id)
    grown = {"last_id": new.excluded.last_id}
    db.session.execute(new.on_conflict_do_update(index_elements=["name"], set_=grown))
