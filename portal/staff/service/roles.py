"""Roles: suggested to a new shop, then defined, changed and deleted by it."""

from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.audit.service import Actor, Changes, Subject, record
from portal.foundation import search
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.foundation.text import _, plural
from portal.staff import queries, rules
from portal.staff.errors import ChangedMeanwhile, OwnerStays, OwnRole, RoleInUse, RoleNameTaken
from portal.staff.models import Role, RoleGrant, StaffRole
from portal.staff.rules import Given, Permission
from portal.staff.service import giving


def ensure_roles() -> None:
    """Suggest roles to a shop that has none; else only see to it that the owner's has every right there is.

    What a shop made of its roles stays. A right that left the registry leaves every role.
    """
    stored = {role.name: role for role in queries.roles()}
    if rules.OWNER_ROLE not in stored:
        for name in rules.ROLES if not stored else [rules.OWNER_ROLE]:
            stored[name] = Role(name=name, name_key=name_key(name), grants=[])
            db.session.add(stored[name])
            _write(stored[name], rules.ROLES[name])
    for role in stored.values():
        _write(role, queries.grants_of(role) & rules.OWNER)
    db.session.flush()


def define(name: str, grants: Iterable[str], *, by: Actor) -> Role:
    """Make a role; with each right comes the one to look at what it is about.

    Raises:
        NotAllowed: it would have a right that its maker lacks.
        RoleNameTaken: another role has the name, in whatever spelling.
    """
    wanted = rules.completed(grants)
    giving.refuse_more([Given(wanted)], by)
    role = Role(name=name, name_key=name_key(name), grants=[])
    _write(role, wanted)
    try:
        with db.session.begin_nested():
            db.session.add(role)
    except IntegrityError:
        raise _taken(name) from None
    _record("role.defined", role, by, {"name": (None, name), **_rights(frozenset(), wanted)})
    return role


def change(role_id: int, name: str, grants: Iterable[str], *, version: int, by: Actor) -> Role:
    """Change a role, and by that what everybody may do who has it.

    Raises:
        NotFound: there is no such role.
        ChangedMeanwhile: `version` is not the one on record.
        NotAllowed: it is the owner's, the editor has it themselves, or lacks a right that comes or goes.
        RoleNameTaken: another role has the name, in whatever spelling.
    """
    role = _held(role_id)
    refuse_edit(role, by)
    if role.version != version:
        raise ChangedMeanwhile(_("Somebody saved this role while you were editing it. Both versions are below."))
    before, wanted, old = queries.grants_of(role), rules.completed(grants), role.name
    giving.refuse_more([Given(before ^ wanted)], by)
    if (old, before) == (name, wanted):
        return role
    try:
        with db.session.begin_nested():
            role.name, role.name_key, role.version = name, name_key(name), version + 1
            _write(role, wanted)
    except IntegrityError:
        raise _taken(name) from None
    _record("role.changed", role, by, {"name": (old, name), **_rights(before, wanted)})
    return role


def delete(role_id: int, *, by: Actor) -> None:
    """Delete a role that nobody who works here has; who was dismissed with it comes back without it.

    Raises:
        NotFound: there is no such role.
        RoleInUse: somebody has it.
        NotAllowed: it is the owner's, or has a right that the editor lacks.
    """
    role = _held(role_id)
    refuse_delete(role, by)
    grants = queries.grants_of(role)
    db.session.execute(sa.delete(StaffRole).where(StaffRole.role_id == role.id))
    _record("role.deleted", role, by, {"name": (role.name, None), **_rights(grants, frozenset())})
    db.session.delete(role)
    db.session.flush()


def name_key(name: str) -> str:
    """The form in which two spellings of a role's name are the same, cut to its column."""
    return search.fold(name)[:160]


def _held(role_id: int) -> Role:
    """A role, while nobody else changes it."""
    row = sa.select(Role).where(Role.id == role_id).with_for_update(of=Role)
    role = db.session.scalar(row, execution_options={"populate_existing": True})
    if role is None:
        raise NotFound(_("This role no longer exists."))
    return role


def refuse_edit(role: Role, by: Actor) -> None:
    """Refuse to touch a role that is not for this editor to touch.

    Raises:
        OwnerStays: it is the owner's.
        OwnRole: the editor has it themselves, and is no owner.
    """
    if role.name == rules.OWNER_ROLE:
        raise OwnerStays(_("The owner’s role always has every right and stays as it is."))
    editor = giving.giver(by)
    if editor is None or rules.OWNER_ROLE in {given.role.name for given in editor.roles}:
        return  # who owns the shop has every right already: there is nothing to gain
    if role.id in {given.role_id for given in editor.roles}:
        raise OwnRole(_("This is a role of your own. Ask somebody who doesn’t have it."))


def refuse_delete(role: Role, by: Actor) -> None:
    """Refuse to delete a role that is in use, or not for this editor to delete.

    Raises:
        RoleInUse: somebody who works here has it.
        NotAllowed: as `refuse_edit`, or it has a right that the editor lacks.
    """
    refuse_edit(role, by)
    giving.refuse_more([Given(queries.grants_of(role))], by)
    holders = queries.holders_by_role().get(role.id, 0)
    if holders:
        raise RoleInUse(
            plural(
                "%(num)s member has the role %(name)s. Give them another one first.",
                "%(num)s members have the role %(name)s. Give them another one first.",
                holders,
                name=role.name,
            )
        )


def _write(role: Role, wanted: Collection[str]) -> None:
    granted = {grant.permission: grant for grant in role.grants}
    for permission in set(granted) - set(wanted):
        role.grants.remove(granted[permission])
    role.grants.extend(RoleGrant(permission=str(permission)) for permission in sorted(set(wanted) - set(granted)))


def _taken(name: str) -> RoleNameTaken:
    return RoleNameTaken(_("Another role is called %(name)s. Choose another name.", name=name))


def _rights(before: frozenset[str], after: frozenset[str]) -> Changes:
    return {right.value: (right in before, right in after) for right in Permission}


def _record(verb: str, role: Role, by: Actor, changes: Changes) -> None:
    record(verb, Subject("role", role.id, role.name), by=by, changes=changes)
