"""Invite somebody to work here, accept an invitation, change roles, dismiss, bring back."""

from collections.abc import Collection

import sqlalchemy as sa

from portal.accounts.models import AccountStatus, Realm
from portal.accounts.service import devices, passwords
from portal.accounts.service.registration import open_account
from portal.audit.models import ActorKind
from portal.audit.service import OPERATOR, Actor, Subject, record
from portal.foundation import emails, tokens
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import Conflict, Expired, NotFound
from portal.foundation.text import _
from portal.staff import mails, queries, rules
from portal.staff.errors import ChangedMeanwhile, NotAnAddress, UnknownRole, WorksHere
from portal.staff.mails import INVITATION
from portal.staff.models import StaffMember
from portal.staff.service import giving
from portal.staff.service.giving import Place
from portal.staff.service.roles import ensure_roles


def invite(email: str, role: str, name: str = "", by: Actor = OPERATOR) -> tuple[StaffMember, str]:
    """Invite somebody, or invite again, with one role in all stores; returns the member and the path of the link.

    The link replaces older ones.

    Raises:
        NotAnAddress: the text is no e-mail address.
        UnknownRole: there is no such role.
        NotAllowed: as `change_roles`.
        LastOwner: the role would take the last owner away.
    """
    address = _address(email)
    _check_role(role)
    member = queries.by_email(address)
    giving.refuse_own(member, by)
    if queries.role_named(role) is None:
        ensure_roles()
    places = {_everywhere(role)}
    giving.refuse_more(giving.touched(places), by)
    if member is None:
        member = _new(address, name)
    else:
        _may_change(member, places, by)
    member.name = name or member.name
    member.dismissed_at = None
    _welcome(member, places, by)
    return member, mails.path(member)


def invite_by_mail(email: str, name: str, places: Collection[Place], by: Actor) -> StaffMember:
    """Invite somebody new, who gets a mail with the link.

    Raises:
        NotAnAddress: the text is no e-mail address.
        WorksHere: the address belongs to a member, working or dismissed.
        UnknownRole: as `change_roles`.
        NotAllowed: a role brings a right that the giver lacks.
    """
    address = _address(email)
    member = queries.by_email(address)
    if member is not None and member.dismissed_at is not None:
        raise WorksHere(_("%(name)s worked here before. Bring them back from the list.", name=member.name))
    if member is not None:
        raise WorksHere(_("%(name)s works here already.", name=member.name))
    giving.known(places)
    giving.refuse_more(giving.touched(places), by)
    member = _new(address, name)
    _welcome(member, places, by)
    mails.invitation(member)
    return member


def send_link(member: StaffMember, by: Actor) -> None:
    """Mail a new link: the invitation again, or for somebody at work the way to another password.

    Raises:
        Conflict: they were dismissed.
        NotAllowed: it is the sender themselves, or they have a right that the sender lacks.
    """
    if member.dismissed_at is not None:
        raise Conflict(_("%(name)s was dismissed. Bring them back first.", name=member.name))
    giving.refuse_member(member, by)
    mails.invitation(member)
    record("staff.link_sent", _subject(member), by=by)


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
    """Give a member one role in all stores, in place of those they have.

    Raises:
        UnknownRole: there is no such role.
        NotAllowed: as `change_roles`.
        LastOwner: nobody would be left who may do everything.
    """
    _check_role(role)
    giving.refuse_own(member, by)
    if queries.role_named(role) is None:
        ensure_roles()
    change_roles(member, {_everywhere(role)}, version=member.version, by=by)


def change_roles(member: StaffMember, places: Collection[Place], *, version: int, by: Actor) -> None:
    """Give a member these roles at these places, in place of those they have.

    Raises:
        UnknownRole: a role is gone, none is given, or an owner would be one of a single store.
        NotAllowed: they are the giver's own, or what comes or goes holds a right that the giver lacks there.
        LastOwner: nobody would be left who may do everything.
        ChangedMeanwhile: `version` is not the one on record.
    """
    giving.known(places)
    _may_change(member, places, by)
    before = giving.given_of(member)
    if before == set(places):
        return
    _claim(member, version)
    told = giving.in_words(before), giving.in_words(places)
    giving.place(member, places)
    db.session.flush()
    record("staff.role_changed", _subject(member), by=by, changes={"role": told})


def dismiss(member: StaffMember, by: Actor) -> None:
    """End somebody's work here: their account is disabled, their sessions and links end, their roles wait for them.

    Raises:
        LastOwner: nobody would be left who may do everything.
        NotAllowed: it is the giver themselves, or somebody with a right that the giver lacks.
        Conflict: they were dismissed before.
    """
    if member.dismissed_at is not None:
        raise Conflict(_("%(name)s was dismissed before.", name=member.name))
    _may_change(member, (), by)
    member.dismissed_at = now()
    member.version += 1
    tokens.revoke(INVITATION, member.id)
    if member.account is not None:
        member.account.status = AccountStatus.DISABLED
        db.session.flush()
        devices.sign_out_everywhere(member.account)
    record("staff.dismissed", _subject(member), by=by)


def bring_back(member: StaffMember, by: Actor) -> None:
    """Let somebody who left work here again, in the roles they had, once they choose a password by a mailed link.

    Raises:
        NotAllowed: they had a right that the giver lacks.
        Conflict: they work here.
    """
    if member.dismissed_at is None:
        raise Conflict(_("%(name)s works here already.", name=member.name))
    giving.refuse_member(member, by)
    if not member.roles:
        raise UnknownRole(_("%(name)s has no role any more. Invite them again from the shell.", name=member.name))
    member.dismissed_at = None
    member.invited_at = now()
    member.version += 1
    mails.invitation(member)
    record("staff.brought_back", _subject(member), by=by)


def _may_change(member: StaffMember, places: Collection[Place], by: Actor) -> None:
    giving.refuse_own(member, by)
    giving.refuse_more(giving.touched(giving.given_of(member) ^ set(places)), by)
    giving.keep_an_owner(member, places)


def _address(email: str) -> str:
    address = emails.read(email)
    if address is None:
        raise NotAnAddress(_("%(email)s is not an email address.", email=email))
    return address


def _check_role(name: str) -> None:
    stored = [role.name for role in queries.roles()]
    known = stored or list(rules.ROLES)
    if name not in known:
        offered = ", ".join(sorted(known))
        raise UnknownRole(_("There is no role %(name)s. Choose one of: %(known)s.", name=name, known=offered))


def _everywhere(role: str) -> Place:
    known = queries.role_named(role)
    if known is None:
        raise UnknownRole(_("There is no role %(name)s.", name=role))
    return known.id, None


def _new(address: str, name: str) -> StaffMember:
    member = StaffMember(name=name or address.partition("@")[0], email=address, email_key=emails.key(address), roles=[])
    db.session.add(member)
    return member


def _welcome(member: StaffMember, places: Collection[Place], by: Actor) -> None:
    giving.place(member, places)
    member.invited_at = now()
    db.session.flush()
    record("staff.invited", _subject(member), by=by, changes={"role": (None, giving.in_words(places))})


def _claim(member: StaffMember, version: int) -> None:
    """Take a member for an edit that began on a version."""
    row = sa.update(StaffMember).where(StaffMember.id == member.id, StaffMember.version == version)
    if db.session.execute(row.values(version=version + 1)).rowcount != 1:  # type: ignore[attr-defined]  # an update's result is a CursorResult
        raise ChangedMeanwhile(_("Somebody changed %(name)s while this page was open.", name=member.name))


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
