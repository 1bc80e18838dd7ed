"""Exactly one default group, whoever presses what at the same moment."""

import sqlalchemy as sa

from portal.foundation.database import db
from portal.groups import queries
from portal.groups.errors import GroupChangedMeanwhile, GroupNameTaken
from portal.groups.models import Approval, CustomerGroup
from portal.groups.service import groups
from portal.groups.service.groups import Terms
from tests import cast
from tests.groups.conftest import CLARA, OTTO


def test_of_groups_made_the_default_at_once_one_is(app, at_once):
    rows = [cast.group(name, Approval.NONE) for name in ("A", "B", "C", "D")]
    calls = [
        lambda number=row.id, name=row.name: groups.change_group(
            number, Terms(name=name, is_default=True), version=1, by=CLARA
        )
        for row in rows
    ]
    at_once(*calls)
    assert len(db.session.scalars(sa.select(CustomerGroup).where(CustomerGroup.is_default)).all()) == 1


def test_eight_groups_of_one_name_at_once_are_one(app, at_once):
    names = ("Trade", "trade", "TRADE", "Träde") * 2
    results = at_once(
        *(lambda name=name: groups.define_group(Terms(name=name, is_default=True), by=OTTO) for name in names)
    )
    assert sum(isinstance(result, GroupNameTaken) for result in results) == 7
    assert queries.default_group().name in names


def test_of_two_who_save_one_version_at_once_one_wins(app, at_once):
    number = cast.group("Trade").id
    results = at_once(
        *(
            lambda name=name: groups.change_group(number, Terms(name=name), version=1, by=CLARA)
            for name in ("Mine", "Theirs")
        )
    )
    assert sum(isinstance(result, GroupChangedMeanwhile) for result in results) == 1
    assert queries.group(number).version == 2
