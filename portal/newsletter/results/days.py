"""How audiences grow and shrink, day by day, written when a day is over."""

from datetime import date, timedelta

import sqlalchemy as sa

from portal.foundation import database
from portal.foundation.clock import now
from portal.foundation.database import db, insert_of
from portal.foundation.pages import local_day, start_of
from portal.newsletter import queries
from portal.newsletter.models import AudienceDay, ConsentAction, ConsentEvent, ConsentSource, SubscriptionState

BACK = 84  # days: twelve weeks


def write_missing() -> int:
    """Write one day that nobody has written; returns how many audiences it was written for."""
    with database.transaction():
        end = local_day(now())
        first = end - timedelta(days=BACK)
        audiences = [audience.id for audience in queries.audiences()]
        known = sa.select(AudienceDay.audience_id, AudienceDay.day).where(AudienceDay.day >= first)
        written = set(db.session.execute(known).tuples())
        for back in range(1, BACK + 1):
            day = end - timedelta(days=back)
            open_ones = [audience_id for audience_id in audiences if (audience_id, day) not in written]
            if open_ones:
                _write(day, open_ones, is_yesterday=back == 1)
                return len(open_ones)
    return 0


def _write(day: date, audience_ids: list[int], *, is_yesterday: bool) -> None:
    begin, end = start_of(day), start_of(day + timedelta(days=1))
    steps = {ConsentAction.CONFIRM: "joined", ConsentAction.WITHDRAW: "left"}
    counted = (
        sa.select(ConsentEvent.audience_id, ConsentEvent.action, sa.func.count())
        .where(ConsentEvent.at >= begin, ConsentEvent.at < end, ConsentEvent.action.in_(steps))
        .where(ConsentEvent.source != ConsentSource.IMPORT)  # a file that was taken back is no departure
        .group_by(ConsentEvent.audience_id, ConsentEvent.action)
    )
    numbers = {(audience_id, steps[action]): number for audience_id, action, number in db.session.execute(counted)}
    standing = queries.counts(audience_ids) if is_yesterday else {}
    rows = [
        {
            "audience_id": audience_id,
            "day": day,
            "joined": numbers.get((audience_id, "joined"), 0),
            "left": numbers.get((audience_id, "left"), 0),
            "subscribed": standing.get(audience_id, {}).get(SubscriptionState.ACTIVE, 0) if is_yesterday else None,
        }
        for audience_id in audience_ids
    ]
    db.session.execute(
        insert_of(AudienceDay).values(rows).on_conflict_do_nothing(index_elements=["audience_id", "day"])
    )
