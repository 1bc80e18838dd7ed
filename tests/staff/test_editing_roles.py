"""Roles are made, changed and deleted by the shop, and nobody gains by it what they lack."""

import pytest
import sqlalchemy as sa

from portal.audit.models import ActorKind, AuditEntry
from portal.audit.service import OPERATOR, Actor
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.staff import queries
from portal.staff.errors import ChangedMeanwhile, MoreThanOwn, OwnerStays, OwnRole, RoleInUse, RoleNameTaken
from portal.staff.models import Role, RoleGrant
from portal.staff.rules import OWNER, ROLES, Permission
from portal.staff.service import dismiss, roles
from tests import cast

VIEW, MODIFY, AUDIT = Permission.CUSTOMER_VIEW, Permission.CUSTOMER_MODIFY, Permission.AUDIT_VIEW
DEPUTY = frozenset({VIEW, MODIFY, Permission.ROLE_VIEW, Permission.ROLE_MODIFY})


def acting(who):
    return Actor(ActorKind.STAFF, who.id, who.name)


def named(name):
    return db.session.scalars(sa.select(Role).where(Role.name == name)).one()


def grants(name):
    db.session.expire_all()
    return queries.grants_of(named(name))


@pytest.fixture
def otto(app):
    """Otto, who owns."""
    return acting(cast.member(cast.OTTO, "owner", ()))


@pytest.fixture
def dora(otto):
    """Dora, who may edit roles and knows customers."""
    return acting(cast.member(cast.Person("Dora", "Deputy", "dora@demo.example"), "deputy", DEPUTY))


def test_a_role_is_made_with_before_and_after_in_the_log(otto):
    role = roles.define("Till", [VIEW], by=otto)
    db.session.commit()
    assert grants("Till") == {VIEW}
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.verb, entry.subject_id, entry.actor_name) == ("role.defined", role.id, "Otto Owner")
    assert entry.changes == {"name": [None, "Till"], VIEW: [False, True]}


def test_a_role_is_changed_with_before_and_after_in_the_log(otto):
    role = roles.define("Till", [VIEW], by=otto)
    roles.change(role.id, "Counter", [AUDIT], version=1, by=otto)
    db.session.commit()
    assert grants("Counter") == {AUDIT}
    entry = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry.changes == {"name": ["Till", "Counter"], VIEW: [True, False], AUDIT: [False, True]}


def test_the_second_of_two_editors_is_told(otto):
    role = roles.define("Till", [VIEW], by=otto)
    roles.change(role.id, "Till", [VIEW, MODIFY], version=1, by=otto)
    with pytest.raises(ChangedMeanwhile):
        roles.change(role.id, "Till", [], version=1, by=otto)
    assert grants("Till") == {VIEW, MODIFY}


@pytest.mark.parametrize("name", ["clerk", "Clerk", " CLERK", "Öwner".replace("Ö", "o")])
def test_two_roles_never_share_a_name(otto, name):
    with pytest.raises(RoleNameTaken):
        roles.define(name, [], by=otto)
    role = roles.define("Till", [], by=otto)
    with pytest.raises(RoleNameTaken):
        roles.change(role.id, name, [], version=1, by=otto)


def test_the_owners_role_stays_as_it_is_for_everybody(otto):
    owner = named("owner")
    for by in (otto, OPERATOR):
        with pytest.raises(OwnerStays):
            roles.change(owner.id, "owner", [], version=1, by=by)
        with pytest.raises(OwnerStays):
            roles.delete(owner.id, by=by)
    assert grants("owner") == OWNER


@pytest.mark.parametrize("wanted", [{AUDIT}, {VIEW, AUDIT}, OWNER])
def test_nobody_makes_a_role_with_a_right_that_they_lack(dora, wanted):
    with pytest.raises(MoreThanOwn):
        roles.define("Till", wanted, by=dora)


def test_nobody_adds_or_takes_a_right_that_they_lack(otto, dora):
    role = roles.define("Till", [VIEW, AUDIT], by=otto)
    for wanted in ({VIEW}, {VIEW, AUDIT, Permission.OUTBOX_VIEW}):
        with pytest.raises(MoreThanOwn):
            roles.change(role.id, "Till", wanted, version=1, by=dora)
    with pytest.raises(MoreThanOwn):
        roles.delete(role.id, by=dora)
    roles.change(role.id, "Till", {AUDIT}, version=1, by=dora)
    db.session.commit()
    assert grants("Till") == {AUDIT}


def test_a_right_held_in_one_store_makes_no_role_for_all(otto):
    who = cast.member(cast.MARK, "clerk", ROLES["clerk"], cast.store())
    with pytest.raises(MoreThanOwn):
        roles.define("Till", [VIEW], by=acting(who))


def test_nobody_edits_a_role_of_their_own_but_an_owner(dora, otto):
    with pytest.raises(OwnRole):
        roles.change(named("deputy").id, "deputy", {VIEW}, version=1, by=dora)
    both = cast.member(cast.CLARA, "owner", ())
    both.roles.append(cast.StaffRole(role=named("deputy")))
    db.session.commit()
    roles.change(named("deputy").id, "deputy", {VIEW}, version=1, by=acting(both))
    assert grants("deputy") == {VIEW}


def test_a_role_in_use_stays_and_the_words_count(otto):
    cast.member(cast.CLARA, "clerk", ROLES["clerk"])
    cast.member(cast.MARK, "clerk", ROLES["clerk"], cast.store())
    with pytest.raises(RoleInUse, match="2 members have the role clerk"):
        roles.delete(named("clerk").id, by=otto)


def test_a_role_that_only_the_dismissed_have_goes_and_they_come_back_without_it(otto):
    clara = cast.member(cast.CLARA, "clerk", ROLES["clerk"])
    dismiss(clara, otto)
    db.session.commit()
    roles.delete(named("clerk").id, by=otto)
    db.session.commit()
    db.session.expire_all()
    assert clara.roles == []
    assert "clerk" not in {role.name for role in queries.roles()}
    assert db.session.scalars(sa.select(RoleGrant.role_id).distinct()).all() != []


def test_a_role_that_is_gone_is_gone(otto):
    for call in (lambda: roles.delete(987654, by=otto), lambda: roles.change(987654, "x", [], version=1, by=otto)):
        with pytest.raises(NotFound):
            call()


def test_what_is_no_right_is_not_stored(otto):
    roles.define("Till", [VIEW, "backoffice.everything", ""], by=otto)
    assert grants("Till") == {VIEW}


def test_whoever_may_act_on_something_may_look_at_it(otto, dora):
    eve = cast.member(cast.MARK, "outbox", {Permission.OUTBOX_RESEND, *DEPUTY})
    roles.define("Till", [MODIFY, Permission.AUDIENCE_EXPORT, Permission.CUSTOMER_APPROVE], by=otto)
    looks = {VIEW, Permission.AUDIENCE_VIEW}
    assert grants("Till") == {MODIFY, Permission.AUDIENCE_EXPORT, Permission.CUSTOMER_APPROVE, *looks}
    roles.define("Approver", [Permission.CUSTOMER_APPROVE], by=otto)
    assert grants("Approver") == {Permission.CUSTOMER_APPROVE}
    with pytest.raises(MoreThanOwn):
        roles.define("Mails", [Permission.OUTBOX_RESEND], by=acting(eve))


def test_a_changed_role_counts_at_once(otto):
    clara = cast.member(cast.CLARA, "clerk", ROLES["clerk"])
    roles.change(named("clerk").id, "clerk", {VIEW}, version=1, by=otto)
    db.session.commit()
    db.session.expire_all()
    assert queries.permissions_of(clara) == {VIEW}
