"""What stands in the way of giving and taking roles: nobody passes on what they lack, and an owner stays."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeVar

import sqlalchemy as sa

from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.foundation.database import db
from portal.foundation.errors import DomainError, NotAllowed
from portal.foundation.text import _
from portal.staff import queries, rules
from portal.staff.errors import LastOwner, MoreThanOwn, OwnRole, UnknownRole
from portal.staff.models import Role, StaffMember, StaffRole
from portal.staff.rules import Given
from portal.stores import queries as stores

Thing = TypeVar("Thing")
Place = tuple[int, int | None]  # a role's id, and the store for which it is given; None for all


def giver(by: Actor) -> StaffMember | None:
    """The member who gives; None for an operator at the shell, who may give everything.

    Raises:
        NotAllowed: they don't work here.
    """
    if by.kind is not ActorKind.STAFF:
        return None
    member = queries.by_id(by.id) if by.id is not None else None
    if member is None or member.dismissed_at is not None:
        raise NotAllowed(_("Only somebody who works here can give a role."))
    return member


def refuse_own(member: StaffMember | None, by: Actor) -> None:
    """Refuse a change of one's own roles.

    Raises:
        NotAllowed: the giver doesn't work here.
        OwnRole: it is about the giver.
    """
    who = giver(by)
    if who is not None and member is who:
        raise OwnRole(_("Nobody changes their own role. Ask another owner."))


def refuse_more(touched: Iterable[Given], by: Actor) -> None:
    """Refuse to give or take what the giver lacks.

    Raises:
        NotAllowed: the giver doesn't work here.
        MoreThanOwn: something of it is not theirs, or not in that store.
    """
    who = giver(by)
    if who is None:
        return
    own = queries.rights_of(who)
    if not all(own.covers(given) for given in touched):
        raise MoreThanOwn(_("This touches rights that you don’t have yourself. Ask an owner of the shop."))


def given_of(member: StaffMember) -> set[Place]:
    """The roles that a member has, and where."""
    return {(given.role_id, given.store_id) for given in member.roles}


def touched(places: Iterable[Place]) -> list[Given]:
    """What roles bring at their places."""
    return [Given(queries.grants_of(db.session.get_one(Role, role_id)), store_id) for role_id, store_id in places]


def known(places: Collection[Place]) -> Sequence[Role]:
    """The roles that are given, held so that nobody deletes one meanwhile.

    Raises:
        UnknownRole: one is gone, none is given at all, or an owner would be one of a single store.
    """
    ids = {role_id for role_id, _store_id in places}
    held = sa.select(Role).where(Role.id.in_(ids)).order_by(Role.id).with_for_update(read=True, key_share=True, of=Role)
    found = db.session.scalars(held).all()
    if len(found) < len(ids):
        raise UnknownRole(_("One of these roles was deleted meanwhile. Look at the list again."))
    if not ids:
        raise UnknownRole(_("Choose at least one role."))
    if any(role.name == rules.OWNER_ROLE and (role.id, None) not in places for role in found):
        raise UnknownRole(_("An owner is one in all stores. Choose All stores."))
    return found


def place(member: StaffMember, places: Collection[Place]) -> None:
    """Write the roles of a member; those that stay keep their row."""
    kept = [given for given in member.roles if (given.role_id, given.store_id) in places]
    new = set(places) - given_of(member)
    by_id = {role.id: role for role in known(places)}
    member.roles = [*kept, *(StaffRole(role=by_id[one], store_id=store) for one, store in sorted(new, key=str))]


def keep_an_owner(member: StaffMember, places: Collection[Place] = ()) -> None:
    """Refuse to let the last owner go.

    Raises:
        LastOwner: with these roles alone for this member, nobody would be left who may do everything.
    """
    # Locked, so that two owners cannot dismiss each other at the same moment.
    the_role = sa.select(Role.id).where(Role.name == rules.OWNER_ROLE)
    owner_role = db.session.scalar(the_role.with_for_update(key_share=True))
    if (owner_role, None) not in places:
        _refuse_last_owner(member)


def in_words(places: Iterable[Place]) -> str:
    """Roles as the audit log keeps them: a store's name behind those that are given there alone."""
    names = {store.id: store.name for store in stores.every()}
    told = [(db.session.get_one(Role, role_id).name, names.get(store_id or 0, "")) for role_id, store_id in places]
    return ", ".join(sorted(f"{role} ({store})" if store else role for role, store in told))


def refuse_member(member: StaffMember, by: Actor) -> None:
    """Refuse to touch a member who is not for this one to touch: oneself, or somebody with rights that one lacks.

    Raises:
        NotAllowed: with the reason.
    """
    refuse_own(member, by)
    refuse_more(touched(given_of(member)), by)


def refuse_leaving(member: StaffMember, by: Actor) -> None:
    """Refuse to dismiss somebody; looks only, where `keep_an_owner` holds the place of the last owner as well.

    Raises:
        NotAllowed: as `refuse_member`.
        LastOwner: nobody would be left who may do everything.
    """
    refuse_member(member, by)
    _refuse_last_owner(member)


def _refuse_last_owner(member: StaffMember) -> None:
    if [owner.id for owner in queries.owners()] == [member.id]:
        raise LastOwner(_("%(name)s is the last owner. Make somebody else an owner first.", name=member.name))


def objection(refuse: Callable[[Thing, Actor], None], thing: Thing, by: Actor) -> str:
    """Why something is refused, in words, so that a page offers only what is not; empty when nothing is in the way."""
    try:
        refuse(thing, by)
    except DomainError as refusal:
        return str(refusal)
    return ""
