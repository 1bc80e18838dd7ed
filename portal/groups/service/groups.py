"""Groups come into being and change; exactly one of them is the default at any moment."""

from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.groups import rules
from portal.groups.errors import DefaultIsNeeded, DefaultNeedsNoApproval, GroupChangedMeanwhile, GroupNameTaken
from portal.groups.models import Approval, CustomerGroup


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a shop says of a group."""

    name: str
    approval: Approval = Approval.NONE
    description: str = ""
    at_registration: bool = False
    is_default: bool = False
    sort_order: int = 0


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
