"""What new customers get beside their row: telephone, stores, group, address, account."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.accounts.models import Account, AccountStatus, Realm
from portal.audit.service import Actor
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

IN_PLACES = frozenset((*ADDRESS, *BILLING))
PARTS = ("company", "address_1", "address_2", "city", "state", "postcode", "country", "telephone", "delivery_note")
BILLED = '"billing": {'  # in what a row brings, where bills go elsewhere than deliveries

row, customer, phone = staging.TABLE, table_of(Customer), table_of(Telephone)


def give(new: sa.ColumnElement[bool], moment: datetime, by: Actor, *, named: Sequence[str]) -> None:
    """Everything that rows of new customers bring, of those that became one.

    Args:
        new: condition on the rows.
        moment: when they came.
        by: who imports.
        named: the fields that the file has columns for.
    """
    if "telephone" in named:
        _telephones(sa.and_(new, row.c.telephone != ""))
    _stores(new, chosen="stores" in named)
    _groups(new, moment, by.name)
    if not IN_PLACES.isdisjoint(named):
        _addresses(sa.and_(new, row.c.address != ""))
    if "password_hash" in named:
        _accounts(sa.and_(new, row.c.password_hash != ""), moment)
    bringing.give(sa.and_(new, row.c.more != ""), by)


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


def _telephones(which: sa.ColumnElement[bool]) -> None:
    told: dict[str, Any] = {
        "customer_id": row.c.customer_id,
        "kind": sa.literal(TelephoneKind.MOBILE.value),
        "typed": row.c.telephone,
        "e164": row.c.e164,
        "is_primary": sa.true(),
        "verified_by": sa.literal(""),
        "verified_where": sa.literal(""),
    }
    _fill(Telephone, told, which)


def rewrite_telephones(changes: sa.ColumnElement[bool]) -> None:
    """Give changed customers the telephone of their row where it is another one; no file takes one away."""
    fits = sa.and_(changes, row.c.telephone != "")
    other = sa.and_(phone.c.customer_id == row.c.customer_id, phone.c.is_primary, phone.c.e164 != row.c.e164)
    told = {"typed": row.c.telephone, "e164": row.c.e164, "verified_at": None}
    db.session.execute(sa.update(phone).where(other, fits).values(told))
    has = sa.exists().where(phone.c.customer_id == row.c.customer_id)
    _telephones(sa.and_(fits, ~has))


def _stores(which: sa.ColumnElement[bool], *, chosen: bool) -> None:
    store = table_of(Store)
    online = sa.literal(stores.online().id)
    where: tuple[sa.ColumnElement[bool], ...] = (which, row.c.stores == "")
    _link(sa.select(row.c.customer_id, online).where(*(where if chosen else where[:1])))
    if chosen:
        named = row.c.stores.contains(sa.literal(",").concat(sa.cast(store.c.id, sa.String)).concat(","))
        _link(sa.select(row.c.customer_id, store.c.id).where(which, row.c.stores != "", named))


def _link(pairs: sa.Select[Any]) -> None:
    db.session.execute(sa.insert(customer_store).from_select(["customer_id", "store_id"], pairs))


def _groups(which: sa.ColumnElement[bool], moment: datetime, by: str) -> None:
    told: dict[str, Any] = {
        "customer_id": row.c.customer_id,
        "group_id": sa.func.coalesce(row.c.group_id, groups.default_group().id),
        "is_preferred": sa.true(),
        "since": sa.literal(moment, table_of(Membership).c.since.type),
        "given_by": sa.literal(by[:120]),
    }
    _fill(Membership, told, which)


def _addresses(which: sa.ColumnElement[bool]) -> None:
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
    _fill(Address, {name: told[name] for name in place.c.keys() if name in told}, which)  # noqa: SIM118 - a collection


def _accounts(which: sa.ColumnElement[bool], moment: datetime) -> None:
    """Accounts for those who bring the hash of their password: the old shop has confirmed their address."""
    account = table_of(Account)
    at = sa.literal(moment, account.c.created_at.type)
    told: dict[str, Any] = {
        "realm": sa.literal(Realm.CUSTOMER.value),
        "email": row.c.email,
        "email_key": row.c.email_key,
        "password_hash": row.c.password_hash,
        "password_changed_at": at,
        "email_confirmed_at": at,
        "status": sa.case((row.c.is_disabled, AccountStatus.DISABLED.value), else_=AccountStatus.ENABLED.value),
        "epoch": sa.literal(0),
        "locale": sa.literal("en"),
        "created_at": at,
    }
    chosen = sa.select(*told.values()).where(which)
    new = insert_of(Account).from_select(list(told), chosen, include_defaults=False)
    db.session.execute(new.on_conflict_do_nothing())
    mine = (account.c.email_key == customer.c.email_key, account.c.realm == Realm.CUSTOMER.value)
    made = sa.and_(*mine, account.c.created_at == moment)
    found = sa.select(account.c.id).where(made).scalar_subquery()
    enabled = sa.case(
        (customer.c.disabled_at.is_(None), CustomerStatus.ENABLED.value), else_=CustomerStatus.DISABLED.value
    )
    holders = customer.c.id.in_(sa.select(row.c.customer_id).where(which))
    has = sa.exists().where(made)
    db.session.execute(sa.update(customer).where(holders, has).values(account_id=found, status=enabled))


def _fill(model: Any, told: dict[str, Any], which: sa.ColumnElement[bool]) -> None:
    chosen = sa.select(*told.values()).where(which)
    db.session.execute(sa.insert(table_of(model)).from_select(list(told), chosen, include_defaults=False))
