"""What new customers get beside their row: telephone, stores, group, address, account."""

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.accounts.models import Account, AccountStatus, Realm
from portal.customers.models import Address, Customer, CustomerStatus, Telephone, TelephoneKind, customer_store
from portal.foundation.database import db, insert_of, table_of
from portal.groups import queries as groups
from portal.groups.models import Membership
from portal.stores import queries as stores
from portal.stores.models import Store
from portal.transfers.models import Outcome
from portal.transfers.service import staging

row, customer, phone = staging.TABLE, table_of(Customer), table_of(Telephone)


def give(mine: sa.ColumnElement[bool], moment: datetime, by: str) -> None:
    """Everything that rows of new customers bring, of those that became one."""
    new = sa.and_(mine, row.c.outcome == Outcome.NEW)
    _telephones(sa.and_(new, row.c.telephone != ""))
    _stores(new)
    _groups(new, moment, by)
    _addresses(sa.and_(new, row.c.address != ""))
    _accounts(sa.and_(new, row.c.password_hash != ""), moment)


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
    _fill(Telephone, told, sa.select(*told.values()).where(which))


def rewrite_telephones(changes: sa.ColumnElement[bool]) -> None:
    """Give changed customers the telephone of their row where it is another one; no file takes one away."""
    fits = sa.and_(changes, row.c.telephone != "")
    other = sa.and_(phone.c.customer_id == row.c.customer_id, phone.c.is_primary, phone.c.e164 != row.c.e164)
    told = {"typed": row.c.telephone, "e164": row.c.e164, "verified_at": None}
    db.session.execute(sa.update(phone).where(other, fits).values(told))
    has = sa.exists().where(phone.c.customer_id == row.c.customer_id)
    _telephones(sa.and_(fits, ~has))


def _stores(which: sa.ColumnElement[bool]) -> None:
    store = table_of(Store)
    named = row.c.stores.contains(sa.literal(",").concat(sa.cast(store.c.id, sa.String)).concat(","))
    default = sa.and_(row.c.stores == "", store.c.id == stores.online().id)
    chosen = sa.select(row.c.customer_id, store.c.id).where(which, sa.or_(named, default))
    db.session.execute(sa.insert(customer_store).from_select(["customer_id", "store_id"], chosen))


def _groups(which: sa.ColumnElement[bool], moment: datetime, by: str) -> None:
    told: dict[str, Any] = {
        "customer_id": row.c.customer_id,
        "group_id": sa.func.coalesce(row.c.group_id, groups.default_group().id),
        "is_preferred": sa.true(),
        "since": sa.literal(moment, table_of(Membership).c.since.type),
        "given_by": sa.literal(by[:120]),
    }
    _fill(Membership, told, sa.select(*told.values()).where(which))


def _addresses(which: sa.ColumnElement[bool]) -> None:
    columns = (row.c.customer_id, row.c.first_name, row.c.last_name, row.c.address)
    rows = [
        json.loads(parts)
        | {"customer_id": customer_id, "recipient": f"{first} {last}".removesuffix(" -")}
        | {"is_billing": True, "is_delivery": True}
        for customer_id, first, last, parts in db.session.execute(sa.select(*columns).where(which))
    ]
    if rows:
        db.session.execute(sa.insert(Address), rows)


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


def _fill(model: Any, told: dict[str, Any], chosen: sa.Select[Any]) -> None:
    db.session.execute(sa.insert(table_of(model)).from_select(list(told), chosen, include_defaults=False))
