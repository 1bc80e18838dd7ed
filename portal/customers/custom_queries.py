"""Which fields groups ask for, and what is known in them of a customer or was answered by an applicant."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from portal.customers.models import ApplicationAnswer, Customer, CustomField, FieldGroup, FieldValue, Tag, customer_tag
from portal.foundation.database import LARGEST_ID, db

SUGGESTED = 200  # tags offered while one is typed


@dataclass(frozen=True)
class Asked:
    """A field as it stands in a form: with or without the need to answer."""

    field: CustomField
    is_required: bool = False


# Made once, since the registration form needs it: to build a statement takes longer than to run it.
_ASKING = (
    sa.select(FieldGroup.group_id, CustomField, FieldGroup.is_required)
    .join(CustomField, CustomField.id == FieldGroup.field_id)
    .where(FieldGroup.group_id.in_(sa.bindparam("groups", expanding=True)), CustomField.retired_at.is_(None))
    .order_by(CustomField.sort_order, CustomField.id)
)


def all_fields() -> Sequence[CustomField]:
    """Every field in the shop's order, retired ones last."""
    order = (CustomField.retired_at.is_not(None), CustomField.sort_order, CustomField.id)
    return db.session.scalars(sa.select(CustomField).options(selectinload(CustomField.groups)).order_by(*order)).all()


def fields_in_use() -> list[CustomField]:
    """The fields that may be filled in, in the shop's order."""
    return [field for field in all_fields() if field.retired_at is None]


def field(field_id: int) -> CustomField | None:
    """A field by its number."""
    return db.session.get(CustomField, field_id) if 0 < field_id <= LARGEST_ID else None


def asked_by(group_ids: Collection[int]) -> list[Asked]:
    """The fields that any of these groups asks for, once each; required where one of the groups requires it."""
    found: dict[int, Asked] = {}
    for _group, row, is_required in _asking(group_ids):
        known = found.get(row.id)
        found[row.id] = Asked(row, is_required or (known is not None and known.is_required))
    return list(found.values())


def asked_by_each(group_ids: Collection[int]) -> dict[int, list[Asked]]:
    """The fields that each of these groups asks for, read at once; groups that ask nothing are left out."""
    found: dict[int, list[Asked]] = {}
    for group_id, row, is_required in _asking(group_ids):
        found.setdefault(group_id, []).append(Asked(row, is_required))
    return found


def _asking(group_ids: Collection[int]) -> Sequence[tuple[int, CustomField, bool]]:
    if not group_ids:
        return []
    return db.session.execute(_ASKING, {"groups": list(group_ids)}).tuples().all()


def values_of(customer_id: int) -> list[FieldValue]:
    """What is known of a customer, in the shop's order; answers to retired fields last."""
    query = (
        sa.select(FieldValue)
        .join(CustomField, CustomField.id == FieldValue.field_id)
        .where(FieldValue.customer_id == customer_id)
        .order_by(CustomField.retired_at.is_not(None), CustomField.sort_order, CustomField.id)
    )
    return list(db.session.scalars(query).unique())


def value(customer_id: int, field_id: int) -> FieldValue | None:
    """What is known of a customer in one field."""
    if not 0 < field_id <= LARGEST_ID:
        return None
    mine = sa.select(FieldValue).where(FieldValue.customer_id == customer_id, FieldValue.field_id == field_id)
    return db.session.scalar(mine)


def values_for(customer_ids: Collection[int]) -> dict[int, dict[int, FieldValue]]:
    """The same of many at once, by customer and field: for files and for columns of a list."""
    found: dict[int, dict[int, FieldValue]] = {}
    for row in db.session.scalars(sa.select(FieldValue).where(FieldValue.customer_id.in_(customer_ids))).unique():
        found.setdefault(row.customer_id, {})[row.field_id] = row
    return found


def answers_of(application_id: int) -> list[ApplicationAnswer]:
    """What an applicant answered, in the shop's order."""
    query = (
        sa.select(ApplicationAnswer)
        .join(CustomField, CustomField.id == ApplicationAnswer.field_id)
        .where(ApplicationAnswer.application_id == application_id)
        .order_by(CustomField.sort_order, CustomField.id)
    )
    return list(db.session.scalars(query).unique())


def answer(application_id: int, field_id: int) -> ApplicationAnswer | None:
    """What an applicant answered in one field."""
    if not (0 < field_id <= LARGEST_ID and 0 < application_id <= LARGEST_ID):
        return None
    return db.session.scalar(
        sa.select(ApplicationAnswer).where(
            ApplicationAnswer.application_id == application_id, ApplicationAnswer.field_id == field_id
        )
    )


def is_shown_in_an_application(file_id: int) -> bool:
    """Whether an application has this file among its answers."""
    return bool(db.session.scalar(sa.select(sa.exists().where(ApplicationAnswer.file_id == file_id))))


def answers_by_field() -> dict[int, int]:
    """Of how many customers something is known in each field."""
    query = sa.select(FieldValue.field_id, sa.func.count()).group_by(FieldValue.field_id)
    return dict(db.session.execute(query).tuples().all())


def tags_of(customer_id: int) -> list[Tag]:
    """The tags of a customer, by name."""
    return tags_for([customer_id]).get(customer_id, [])


def tags_for(customer_ids: Collection[int]) -> dict[int, list[Tag]]:
    """The tags of many customers, asked for at once."""
    query = (
        sa.select(customer_tag.c.customer_id, Tag)
        .join(Tag, Tag.id == customer_tag.c.tag_id)
        .where(customer_tag.c.customer_id.in_(customer_ids))
        .order_by(Tag.name_key)
    )
    found: dict[int, list[Tag]] = {}
    for customer_id, tag in db.session.execute(query).tuples():
        found.setdefault(customer_id, []).append(tag)
    return found


def tags_to_choose() -> list[Tag]:
    """The tags that somebody has, by name, as far as a list of suggestions goes."""
    in_use = sa.exists().where(customer_tag.c.tag_id == Tag.id)
    return list(db.session.scalars(sa.select(Tag).where(in_use).order_by(Tag.name_key).limit(SUGGESTED)))


def tag(tag_id: int) -> Tag | None:
    """A tag by its number."""
    return db.session.get(Tag, tag_id) if 0 < tag_id <= LARGEST_ID else None


def tagged(tag_id: int) -> sa.ColumnElement[bool]:
    """Condition on customers: they have this tag."""
    return Customer.id.in_(sa.select(customer_tag.c.customer_id).where(customer_tag.c.tag_id == tag_id))


def with_same_value(answer: ApplicationAnswer, *, besides: int, most: int = 20) -> list[int]:
    """The customers, but for one, of whom a text that an applicant answered is known as well."""
    same = sa.cast(FieldValue.value, sa.String) == json.dumps(answer.value)
    query = sa.select(FieldValue.customer_id).where(FieldValue.field_id == answer.field_id, same)
    return list(db.session.scalars(query.where(FieldValue.customer_id != besides).limit(most)))
