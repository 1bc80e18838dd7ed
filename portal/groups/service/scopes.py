"""Members whose decisions are limited to groups and stores."""

from portal.audit import service as audit
from portal.audit.models import ActorKind
from portal.audit.service import Actor, Subject
from portal.foundation.database import db
from portal.foundation.errors import NotAllowed, NotFound
from portal.foundation.text import _
from portal.groups import queries
from portal.groups.errors import ScopeKnown
from portal.groups.models import Application, ApproverScope, CustomerGroup
from portal.staff.models import StaffMember
from portal.stores.models import Store


def refuse(row: Application, by: Actor) -> None:
    """Refuse a decision of a member of staff whose limits do not cover it.

    Raises:
        NotAllowed: it belongs to another group or store.
    """
    if by.kind is ActorKind.STAFF and by.id is not None and not queries.may_decide(by.id, row.id):
        raise NotAllowed(_("You decide about other groups or stores. Somebody else has to decide about this one."))


def limit(member_id: int, *, group: CustomerGroup | None, store: Store | None, by: Actor) -> ApproverScope:
    """Let a member decide about this group and store; without a limit before, about nothing else from now on.

    Raises:
        NotFound: nobody who decides has this number.
        NotAllowed: it is their own limit.
        ScopeKnown: the member has this limit.
    """
    member = next((one for one in queries.approvers() if one.id == member_id), None)
    if member is None:
        raise NotFound(_("Choose somebody who may approve."))
    _refuse_own(member, by)
    wanted = (member.id, group.id if group else None, store.id if store else None)
    if any((row.staff_member_id, row.group_id, row.store_id) == wanted for row in queries.scopes()):
        raise ScopeKnown(_("%(name)s decides about that already.", name=member.name))
    row = ApproverScope(member=member, group=group, store=store)
    db.session.add(row)
    db.session.flush()
    _record("approver.limited", member, by, (None, _told(row)))
    return row


def lift(scope_id: int, *, by: Actor) -> StaffMember:
    """Take a limit away; with the last one a member decides about everything again.

    Raises:
        NotFound: there is no such limit.
        NotAllowed: it is their own.
    """
    row = queries.scope(scope_id)
    if row is None:
        raise NotFound(_("This limit no longer exists."))
    _refuse_own(row.member, by)
    _record("approver.freed", row.member, by, (_told(row), None))
    db.session.delete(row)
    db.session.flush()
    return row.member


def _refuse_own(member: StaffMember, by: Actor) -> None:
    if by.kind is ActorKind.STAFF and by.id == member.id:
        raise NotAllowed(_("Nobody changes their own limits. Ask somebody else who may."))


def _told(row: ApproverScope) -> str:
    return f"{row.group.name if row.group else '*'} · {row.store.name if row.store else '*'}"


def _record(verb: str, member: StaffMember, by: Actor, change: tuple[object, object]) -> None:
    audit.record(verb, Subject("staff_member", member.id, member.name), by=by, changes={"decides": change})
