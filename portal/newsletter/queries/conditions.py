"""What segments may ask of people: records, accounts, groups, stores, tags, answers and consent."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from portal.accounts.models import Account
from portal.config import settings
from portal.customers import custom_queries
from portal.customers.models import Customer, CustomField, FieldKind, FieldValue, Tag, customer_store, customer_tag
from portal.customers.rules import addresses
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.pages import start_of
from portal.foundation.text import _, language_name, lazy, locale
from portal.groups import queries as groups
from portal.newsletter.models import Subscription
from portal.newsletter.rules import conditions, segments
from portal.newsletter.rules.conditions import Choices, Condition, Meaning, Operator, Wants
from portal.newsletter.rules.segments import Row
from portal.stores import queries as stores

FIELD = "field:"  # before the id of a shop's own field

SEVERAL = {
    "one-of": Operator(lazy("is one of"), Wants.CHOICES),
    "none-of": Operator(lazy("is none of"), Wants.CHOICES),
}
IS = {"is": Operator(lazy("is"), Wants.CHOICE), "is-not": Operator(lazy("is not"), Wants.CHOICE)} | SEVERAL
HAS = {
    "is": Operator(lazy("is among theirs:"), Wants.CHOICE),
    "is-not": Operator(lazy("is not:"), Wants.CHOICE),
    "one-of": Operator(lazy("is among theirs, one of"), Wants.CHOICES),
    "none-of": Operator(lazy("is none of"), Wants.CHOICES),
}
NOT = ("is-not", "none-of")
YES_NO = {"is": Operator("", Wants.CHOICE)}
MOMENTS = {
    "within": Operator(lazy("was in the last"), Wants.DAYS, lazy("days")),
    "before": Operator(lazy("was more than"), Wants.DAYS, lazy("days ago")),
    "since": Operator(lazy("was on or after"), Wants.DAY),
    "until": Operator(lazy("was before"), Wants.DAY),
}
NEVER = {"never": Operator(lazy("never was"), Wants.NOTHING)}


def chosen(
    key: str,
    words: str,
    choices: Callable[[], Choices],
    condition: Callable[[Sequence[str]], Meaning],
    operators: dict[str, Operator] = IS,
    *,
    note: str = "",
) -> Condition:
    """A condition that one of several values holds, or that none of them does.

    Args:
        key: under which segments keep it.
        words: it is called by.
        choices: the values that there are now.
        condition: that one of some of these values holds.
        operators: how it may be asked.
        note: what it can't know.
    """

    def read(operator: str, value: str) -> Meaning | None:
        values = Row(key, operator, value).values if operator in SEVERAL else [value]
        if not values or not set(values) <= {choice for choice, _words in choices()}:
            return None
        positive = condition(values)
        return positive.is_not(sa.true()) if operator in NOT else positive

    return Condition(key, words, operators, read, choices, note)


def among(column: sa.ColumnElement[Any], values: Sequence[Any]) -> Meaning:
    """Condition that a column has one of these values."""
    return column == values[0] if len(values) == 1 else column.in_(values)


def _ids(values: Sequence[str]) -> list[int]:
    return [int(value) for value in values]


def moment(key: str, words: str, column: sa.ColumnElement[Any], *, may_lack: bool = False) -> Condition:
    """A condition on when something was."""

    def read(operator: str, value: str) -> Meaning | None:
        if operator == "never":
            return column.is_(None)
        days, on = segments.number(value), segments.day(value)
        if operator in ("within", "before") and days is not None:
            bound = now() - timedelta(days=days)
            return column >= bound if operator == "within" else column < bound
        if operator in ("since", "until") and on is not None:
            return column >= start_of(on) if operator == "since" else column < start_of(on)
        return None

    return Condition(key, words, MOMENTS | NEVER if may_lack else MOMENTS, read)


def _linked(table: sa.Table, column: str, values: Sequence[str]) -> Meaning:
    return sa.exists().where(table.c.customer_id == Customer.id, among(table.c[column], _ids(values)))


def _has_record(values: Sequence[str]) -> Meaning:
    column = {"record": Customer.id, "account": Account.id}.get(values[0])
    return Customer.id.is_(None) if column is None else column.is_not(None)


def _records() -> Choices:
    return [("record", _("has a customer record")), ("account", _("has an account")), ("none", _("is no customer"))]


def _groups() -> Choices:
    return [(str(group.id), group.name) for group in groups.all_groups()]


def _stores() -> Choices:
    return [(str(store.id), store.name) for store in stores.every()]


def _tags() -> Choices:
    return [(str(tag.id), tag.name) for tag in db.session.scalars(sa.select(Tag).order_by(Tag.name_key))]


def _countries() -> Choices:
    return list(addresses.country_names(locale()))


def _languages() -> Choices:
    return [(code, language_name(code)) for code in settings().shop_locales]


def _answers() -> Iterable[Condition]:
    """The shop's own fields with choices; those that are retired are not asked for any more."""
    for field in custom_queries.all_fields():
        if field.kind is FieldKind.CHOICE and field.retired_at is None:
            yield _answered(field)


def _answered(field: CustomField) -> Condition:
    offered, field_id = [(choice, choice) for choice in field.choices], field.id

    def condition(values: Sequence[str]) -> Meaning:
        same = among(sa.cast(FieldValue.value, sa.String), [json.dumps(value) for value in values])
        return sa.exists().where(FieldValue.customer_id == Customer.id, FieldValue.field_id == field_id, same)

    return chosen(f"{FIELD}{field_id}", field.name, lambda: offered, condition)


for _one in (
    chosen("group", lazy("Group"), _groups, lambda values: among(Customer.group_id.expression, _ids(values))),
    chosen("tag", lazy("Tag"), _tags, lambda values: _linked(customer_tag, "tag_id", values), HAS),
    chosen("store", lazy("Store"), _stores, lambda values: _linked(customer_store, "store_id", values), HAS),
    chosen("country", lazy("Country"), _countries, lambda values: among(Customer.country.expression, values)),
    chosen("language", lazy("Language"), _languages, lambda values: among(Customer.locale.expression, values)),
    chosen("customer", lazy("This person"), _records, _has_record, YES_NO),
    moment("created", lazy("First known as a customer"), Customer.created_at.expression, may_lack=True),
    moment("signed-in", lazy("Last sign-in"), Account.last_sign_in_at.expression, may_lack=True),
    moment("subscribed", lazy("First on this list"), Subscription.created_at.expression),
    moment("consent", lazy("Consent, or last change of it,"), Subscription.changed_at.expression),
):
    conditions.register(_one)
conditions.provide(_answers)
