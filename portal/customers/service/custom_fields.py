"""Fields come into being, change, move and are retired; what was answered in them stays."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.customers import custom_queries as queries
from portal.customers.errors import FieldChangedMeanwhile, FieldNameTaken
from portal.customers.models import CustomField, FieldGroup, FieldKind
from portal.customers.rules import custom_fields as rules
from portal.foundation import search
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.foundation.text import _

RESERVED = frozenset({"id", "number", "version", "csrf_token", "form_key"})  # names that forms and files have already


@dataclass(frozen=True, kw_only=True)
class Definition:
    """What a shop says of a field; `groups` are the ids of those that ask it, with whether they require it."""

    name: str
    kind: FieldKind = FieldKind.TEXT
    help: str = ""
    example: str = ""
    pattern: str = ""
    choices: list[str] = field(default_factory=list)
    groups: Mapping[int, bool] = field(default_factory=dict)


def define_field(definition: Definition, *, by: Actor) -> CustomField:
    """Make a field; it comes last in the shop's order.

    Raises:
        FieldNameTaken: another field has the name, or one that files would spell alike.
    """
    last = db.session.scalar(sa.select(sa.func.max(CustomField.sort_order))) or 0
    row = CustomField(key=_free_key(definition.name), name_key=search.fold(definition.name), sort_order=last + 1)
    _write(row, definition, kind=definition.kind)
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        raise _taken(definition.name) from None
    _record("field.defined", row, by, {name: ("", told) for name, told in facts(definition).items()})
    return row


def change_field(field_id: int, definition: Definition, *, version: int, by: Actor) -> CustomField:
    """Change a field; its key and its kind stay, because answers rest on them.

    Raises:
        NotFound: there is no such field.
        FieldChangedMeanwhile: `version` is not the one on record.
        FieldNameTaken: another field has the name.
    """
    row = _locked(field_id)
    if row.version != version:
        raise FieldChangedMeanwhile(_("Somebody saved this field while you were editing it. Both versions are below."))
    before, after = facts(definition_of(row)), facts(definition)
    after["kind"] = before["kind"]
    if before == after:
        return row
    try:
        with db.session.begin_nested():
            _write(row, definition, kind=row.kind)
            row.name_key = search.fold(definition.name)
            row.version += 1
    except IntegrityError:
        raise _taken(definition.name) from None
    _record("field.changed", row, by, {name: (before[name], after[name]) for name in after})
    return row


def retire(field_id: int, *, by: Actor) -> CustomField:
    """Ask it nowhere any more; answers stay where they are, and it can be brought back.

    Raises:
        NotFound: there is no such field.
    """
    row = _locked(field_id)
    if row.retired_at is None:
        row.retired_at, row.version = now(), row.version + 1
        _record("field.retired", row, by, {})
    return row


def bring_back(field_id: int, *, by: Actor) -> CustomField:
    """Ask a retired field again, of the groups that asked it before.

    Raises:
        NotFound: there is no such field.
    """
    row = _locked(field_id)
    if row.retired_at is not None:
        row.retired_at, row.version = None, row.version + 1
        _record("field.brought_back", row, by, {})
    return row


def move(field_id: int, *, up: bool, by: Actor) -> CustomField:
    """Change places with the field before or after it; the first stays first, the last stays last.

    Raises:
        NotFound: there is no such field.
    """
    moved = _locked(field_id)
    rows = sa.select(CustomField).where(CustomField.retired_at.is_(None)).with_for_update()
    order = list(db.session.scalars(rows.order_by(CustomField.sort_order, CustomField.id)))
    if moved not in order:
        return moved
    at = order.index(moved)
    to = max(0, at - 1) if up else min(len(order) - 1, at + 1)
    order.insert(to, order.pop(at))
    for place, row in enumerate(order, start=1):
        row.sort_order = place
    if to != at:
        _record("field.moved", moved, by, {"sort_order": (at + 1, to + 1)})
    return moved


def definition_of(row: CustomField) -> Definition:
    """A field as its form shows it."""
    return Definition(
        name=row.name,
        kind=row.kind,
        help=row.help,
        example=row.example,
        pattern=row.pattern,
        choices=list(row.choices),
        groups={one.group_id: one.is_required for one in row.groups},
    )


def facts(definition: Definition) -> dict[str, str]:
    """A definition in words that fit an audit entry; groups by their numbers."""
    told = {name: str(value) for name, value in asdict(definition).items() if name not in ("choices", "groups")}
    told["choices"] = ", ".join(definition.choices)
    for words, required in (("asked_of", False), ("required_of", True)):
        told[words] = ", ".join(str(one) for one, wanted in sorted(definition.groups.items()) if wanted is required)
    return told


def _write(row: CustomField, definition: Definition, *, kind: FieldKind) -> None:
    row.name, row.kind, row.help = definition.name, kind, definition.help
    row.example = definition.example if kind in rules.WITH_EXAMPLE else ""
    row.pattern = definition.pattern if kind is FieldKind.TEXT else ""
    row.choices = list(definition.choices) if kind in rules.WITH_CHOICES else []
    known = {one.group_id: one for one in row.groups}
    row.groups = [known.get(group_id) or FieldGroup(group_id=group_id) for group_id in sorted(definition.groups)]
    for one in row.groups:
        one.is_required = definition.groups[one.group_id]


def _free_key(name: str) -> str:
    """The name as files spell it; a name without a Latin letter gets a number."""
    wanted = rules.key_of(name) or "field"
    known = set(db.session.scalars(sa.select(CustomField.key))) | RESERVED
    spellings = [wanted, *(f"{wanted[:36]}_{n}" for n in range(2, len(known) + 3))]
    return next(key for key in spellings if key not in known)


def _locked(field_id: int) -> CustomField:
    found = queries.field(field_id)
    if found is None:
        raise NotFound(_("This field no longer exists."))
    db.session.refresh(found, with_for_update={"of": CustomField})
    return found


def _taken(name: str) -> FieldNameTaken:
    return FieldNameTaken(_("Another field is called %(name)s. Choose another name.", name=name))


def _record(verb: str, row: CustomField, by: Actor, changes: audit.Changes) -> None:
    audit.record(verb, Subject("field", row.id, row.name), by=by, changes=changes)
