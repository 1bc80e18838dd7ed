"""Objects that are made of rows that went straight are those that SQLAlchemy would have loaded."""

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account
from portal.foundation.clock import now
from portal.foundation.database import db, table_of
from portal.foundation.loading import Loading
from portal.foundation.straight import Straight
from portal.staff.models import StaffMember
from tests import cast

ACCOUNT, MEMBER = Loading(Account), Loading(StaffMember)
OF = Straight(sa.select(*ACCOUNT.columns).where(table_of(Account).c.id == sa.bindparam("who")))


@pytest.fixture
def number(app):
    """Ann's account is on record, and no object of it is at hand."""
    known = cast.account(cast.ANN).id
    db.session.commit()
    db.session.expunge_all()
    return known


def made(number):
    return ACCOUNT(OF.one({"who": number}))


def test_it_is_whole_and_the_sessions_own(number):
    ann = made(number)
    told = {column.key: getattr(ann, column.key) for column in ACCOUNT.columns}
    assert ann in db.session
    assert not db.session.dirty
    db.session.expunge_all()
    loaded = db.session.get_one(Account, number)
    assert loaded is not ann
    assert told == {column.key: getattr(loaded, column.key) for column in ACCOUNT.columns}


def test_there_is_one_of_each_with_what_was_changed_in_it(number):
    ann = made(number)
    ann.locale = "de"
    assert made(number) is ann
    assert db.session.get(Account, number) is ann
    assert ann.locale == "de"


def test_what_is_changed_is_stored_and_nothing_else(number):
    ann = made(number)
    moment = now()
    ann.last_sign_in_at = moment
    assert db.session.is_modified(ann)
    db.session.commit()
    db.session.expunge_all()
    assert db.session.get_one(Account, number).last_sign_in_at == moment


def test_what_was_told_of_its_relations_is_known_and_the_others_are_loaded(app):
    member = cast.member(cast.CLARA, "clerk", ["backoffice.store_control.customer.view"])
    account, roles = member.account, [given.role.name for given in member.roles]
    row = Straight(sa.select(*MEMBER.columns).where(table_of(StaffMember).c.id == sa.bindparam("who")))
    values, kept = {"who": member.id}, account.id
    db.session.commit()
    db.session.expunge_all()
    known = made(kept)
    clara = MEMBER(row.one(values), account=known)
    assert clara.account is known
    assert [given.role.name for given in clara.roles] == roles


def test_an_outer_join_that_found_none_makes_none(app):
    assert ACCOUNT([None] * len(ACCOUNT.columns)) is None
