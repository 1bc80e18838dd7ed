"""What segments may ask of clicks: of people, as they were judged, never of programs that fetch every link."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.pages import day, local_day
from portal.foundation.text import lazy
from portal.newsletter.models import Campaign, DeliveryEvent, EventKind, Subscription
from portal.newsletter.queries.conditions import among, chosen
from portal.newsletter.rules import conditions, segments
from portal.newsletter.rules.conditions import Choices, Condition, Meaning, Operator, Wants

COUNTED = lazy("Clicks are known of campaigns that count them, and of people who let theirs be counted.")
LATELY = {
    "within": Operator(lazy("in the last"), Wants.DAYS, lazy("days")),
    "not-within": Operator(lazy("not in the last"), Wants.DAYS, lazy("days")),
    "ever": Operator(lazy("ever"), Wants.NOTHING),
    "never": Operator(lazy("never"), Wants.NOTHING),
}


def _clicked(*conditions_: Meaning) -> Meaning:
    mine = (DeliveryEvent.subscription_id == Subscription.id, DeliveryEvent.kind == EventKind.CLICK)
    return sa.exists().where(*mine, *conditions_)


def _lately(operator: str, value: str) -> Meaning | None:
    days = segments.number(value)
    if operator in ("ever", "never"):
        found = _clicked()
    elif days is not None:
        found = _clicked(DeliveryEvent.at >= now() - timedelta(days=days))
    else:
        return None
    return found if operator in ("within", "ever") else ~found


def _campaigns() -> Choices:
    """Campaigns that counted clicks, the newest first."""
    counting = sa.select(Campaign.id, Campaign.name, Campaign.started_at).where(
        Campaign.tracks_clicks, Campaign.started_at.is_not(None)
    )
    rows = db.session.execute(counting.order_by(Campaign.id.desc())).tuples()
    return [(str(number), f"{name}, {day(local_day(at))}") for number, name, at in rows if at is not None]


def _of_campaigns(values: Sequence[str]) -> Meaning:
    return _clicked(among(DeliveryEvent.campaign_id.expression, [int(value) for value in values]))


conditions.register(Condition("clicked", lazy("Clicked a link"), LATELY, _lately, note=COUNTED))
conditions.register(
    chosen("clicked-campaign", lazy("Campaign in which they clicked"), _campaigns, _of_campaigns, note=COUNTED)
)
