"""How many are in a segment: exactly, by a sample where there are many, and never later than a page may wait."""

import sqlalchemy as sa

from portal.foundation import estimates
from portal.foundation.database import db, table_of
from portal.newsletter.models import Segment, Subscription
from portal.newsletter.queries import segments as seeking
from portal.newsletter.rules import conditions
from portal.newsletter.rules import segments as rules
from portal.newsletter.rules.conditions import Condition, Operator, Wants
from portal.newsletter.rules.segments import Row
from portal.newsletter.service import segments
from tests import cast
from tests.backoffice.desk import at_desk
from tests.newsletter.campaigns import subscribe
from tests.newsletter.people import every, segment, subscriber


def test_many_are_counted_by_a_sample_and_few_of_many_exactly(app, monkeypatch):
    ann = cast.customer(cast.ANN)
    ann.country = "IN"
    subscriber(cast.ANN.email)
    for number in range(300):
        subscriber(f"p{number}@demo.example")
    monkeypatch.setattr(seeking, "SAMPLE", 100)
    monkeypatch.setattr(seeking, "ENOUGH", 20)
    many = segments.counts(every(Row("customer", "is", "none")), 1)
    few = segments.counts(every(Row("country", "is", "IN")), 1)
    assert many.is_about
    assert 250 <= many.matching <= 350
    assert (few.is_about, few.matching) == (False, 1)


ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2000000000) SELECT count(*) FROM n"


def endless_for(monkeypatch, who):
    """Have one condition never come to an end for some people; it is true of addresses that begin with zoe1."""
    endless = sa.literal_column(f"(({ENDLESS}) > 0)", sa.Boolean)
    asked = sa.case((who, endless), else_=Subscription.email.ilike("zoe1%"))
    known = conditions.every() | {
        "slow": Condition("slow", "Slow", {"is": YES}, lambda _how, _value: asked.is_(sa.true()))
    }
    monkeypatch.setattr(conditions, "every", lambda: known)
    monkeypatch.setattr(seeking, "SAMPLE", 100)
    monkeypatch.setattr(seeking, "PATIENCE", 0.1)


def seen():
    """The ids of subscriptions that a sample of a hundred looks at, out of five thousand."""
    subscribe(5000)
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.text("ANALYZE subscription"))
    places, _step = estimates.sample(table_of(Subscription), 100)
    return list(db.session.scalars(sa.select(places.c.id)))


YES = Operator("is so", Wants.NOTHING)
SLOW = every(Row("slow", "is"))


def test_a_count_that_takes_too_long_is_given_up_and_a_sample_tells(app, monkeypatch):
    unseen = sa.select(sa.func.max(Subscription.id)).where(Subscription.id.not_in(seen()))
    endless_for(monkeypatch, Subscription.id == db.session.scalar(unseen))
    counts = segments.counts(SLOW, 1)
    assert (counts.is_about, counts.is_unknown) == (True, False)
    assert 600 <= counts.matching <= 1700
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Segment)) == 0


def test_where_not_even_a_sample_is_quick_nothing_is_said_and_the_page_is_there(app, monkeypatch, browser):
    subscriber("p1@demo.example")
    endless_for(monkeypatch, sa.true())
    assert segments.counts(SLOW, 1).is_unknown
    kept = segment("Slow", every(Row("country", "is", "IN")))
    kept.conditions = rules.stored(SLOW)
    db.session.commit()
    page = at_desk(browser, "marketing").open(f"/staff/segments/{kept.id}")
    assert "Not counted" in page.text


def test_a_sample_that_meets_nobody_says_how_many_they_are_at_most(app, monkeypatch):
    looked_at = seen()
    db.session.execute(sa.update(Subscription).where(Subscription.id.in_(looked_at)).values(email="ann@demo.example"))
    endless_for(monkeypatch, Subscription.id.not_in(looked_at))
    counts = segments.counts(SLOW, 1)
    assert (counts.matching, counts.is_about) == (0, True)
    assert counts.at_most >= 3 * 5000 / 100
