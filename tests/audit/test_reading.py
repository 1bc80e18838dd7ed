"""Reading the trail: newest first, narrowed by act and day, and never by walking through all of it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.audit import queries
from portal.audit.models import AuditEntry
from portal.audit.queries import entries
from portal.foundation import clock as time
from portal.foundation.database import db
from tests.hostile.tampering import act

FILTERS = {
    "all": {},
    "an act": {"verb": "customer.changed"},
    "a day": {"days": 3},
    "an act of a day": {"verb": "customer.changed", "days": 3},
}


def asked(days=0, **how):
    if days:
        how |= {"since": time.now() - timedelta(days=days), "until": time.now() - timedelta(days=days - 1)}
    return entries(**how)


def plan(statement):
    """How the database would read it when it had so much that it has to care."""
    connection = db.session.connection()
    if db.engine.dialect.name == "sqlite":
        return "\n".join(row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}"))
    for way in ("seqscan", "sort", "bitmapscan"):
        connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
    return "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}"))


@pytest.fixture
def week(app, clock):
    for day in range(7):
        act(f"Day {day}", verb="customer.changed" if day % 2 else "customer.added")
        db.session.commit()
        clock.shift(timedelta(days=1))


@pytest.fixture
def years(week):
    """So much that a database has to care: one act among many, and statistics that tell so."""
    old = {"actor_kind": "system", "actor_name": "Portal", "subject_kind": "shop", "subject_name": "Shop"}
    rest = {"changes": {}, "reason": "", "request_number": ""}
    rows = [
        old | rest | {"at": time.now() - timedelta(hours=number), "verb": f"shop.act_{number % 40}"}
        for number in range(4000)
    ]
    db.session.execute(sa.insert(AuditEntry.__table__), rows)
    db.session.execute(sa.text("ANALYZE audit_entry"))


@pytest.mark.parametrize("narrowed", FILTERS)
def test_every_filter_reads_off_an_index_in_its_order(years, monkeypatch, narrowed):
    seen = []
    slice_of = queries.slice_of
    monkeypatch.setattr(
        queries, "slice_of", lambda query, order, **how: seen.append((query, order)) or slice_of(query, order, **how)
    )
    asked(**FILTERS[narrowed])
    [(query, order)] = seen
    ordered = query.order_by(order.key.desc(), order.id.desc()).limit(51)
    told = plan(ordered.compile(db.engine, compile_kwargs={"literal_binds": True}))
    index = "ix_audit_entry_verb_at_id" if "verb" in FILTERS[narrowed] else "ix_audit_entry_at_id"
    assert index in told
    assert "TEMP B-TREE" not in told
    assert "Sort" not in told


def test_pages_follow_each_other_without_a_gap_also_at_one_moment(app, clock):
    for number in range(7):
        act(f"Entry {number}")
        db.session.commit()
    first = entries(size=3)
    second = entries(size=3, after=first.after)
    third = entries(size=3, after=second.after)
    names = [row.subject_name for page in (first, second, third) for row in page.rows]
    assert names == [f"Entry {number}" for number in reversed(range(7))]
    assert [row.id for row in entries(size=3, before=third.before).rows] == [row.id for row in second.rows]


def test_an_act_and_a_day_narrow_it(week):
    assert [row.subject_name for row in asked(verb="customer.changed").rows] == ["Day 5", "Day 3", "Day 1"]
    assert len(asked(days=3).rows) == 1
