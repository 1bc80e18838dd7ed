"""What an export reads: one row of texts for each customer, in one statement that both databases answer by indexes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal.customers import custom_queries
from portal.customers.models import (
    Address,
    Channel,
    ChannelAction,
    ChannelConsent,
    Customer,
    CustomField,
    FieldKind,
    FieldValue,
    PosSettings,
    Statutory,
    Tag,
    Telephone,
    customer_store,
    customer_tag,
)
from portal.customers.rules import custom_fields
from portal.foundation.database import db, table_of
from portal.groups.models import CustomerGroup, Membership
from portal.newsletter.models import Audience, Subscription, SubscriptionState
from portal.stores.models import Store
from portal.transfers.rules.columns import BILLING, EXPORTED, FIELD, MASKED, PLACE

Column = sa.ColumnElement[Any]
Conditions = Sequence[sa.ColumnElement[bool]]

SEALED = frozenset(MASKED) - {"state_of_registration"}  # columns that come out of the database encrypted
SPELT = frozenset(  # columns whose words are the portal's own, so that no spreadsheet calculates them
    {"status", "newsletter", "gender", "date_of_birth", "nationality", "anniversary", "created_at", "country"}
    | {"preferred_channel", "consent_sms", "consent_telephone", "consent_post", "billing_country"}
    | {"allow_credit_sale", "email_receipts"}
)
NEWSLETTER = {SubscriptionState.ACTIVE: "yes", SubscriptionState.PENDING: "pending"}

_customer = table_of(Customer)
_phone = table_of(Telephone)
_delivery = table_of(Address).alias("delivery")
_billing = table_of(Address).alias("billing")
_group, _member, _subscription = table_of(CustomerGroup), table_of(Membership), table_of(Subscription)
_till, _statutory = table_of(PosSettings), table_of(Statutory)


@dataclass(frozen=True)
class Selected:
    """A statement and the names of its columns; behind them it has the customer's id, for reading on."""

    query: sa.Select[Any]
    names: tuple[str, ...]


def selected(conditions: Conditions, *, revealing: bool = False) -> Selected:
    """The statement for those who fit, by their ids; a cell without anything in it is empty or NULL.

    Args:
        conditions: on Customer.
        revealing: with the columns that are masked elsewhere; those of SEALED have to be opened yet.
    """
    fields = [field for field in custom_queries.fields_in_use() if field.kind is not FieldKind.FILE]
    columns = _columns() | {f"{FIELD}{field.key}": _answer(field) for field in fields}
    names = (*EXPORTED, *(f"{FIELD}{field.key}" for field in fields), *(MASKED if revealing else ()))
    cells = [columns[name].label(name) for name in names]
    there = (_customer.c.erased_at.is_(None), _customer.c.merged_into_id.is_(None))
    query = sa.select(*cells, _customer.c.id).select_from(_joined(revealing=revealing)).where(*there, *conditions)
    return Selected(query.order_by(_customer.c.id), names)


def _joined(*, revealing: bool) -> sa.FromClause:
    default = sa.select(Audience.id).where(Audience.is_default).scalar_subquery()
    mine = _customer.c.id
    bills = sa.and_(_billing.c.customer_id == mine, _billing.c.is_billing, ~_billing.c.is_delivery)
    reads = sa.and_(_subscription.c.email_key == _customer.c.email_key, _subscription.c.audience_id == default)
    joined = (
        _customer.outerjoin(_phone, sa.and_(_phone.c.customer_id == mine, _phone.c.is_primary))
        .outerjoin(_delivery, sa.and_(_delivery.c.customer_id == mine, _delivery.c.is_delivery))
        .outerjoin(_billing, bills)
        .outerjoin(_member, sa.and_(_member.c.customer_id == mine, _member.c.is_preferred))
        .outerjoin(_group, _group.c.id == _member.c.group_id)
        .outerjoin(_subscription, reads)
        .outerjoin(_till, _till.c.customer_id == mine)
    )
    return joined.outerjoin(_statutory, _statutory.c.customer_id == mine) if revealing else joined


def _columns() -> dict[str, Column]:
    state = sa.case(*((_subscription.c.state == kind, word) for kind, word in NEWSLETTER.items()), else_="no")
    columns: dict[str, Column] = {
        "customer_number": _customer.c.number,
        "telephone": _phone.c.typed,
        "further_telephones": sa.case((_customer.c.telephone_count > 1, _further_telephones())),
        "customer_group": _group.c.name,
        "stores": _stores(),
        "tags": _tags(),
        "newsletter": state,
        "date_of_birth": sa.cast(_customer.c.born_on, sa.Text),
        "anniversary": sa.cast(_customer.c.anniversary_on, sa.Text),
        "created_at": sa.func.substr(sa.cast(_customer.c.created_at, sa.Text), 1, 19),
        "address_telephone": _delivery.c.telephone,
        "delivery_note": _delivery.c.delivery_note,
        "gate_code": _delivery.c.gate_code,
        "allow_credit_sale": _yes_or_no(_till.c.allow_credit_sale),
        "email_receipts": _yes_or_no(_till.c.email_receipts),
        "price_note": _till.c.price_note,
    }
    words = {name: sa.cast(_customer.c[name], sa.Text) for name in ("gender", "status", "preferred_channel")}
    plain = {
        name: _customer.c[name]
        for name in ("external_id", "first_name", "last_name", "email", "nationality", "remarks")
    }
    numbers = {name: _statutory.c[name] for name in MASKED if name in _statutory.c}
    delivery = {name: _delivery.c[name] for name in PLACE}
    billing = {name: _billing.c[name.removeprefix("billing_")] for name in BILLING}
    channels = (Channel.SMS, Channel.TELEPHONE, Channel.POST)
    consent = {f"consent_{channel}": _consent(channel) for channel in channels}
    return columns | words | plain | numbers | delivery | billing | consent


def _yes_or_no(column: Column) -> Column:
    return sa.case((column.is_(None), sa.null()), (column, custom_fields.YES), else_=custom_fields.NO)


def _further_telephones() -> Column:
    other = _phone.alias("other")
    words = sa.cast(other.c.kind, sa.Text).concat(": ").concat(other.c.typed)
    mine = sa.select(words.label("words")).where(other.c.customer_id == _customer.c.id, ~other.c.is_primary)
    return _listed(mine.order_by(other.c.id), "; ")


def _stores() -> Column:
    store = table_of(Store)
    joined = customer_store.join(store, store.c.id == customer_store.c.store_id)
    mine = sa.select(store.c.code).select_from(joined).where(customer_store.c.customer_id == _customer.c.id)
    return _listed(mine.order_by(store.c.id), ";")


def _tags() -> Column:
    tag = table_of(Tag)
    joined = customer_tag.join(tag, tag.c.id == customer_tag.c.tag_id)
    mine = sa.select(tag.c.name).select_from(joined).where(customer_tag.c.customer_id == _customer.c.id)
    return _listed(mine.order_by(tag.c.name_key), ", ")


def _consent(channel: Channel) -> Column:
    """How a channel stands by the newest step of its ledger; empty where there is none."""
    step = table_of(ChannelConsent).alias(f"step_{channel}")
    word = sa.case((step.c.action == ChannelAction.GRANT, custom_fields.YES), else_=custom_fields.NO)
    mine = sa.select(word).where(step.c.customer_id == _customer.c.id, step.c.channel == channel)
    return mine.order_by(step.c.id.desc()).limit(1).scalar_subquery()


def _answer(field: CustomField) -> Column:
    """What `custom_fields.as_text` makes of the answer in a field."""
    answer = table_of(FieldValue).alias(f"answer_{field.id}")
    mine = (answer.c.customer_id == _customer.c.id, answer.c.field_id == field.id)
    if field.kind is FieldKind.CHOICES:
        several = (
            sa.func.json_array_elements_text(answer.c.value) if _is_postgresql() else sa.func.json_each(answer.c.value)
        )
        each = several.table_valued("value", name=f"choices_{field.id}")
        return _listed(
            sa.select(each.c.value).select_from(answer.join(each, sa.true())).where(*mine), custom_fields.BETWEEN
        )
    if _is_postgresql():
        text: Column = answer.c.value.op("#>>", return_type=sa.Text())(sa.literal_column("'{}'"))
        yes: Column = text == sa.literal_column("'true'")
    else:
        text = sa.func.json_extract(answer.c.value, "$")
        yes = text == 1
    if field.kind is FieldKind.YES_NO:
        text = sa.case((yes, custom_fields.YES), else_=custom_fields.NO)
    return sa.select(text).where(*mine).scalar_subquery()


def _listed(texts: sa.Select[Any], between: str) -> Column:
    """Texts of other tables in their order, in one cell."""
    inner = texts.correlate(_customer).subquery()
    glue = sa.func.string_agg if _is_postgresql() else sa.func.group_concat
    return sa.select(glue(inner.c[0], between)).scalar_subquery()


def _is_postgresql() -> bool:
    return db.engine.dialect.name == "postgresql"
