"""Segments ask who clicked: people, as they were judged, in which campaign and how lately; never programs."""

from datetime import timedelta

import pytest

from portal.foundation import clock
from portal.foundation.database import db, transaction
from portal.newsletter.models import Campaign, DeliveryEvent, EventKind
from portal.newsletter.rules import conditions
from portal.newsletter.rules import segments as rules
from portal.newsletter.rules.segments import Row
from tests.newsletter.campaigns import drafted
from tests.newsletter.people import days_ago, every, names_in, none_of, subscriber


def sent(name, **more):
    """A campaign that counted clicks, by its id."""
    return drafted(name=name, tracks_clicks=True, started_at=clock.now() - timedelta(days=50), **more)


@pytest.fixture
def clicks(app):
    """Ann followed a link of Lamps yesterday, Ben one of Chairs long ago, a program one in Zoe's mail of Lamps."""
    lamps, chairs = sent("Lamps"), sent("Chairs")
    ann, ben, zoe = (subscriber(f"{name}@demo.example") for name in ("ann", "ben", "zoe"))
    kinds = ((lamps, ann, EventKind.CLICK, 1), (chairs, ben, EventKind.CLICK, 40), (lamps, zoe, EventKind.SCAN, 1))
    with transaction():
        for campaign_id, who, kind, days in kinds:
            row = DeliveryEvent(campaign_id=campaign_id, subscription_id=who.id, kind=kind, at=days_ago(days))
            db.session.add(row)
    return lamps, chairs


def test_who_clicked_is_asked_by_how_lately(clicks):
    cases = {("within", "30"): ["ann"], ("within", "60"): ["ann", "ben"], ("not-within", "30"): ["ben", "zoe"]}
    cases |= {("ever", ""): ["ann", "ben"], ("never", ""): ["zoe"]}
    found = {(how, days): names_in(every(Row("clicked", how, days))) for how, days in cases}
    assert found == cases


def test_who_clicked_is_asked_by_campaign(clicks):
    lamps, chairs = clicks
    assert names_in(every(Row("clicked-campaign", "is", str(lamps)))) == ["ann"]
    assert names_in(every(Row("clicked-campaign", "one-of", f"{lamps}\n{chairs}"))) == ["ann", "ben"]
    assert names_in(every(Row("clicked-campaign", "none-of", str(lamps)))) == ["ben", "zoe"]
    assert names_in(none_of(Row("clicked-campaign", "is", "4711"))) == []


def test_only_campaigns_that_count_clicks_are_offered_and_the_condition_says_so(clicks):
    drafted(name="Uncounted", started_at=clock.now())
    known = conditions.every()
    words = [said.partition(",")[0] for _value, said in known["clicked-campaign"].choices()]
    assert words == ["Chairs", "Lamps"]
    assert "campaigns that count them" in str(known["clicked"].note)
    said = rules.sentence(every(Row("clicked", "within", "30")), known)
    assert said == "Clicked a link in the last 30 days"
    assert db.session.get(Campaign, clicks[0]).tracks_clicks
