"""Groups in order, deleted when nobody has to do with them; reasons for saying no; figures of waiting."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditEntry
from portal.customers.service import merging
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import Conflict, NotFound
from portal.groups import queries
from portal.groups.errors import GroupInUse, ReasonTaken
from portal.groups.models import Approval
from portal.groups.service import applications, groups, memberships, reasons
from tests import cast
from tests.groups.conftest import CLARA, OTTO


def names():
    db.session.expire_all()
    return [group.name for group in queries.all_groups()]


def test_an_unused_group_is_deleted_and_leaves_its_facts_in_the_log(app, trail):
    row = cast.group("Trade")
    assert groups.remove_group(row.id, by=OTTO) == "Trade"
    assert names() == ["Retail"]
    assert trail() == ["group.removed"]
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert entry.changes["name"] == ["Trade", None]


def test_memberships_that_nobody_sees_keep_no_group(app):
    gold = cast.group("Gold", Approval.NONE)
    ann, ivy = cast.customer(cast.ANN), cast.customer(cast.IVY)
    for row in (ann, ivy):
        applications.set_group(row, gold.id, by=OTTO)
    done = merging.merge(ann, ivy, taken=(), takes_account=False, by=OTTO)
    assert (queries.count_members(gold.id), queries.members_by_group()[gold.id]) == (1, 1)
    memberships.take_out(ann, gold.id, by=OTTO)
    assert groups.remove_group(gold.id, by=OTTO) == "Gold"
    with pytest.raises(Conflict):
        merging.undo(done, by=OTTO)


def test_one_in_use_stays_and_the_message_counts_why(app):
    trade = cast.group("Trade")
    rows = [cast.applicant(person, trade) for person in (cast.IVY, cast.ANN)]
    applications.approve(rows[0].id, by=CLARA)
    db.session.commit()
    with pytest.raises(GroupInUse, match="1 member, 2 applications"):
        groups.remove_group(trade.id, by=OTTO)
    with pytest.raises(GroupInUse, match="default of the shop"):
        groups.remove_group(queries.default_group().id, by=OTTO)
    assert names() == ["Retail", "Trade"]


def test_a_member_who_prefers_another_group_counts_too(app):
    ann, club = cast.customer(cast.ANN), cast.group("Club", Approval.NONE)
    memberships.join_freely(ann, club.id, by=CLARA)
    with pytest.raises(GroupInUse, match="1 member"):
        groups.remove_group(club.id, by=OTTO)


def test_joining_and_deleting_at_once_leave_no_member_without_a_group(app, at_once):
    ann, club = cast.customer(cast.ANN), cast.group("Club", Approval.NONE)
    number, customer = club.id, ann.id
    at_once(
        lambda: groups.remove_group(number, by=OTTO),
        lambda: applications.set_group(db.session.get_one(type(ann), customer), number, by=CLARA),
    )
    mine = [row.group.name for row in queries.memberships(customer)]
    assert mine in (["Retail"], ["Club", "Retail"])
    assert ("Club" in names()) == ("Club" in mine)


def test_groups_move_up_and_down_and_stop_at_the_ends(app):
    a, b, c = (cast.group(name) for name in ("A", "B", "C"))
    groups.move_group(c.id, up=True, by=OTTO)
    assert names() == ["Retail", "A", "C", "B"]
    groups.move_group(a.id, up=False, by=OTTO)
    assert names() == ["Retail", "C", "A", "B"]
    groups.move_group(b.id, up=False, by=OTTO)
    assert names() == ["Retail", "C", "A", "B"]
    with pytest.raises(NotFound):
        groups.move_group(424242, up=True, by=OTTO)


def test_moving_at_once_loses_no_group(app, at_once):
    rows = [cast.group(name).id for name in ("A", "B", "C", "D")]
    at_once(*(lambda number=number: groups.move_group(number, up=True, by=OTTO) for number in rows))
    assert sorted(names()) == ["A", "B", "C", "D", "Retail"]
    assert [group.sort_order for group in queries.all_groups()] == [1, 2, 3, 4, 5]


def test_the_shop_keeps_its_own_reasons(app, trail):
    own = reasons.add("We only serve framers.", by=OTTO)
    assert reasons.choices()[-1] == (own.code, "We only serve framers.")
    reasons.move(own.id, up=True)
    assert reasons.choices()[-2][1] == "We only serve framers."
    reasons.change(own.id, "We serve framers only.", by=OTTO)
    assert reasons.in_words(own.code) == "We serve framers only."
    with pytest.raises(ReasonTaken):
        reasons.add("we SERVE framers only.", by=OTTO)
    reasons.remove(own.id, by=OTTO)
    assert len(reasons.choices()) == 4
    with pytest.raises(NotFound):
        reasons.change(own.id, "x", by=OTTO)
    assert trail() == ["reason.added", "reason.changed", "reason.removed"]


def test_who_was_declined_keeps_the_sentence_of_that_day(app):
    row = cast.applicant(cast.IVY, cast.group())
    reason = queries.reasons()[0]
    applications.decline(row.id, reason=reasons.in_words(reason.code), by=CLARA)
    told = row.reason
    reasons.change(reason.id, "Something else.", by=OTTO)
    assert row.reason == told


def test_the_waits_are_counted_from_application_to_decision(clock, app):
    assert queries.waits() is None
    trade = cast.group("Trade")
    for hours, person in ((1, cast.ANN), (5, cast.BEN), (30, cast.IVY)):
        row = cast.applicant(person, trade)
        row.submitted_at = now() - timedelta(hours=hours)
        db.session.commit()
        applications.approve(row.id, by=CLARA)
        db.session.commit()
    waits = queries.waits()
    assert (waits.decided, waits.in_time) == (3, 2)
    assert waits.median == timedelta(hours=5)
    assert waits.longest == timedelta(hours=30)
    clock.shift(timedelta(days=31))
    assert queries.waits() is None
