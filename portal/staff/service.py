"""Invite somebody to work here, accept an invitation, change a role, dismiss."""

from datetime import timedelta

import sqlalchemy as sa

from portal.accounts.models import AccountStatus, Realm
from portal.accounts.service import devices, passwords
from portal.accounts.service.registration import open_account
from portal.audit.models import ActorKind
from portal.audit.service import OPERATOR, Actor, Subject, record
from portal.foundation import emails, tokens
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import Conflict, Expired, NotAllowed, NotFound
from portal.foundation.text import _
from portal.foundation.tokens import Purpose
from portal.staff import queries, rules
from portal.staff.errors import LastOwner, NotAnAddress, UnknownRole
from portal.staff.models import Role, RoleGrant, StaffMember, StaffRole

INVITATION = Purpose("staff-invitation", timedelta(hours=72))  # its subject is a staff member


def ensure_roles() -> None:
    """Write the roles of the registry to the tables, with exactly the rights that they have there."""
    known = {role.name: role for role in db.session.scalars(sa.select(Role))}
    for name, permissions in rules.ROLES.items():
        role = known.get(name)
        if role is None:
            role = Role(name=name)
            db.session.add(role)
        granted = {grant.permission: grant for grant in role.grants}
        for permission in set(granted) - set(permissions):
            role.grants.remove(granted[permission])
        role.grants.extend(RoleGrant(permission=permission) for permission in sorted(permissions - set(granted)))
    db.session.flush()


def invite(email: str, role: str, name: str = "", by: Actor = OPERATOR) -> tuple[StaffMember, str]:
    """Invite somebody, or invite again; returns the member and the path of the link, which replaces older ones.

    Raises:
        NotAnAddress: the text is no e-mail address.
        UnknownRole: there is no such role.
        NotAllowed: as `change_role`.
        LastOwner: the role would take the last owner away.
    """
    address = emails.read(email)
    if address is None:
        raise NotAnAddress(_("%(email)s is not an email address.", email=email))
    _check_role(role)
    member = queries.by_email(address)
    _may_give(member, role, by)
    if member is not None:
        _keep_an_owner(member, role)
    ensure_roles()
    if member is None:
        member = StaffMember(
            name=name or address.partition("@")[0], email=address, email_key=emails.key(address), roles=[]
        )
        db.session.add(member)
    else:
        member.name = name or member.name
        member.dismissed_at = None
    _give(member, role)
    member.invited_at = now()
    db.session.flush()
    record("staff.invited", _subject(member), by=by, changes={"role": (None, role)})
    return member, f"/staff/invitation/{tokens.issue(INVITATION, member.id)}"


def invited(token: str) -> StaffMember:
    """The member whose invitation a link is.

    Raises:
        NotFound: no such link.
        Expired: it was used or has run out, or the member was dismissed.
    """
    return _member(tokens.find(INVITATION, token).subject_id)


def accept_invitation(token: str, password_hash: str) -> StaffMember:
    """Open the account of an invited member, or give an existing one a new password.

    Raises:
        NotFound: no such link.
        Expired: it was used or has run out, or the member was dismissed.
        EmailTaken: the address has an account that is not this member's.
    """
    member = _member(tokens.redeem(INVITATION, token).subject_id)
    if member.account is None:
        member.account = open_account(realm=Realm.STAFF, email=member.email, password_hash=password_hash)
        db.session.flush()
    else:
        member.account.status = AccountStatus.ENABLED
        passwords.set_password(member.account, password_hash, by=_actor(member))
    record("staff.joined", _subject(member), by=_actor(member))
    return member


def change_role(member: StaffMember, role: str, by: Actor) -> None:
    """Give a member another role, in place of those they have.

    Raises:
        UnknownRole: there is no such role.
        NotAllowed: it is the giver's own role, or it or the one before holds a right that the giver lacks.
        LastOwner: nobody would be left who may do everything.
    """
    _check_role(role)
    _may_give(member, role, by)
    _keep_an_owner(member, role)
    before = ", ".join(sorted(given.role.name for given in member.roles))
    ensure_roles()
    _give(member, role)
    record("staff.role_changed", _subject(member), by=by, changes={"role": (before, role)})


def dismiss(member: StaffMember, by: Actor) -> None:
    """End somebody's work here: their account is disabled, their sessions and links end.

    Raises:
        LastOwner: nobody would be left who may do everything.
        Conflict: they were dismissed before.
    """
    if member.dismissed_at is not None:
        raise Conflict(_("%(name)s was dismissed before.", name=member.name))
    _keep_an_owner(member, "")
    member.dismissed_at = now()
    tokens.revoke(INVITATION, member.id)
    if member.account is not None:
        member.account.status = AccountStatus.DISABLED
        db.session.flush()
        devices.sign_out_everywhere(member.account)
    record("staff.dismissed", _subject(member), by=by)


def _check_role(name: str) -> None:
    known = {*rules.ROLES, *db.session.scalars(sa.select(Role.name))}
    if name not in known:
        offered = ", ".join(sorted(known))
        raise UnknownRole(_("There is no role %(name)s. Choose one of: %(known)s.", name=name, known=offered))


def _may_give(member: StaffMember | None, role: str, by: Actor) -> None:
    """What a member of staff may not do with roles; an operator at the shell may do everything."""
    if by.kind is not ActorKind.STAFF:
        return
    giver = db.session.get(StaffMember, by.id) if by.id is not None else None
    if giver is None or giver.dismissed_at is not None:
        raise NotAllowed(_("Only somebody who works here can give a role."))
    if member is giver:
        raise NotAllowed(_("Nobody changes their own role. Ask another owner."))
    known = db.session.scalar(sa.select(Role).where(Role.name == role))
    stored = {grant.permission for grant in known.grants} if known else set()
    touched = stored | rules.ROLES.get(role, frozenset()) | (queries.permissions_of(member) if member else frozenset())
    if touched - queries.permissions_of(giver):
        raise NotAllowed(_("This touches rights that you don’t have yourself. Ask an owner of the shop."))


def _give(member: StaffMember, name: str) -> None:
    if [given.role.name for given in member.roles] != [name]:
        member.roles = [StaffRole(role=db.session.scalars(sa.select(Role).where(Role.name == name)).one())]


def _keep_an_owner(member: StaffMember, role: str) -> None:
    # Locked, so that two owners cannot dismiss each other at the same moment.
    db.session.scalars(sa.select(Role.id).where(Role.name == rules.OWNER_ROLE).with_for_update()).all()
    owners = queries.owners()
    if role != rules.OWNER_ROLE and [owner.id for owner in owners] == [member.id]:
        raise LastOwner(_("%(name)s is the last owner. Make somebody else an owner first.", name=member.name))


def _member(member_id: int) -> StaffMember:
    member = db.session.get(StaffMember, member_id)
    if member is None:
        raise NotFound(_("This link doesn’t work. Ask an owner for a new one."))
    if member.dismissed_at is not None:
        raise Expired(_("This invitation was withdrawn."))
    return member


def _subject(member: StaffMember) -> Subject:
    return Subject("staff_member", member.id, member.name)


def _actor(member: StaffMember) -> Actor:
    return Actor(ActorKind.STAFF, member.id, member.name)
