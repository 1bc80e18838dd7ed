"""What new customers get beside their row: telephone, stores, group, address, account."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from portal.accounts.models import Account, AccountStatus, Realm
from portal.config import settings
from portal.customers.models import (
    ONLY_NAME,
    Address,
    Customer,
    CustomerStatus,
    Telephone,
    TelephoneKind,
    customer_store,
)
from portal.foundation.database import db, insert_of, table_of
from portal.groups import queries as groups
from portal.groups.models import Membership
from portal.stores import queries as stores
from portal.stores.models import Store
from portal.transfers.rules.columns import ADDRESS, BILLING
from portal.transfers.service import bringing, staging
from portal.transfers.service.staging import Batch, are_changes, are_new

IN_PLACES = frozenset((*ADDRESS, *BILLING))
PARTS = ("company", "address_1", "address_2", "city", "state", "postcode", "country", "telephone", "delivery_note")
BILLED = '"billing": {'  # in what a row brings, where bills go elsewhere than deliveries

row, customer, phone = staging.TABLE, table_of(Customer), table_of(Telephone)
ONLINE = sa.bindparam("online", type_=sa.Integer)


def give(batch: Batch, *, named: Sequence[str]) -> None:
    """Everything that rows of new customers bring, of those that became one.

    Args:
        batch: the rows.
        named: the fields that the file has columns for.
    """
    if "telephone" in named:
        staging.run(_giving_telephones(), batch)
    _stores(batch, chosen="stores" in named)
    told = {"at": batch.moment, "whose": batch.by.name[:120]}
    staging.run(_membership(), batch, **told, default_group=groups.default_group().id)
    if not IN_PLACES.isdisjoint(named):
        staging.run(_addresses(), batch)
    if "password_hash" in named:
        for statement in _accounts():
            staging.run(statement, batch, at=batch.moment, language=settings().shop_locales[0])
    bringing.give(batch)


def country() -> sa.ColumnElement[str]:
    """Where a new customer's deliveries go."""
    return sa.case((row.c.address == "", ""), else_=_part("country"))


def _part(name: str) -> sa.ColumnElement[str]:
    """A part of the address in a row, empty where it has none."""
    if db.engine.dialect.name == "postgresql":
        found: sa.ColumnElement[str] = sa.cast(row.c.address, sa.JSON)[name].as_string()
    else:
        found = sa.func.json_extract(row.c.address, f"$.{name}", type_=sa.String)
    return sa.func.coalesce(found, "")


@staging.once
def _giving_telephones() -> sa.Insert:
    return _telephones(are_new())


def _telephones(which: sa.ColumnElement[bool]) -> sa.Insert:
    told: dict[str, Any] = {
        "customer_id": row.c.customer_id,
        "kind": sa.literal(TelephoneKind.MOBILE.value),
        "typed": row.c.telephone,
        "e164": row.c.e164,
        "is_primary": sa.true(),
        "verified_by": sa.literal(""),
        "verified_where": sa.literal(""),
    }
    return _filling(phone, told, sa.and_(which, row.c.telephone != ""))


def rewrite_telephones(batch: Batch) -> None:
    """Give changed customers the telephone of their row where it is another one; no file takes one away."""
    for statement in _rewriting():
        staging.run(statement, batch)


@staging.once
def _rewriting() -> tuple[sa.Executable, ...]:
    changes = sa.and_(are_changes(), row.c.telephone != "")
    other = sa.and_(phone.c.customer_id == row.c.customer_id, phone.c.is_primary, phone.c.e164 != row.c.e164)
    told = {"typed": row.c.telephone, "e164": row.c.e164, "verified_at": None}
    has = sa.exists().where(phone.c.customer_id == row.c.customer_id)
    return sa.update(phone).where(other, changes).values(told), _telephones(sa.and_(changes, ~has))


def _stores(batch: Batch, *, chosen: bool) -> None:
    online = stores.online().id
    if not chosen:
        staging.run(_linking(), batch, online=online)
        return
    for statement in _linking_chosen():
        staging.run(statement, batch, online=online)


@staging.once
def _linking() -> sa.Insert:
    return _link(sa.select(row.c.customer_id, ONLINE).where(are_new()))


@staging.once
def _linking_chosen() -> tuple[sa.Insert, ...]:
    store = table_of(Store)
    named = row.c.stores.contains(sa.literal(",").concat(sa.cast(store.c.id, sa.String)).concat(","))
    chosen = sa.select(row.c.customer_id, store.c.id).where(are_new(), row.c.stores != "", named)
    return _link(chosen), _link(sa.select(row.c.customer_id, ONLINE).where(are_new(), row.c.stores == ""))


def _link(pairs: sa.Select[Any]) -> sa.Insert:
    return sa.insert(customer_store).from_select(["customer_id", "store_id"], pairs)


@staging.once
def _membership() -> sa.Insert:
    member = table_of(Membership)
    told: dict[str, Any] = {
        "customer_id": row.c.customer_id,
        "group_id": sa.func.coalesce(row.c.group_id, sa.bindparam("default_group", type_=sa.Integer)),
        "is_preferred": sa.true(),
        "since": sa.bindparam("at", type_=member.c.since.type),
        "given_by": sa.bindparam("whose", type_=sa.String),
    }
    return _filling(member, told, are_new())


@staging.once
def _addresses() -> sa.Insert:
    place = table_of(Address)
    whole = sa.case((row.c.last_name == ONLY_NAME, row.c.first_name), else_=row.c.first_name + " " + row.c.last_name)
    no_other = sa.not_(row.c.more.contains(BILLED))
    told: dict[str, Any] = {name: _part(name) for name in PARTS} | {
        "customer_id": row.c.customer_id,
        "label": sa.literal(""),
        "recipient": sa.func.coalesce(sa.func.nullif(_part("recipient"), ""), whole),
        "gate_code": sa.func.nullif(_part("gate_code"), ""),
        "is_billing": no_other,
        "is_delivery": sa.true(),
        "version": sa.literal(1),
    }
    told = {name: told[name] for name in place.c.keys() if name in told}  # noqa: SIM118 - a collection
    return _filling(place, told, sa.and_(are_new(), row.c.address != ""))


@staging.once
def _accounts() -> tuple[sa.Executable, ...]:
    """Accounts for those who bring the hash of their password: the old shop has confirmed their address."""
    account = table_of(Account)
    which = sa.and_(are_new(), row.c.password_hash != "")
    at = sa.bindparam("at", type_=account.c.created_at.type)
    told: dict[str, Any] = {
        "realm": sa.literal(Realm.CUSTOMER.value),
        "email": row.c.email,
        "email_key": row.c.email_key,
        "password_hash": row.c.password_hash,
        "password_changed_at": at,
        "email_confirmed_at": at,
        "status": sa.case((row.c.is_disabled, AccountStatus.DISABLED.value), else_=AccountStatus.ENABLED.value),
        "epoch": sa.literal(0),
        "locale": sa.bindparam("language", type_=sa.String),
        "created_at": at,
    }
    chosen = sa.select(*told.values()).where(which)
    new = insert_of(account).from_select(list(told), chosen, include_defaults=False)
    mine = (account.c.email_key == customer.c.email_key, account.c.realm == Realm.CUSTOMER.value)
    made = sa.and_(*mine, account.c.created_at == at)
    found = sa.select(account.c.id).where(made).scalar_subquery()
    enabled = sa.case(
        (customer.c.disabled_at.is_(None), CustomerStatus.ENABLED.value), else_=CustomerStatus.DISABLED.value
    )
    holders = customer.c.id.in_(sa.select(row.c.customer_id).where(which))
    taken = sa.update(customer).where(holders, sa.exists().where(made)).values(account_id=found, status=enabled)
    return new.on_conflict_do_nothing(), taken


def _filling(table: sa.Table, told: dict[str, Any], which: sa.ColumnElement[bool]) -> sa.Insert:
    chosen = sa.select(*told.values()).where(which)
    return sa.insert(table).from_select(list(told), chosen, include_defaults=False)
