"""Who may give whom which role: never more than one has, never to oneself, and an owner stays."""

import pytest
import sqlalchemy as sa

from portal.audit.models import ActorKind, AuditEntry
from portal.audit.service import Actor
from portal.foundation.database import db
from portal.foundation.errors import NotAllowed
from portal.staff import queries, service
from portal.staff.errors import LastOwner, UnknownRole
from portal.staff.rules import ROLES, Permission
from tests import cast

DORA = cast.Person("Dora", "Deputy", "dora@demo.example")


def member(person, role, permissions=None):
    return cast.member(person, role, set(ROLES[role] if permissions is None else permissions))


def acting(who):
    return Actor(ActorKind.STAFF, who.id, who.name)


def roles_of(who):
    db.session.refresh(who)
    return [given.role.name for given in who.roles]


@pytest.fixture
def otto(app):
    """Otto, who owns."""
    return member(cast.OTTO, "owner")


@pytest.fixture
def clara(app):
    """Clara, who clerks."""
    return member(cast.CLARA, "clerk")


def test_an_owner_gives_any_role(otto, clara):
    service.change_role(clara, "marketing", acting(otto))
    db.session.commit()
    assert roles_of(clara) == ["marketing"]
    service.change_role(clara, "owner", acting(otto))
    db.session.commit()
    assert roles_of(clara) == ["owner"]
    changes = db.session.scalars(sa.select(AuditEntry.changes).order_by(AuditEntry.id)).all()
    assert changes == [{"role": ["clerk", "marketing"]}, {"role": ["marketing", "owner"]}]


def test_nobody_changes_their_own_role(otto, clara):
    member(DORA, "owner")
    for who, role in ((otto, "clerk"), (clara, "owner"), (clara, "clerk")):
        with pytest.raises(NotAllowed):
            service.change_role(who, role, acting(who))
        with pytest.raises(NotAllowed):
            service.invite(who.email, role, by=acting(who))
    assert (roles_of(otto), roles_of(clara)) == (["owner"], ["clerk"])


@pytest.mark.parametrize("role", ["owner", "marketing"])
def test_nobody_gives_a_right_that_they_lack(otto, clara, role):
    mark = member(cast.MARK, "clerk")
    with pytest.raises(NotAllowed):
        service.change_role(mark, role, acting(clara))
    with pytest.raises(NotAllowed):
        service.invite("new@demo.example", role, by=acting(clara))
    assert roles_of(mark) == ["clerk"]
    assert queries.by_email("new@demo.example") is None


def test_nobody_takes_a_right_that_they_lack(otto, clara):
    member(DORA, "owner")
    with pytest.raises(NotAllowed):
        service.change_role(otto, "clerk", acting(clara))
    assert roles_of(otto) == ["owner"]


def test_who_left_gives_nothing(otto, clara):
    dora = member(DORA, "owner")
    service.dismiss(dora, acting(otto))
    with pytest.raises(NotAllowed):
        service.change_role(clara, "clerk", acting(dora))


def test_the_last_owner_stays_whoever_asks(otto, clara):
    dora = member(DORA, "second", set(Permission))
    with pytest.raises(LastOwner):
        service.change_role(otto, "clerk", acting(dora))


def test_a_role_that_nobody_knows_is_named_so_before_anything_else(otto, clara):
    with pytest.raises(UnknownRole):
        service.change_role(clara, "king", acting(clara))


def test_rights_count_only_of_members_who_can_sign_in(otto, clara):
    assert queries.others_who_may(Permission.CUSTOMER_VERIFY, clara) == 1
    assert queries.others_who_may(Permission.AUDIT_VIEW, otto) == 0
    service.invite("new@demo.example", "clerk")
    assert queries.others_who_may(Permission.CUSTOMER_VERIFY, otto) == 1
    service.dismiss(clara, acting(otto))
    assert queries.others_who_may(Permission.CUSTOMER_VERIFY, otto) == 0
