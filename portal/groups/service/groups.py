"""Groups come into being, change, move and go; exactly one of them is the default at any moment."""

from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.foundation.text import _, plural
from portal.groups import queries, rules
from portal.groups.errors import (
    DefaultIsNeeded,
    DefaultNeedsNoApproval,
    GroupChangedMeanwhile,
    GroupInUse,
    GroupNameTaken,
)
from portal.groups.models import Approval, CustomerGroup, Membership


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a shop says of a group; the last three are about applications for it."""

    name: str
    approval: Approval = Approval.NONE
    description: str = ""
    at_registration: bool = False
    is_default: bool = False
    sort_order: int = 0
    two_approvers: bool = False
    may_undo: bool = False
    answer_within: int = 24  # hours


def define_group(terms: Terms, *, by: Actor) -> CustomerGroup:
    """Make a group.

    Raises:
        DefaultNeedsNoApproval: a default group that asks for approval.
        GroupNameTaken: another group has the name, in whatever spelling.
    """
    _lock()
    _check(terms)
    group = CustomerGroup(**asdict(terms), name_key=rules.name_key(terms.name))
    try:
        with db.session.begin_nested():
            if terms.is_default:
                _demote_default(by)
            db.session.add(group)
    except IntegrityError:
        raise _taken(terms) from None
    _record("group.defined", group, by, {name: (None, value) for name, value in asdict(terms).items()})
    return group


def change_group(group_id: int, terms: Terms, *, version: int, by: Actor) -> CustomerGroup:
    """Change a group; its members and applications stay.

    Raises:
        NotFound: there is no such group.
        GroupChangedMeanwhile: `version` is not the one on record.
        DefaultNeedsNoApproval: a default group that asks for approval.
        DefaultIsNeeded: the default group can only be relieved by another one.
        GroupNameTaken: another group has the name, in whatever spelling.
    """
    group = next((row for row in _lock() if row.id == group_id), None)
    if group is None:
        raise NotFound(_("This group no longer exists."))
    if group.version != version:
        raise GroupChangedMeanwhile(_("Somebody saved this group while you were editing it. Both versions are below."))
    _check(terms, was_default=group.is_default)
    before, after = _facts(group), asdict(terms)
    if before == after:
        return group
    try:
        with db.session.begin_nested():
            if terms.is_default and not group.is_default:
                _demote_default(by)
            for name, value in after.items():
                setattr(group, name, value)
            group.name_key = rules.name_key(terms.name)
            group.version += 1
    except IntegrityError:
        raise _taken(terms) from None
    _record("group.changed", group, by, {name: (before[name], after[name]) for name in after})
    return group


def move_group(group_id: int, *, up: bool, by: Actor) -> CustomerGroup:
    """Move a group one place up or down in the shop's order; the first stays first and the last stays last.

    Raises:
        NotFound: there is no such group.
    """
    _lock()
    order = list(queries.all_groups())
    place = next((place for place, row in enumerate(order) if row.id == group_id), None)
    if place is None:
        raise NotFound(_("This group no longer exists."))
    group = order[place]
    other = place + (-1 if up else 1)
    if 0 <= other < len(order):
        order[place], order[other] = order[other], order[place]
    for number, row in enumerate(order, 1):
        if row.sort_order != number:
            changes = {"sort_order": (row.sort_order, number)}
            row.sort_order = number
            row.version += 1
            if row is group:
                _record("group.changed", row, by, changes)
    db.session.flush()
    return group


def remove_group(group_id: int, *, by: Actor) -> str:
    """Delete a group that nobody has to do with, and give its name.

    Raises:
        NotFound: there is no such group.
        GroupInUse: it has members or applications, or is the default; the message counts them.
    """
    group = next((row for row in _lock() if row.id == group_id), None)
    if group is None:
        raise NotFound(_("This group no longer exists."))
    if uses := in_use(group):
        raise GroupInUse(_in_use_in_words(group, uses))
    facts = _facts(group)
    try:
        with db.session.begin_nested():
            db.session.execute(sa.delete(Membership).where(Membership.group_id == group.id, queries.IS_HIDDEN))
            db.session.execute(sa.delete(CustomerGroup).where(CustomerGroup.id == group.id))
    except IntegrityError:
        raise GroupInUse(_in_use_in_words(group, in_use(group))) from None
    db.session.expunge(group)
    _record("group.removed", group, by, {name: (value, None) for name, value in facts.items()})
    return group.name


def in_use(group: CustomerGroup) -> list[str]:
    """What keeps a group from being deleted, counted in words; nothing when it can go."""
    members, asked = queries.count_members(group.id), queries.count_applications(group.id)
    limited = len({one.staff_member_id for one in queries.scopes() if one.group_id == group.id})
    return [
        *([plural("%(num)s member", "%(num)s members", members)] if members else []),
        *([plural("%(num)s application", "%(num)s applications", asked)] if asked else []),
        *([plural("%(num)s approver limited to it", "%(num)s approvers limited to it", limited)] if limited else []),
        *([_("it’s the default of the shop")] if group.is_default else []),
    ]


def _in_use_in_words(group: CustomerGroup, uses: list[str]) -> str:
    return _("%(name)s is in use and can’t be deleted: %(uses)s.", name=group.name, uses=", ".join(uses))


def _lock() -> list[CustomerGroup]:
    """Every group, while nobody else changes any: which one is the default concerns them all."""
    rows = sa.select(CustomerGroup).order_by(CustomerGroup.id).with_for_update()
    return list(db.session.scalars(rows, execution_options={"populate_existing": True}))


def _check(terms: Terms, *, was_default: bool = False) -> None:
    if terms.is_default and terms.approval is not Approval.NONE:
        raise DefaultNeedsNoApproval(_("Everybody joins the default group, so it can’t ask for approval. Choose None."))
    if was_default and not terms.is_default:
        raise DefaultIsNeeded(_("There is always one default group. Open another group and make that the default."))


def _demote_default(by: Actor) -> None:
    """The default group becomes one as any other; flushed first, because there are never two."""
    for group in db.session.scalars(sa.select(CustomerGroup).where(CustomerGroup.is_default)):
        group.is_default = False
        group.version += 1
        _record("group.changed", group, by, {"is_default": (True, False)})
    db.session.flush()


def _taken(terms: Terms) -> GroupNameTaken:
    return GroupNameTaken(_("Another group is called %(name)s. Choose another name.", name=terms.name))


def _facts(group: CustomerGroup) -> dict[str, object]:
    return {name: getattr(group, name) for name in Terms.__dataclass_fields__}


def _record(verb: str, group: CustomerGroup, by: Actor, changes: audit.Changes) -> None:
    audit.record(verb, Subject("group", group.id, group.name), by=by, changes=changes)
