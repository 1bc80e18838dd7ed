"""Many invented customers, written in bulk: a few statements for a thousand people."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa

from portal.accounts.models import Account, AccountStatus, Hold, Realm
from portal.audit import chain
from portal.audit.models import ActorKind, AuditEntry
from portal.cli.demo import bulk
from portal.cli.demo.people import Someone, people
from portal.cli.demo.standing import (
    applications_of,
    has_asked,
    memberships_of,
    subscriptions_of,
    terms_of,
    waiting_registrations,
)
from portal.customers.models import (
    Address,
    Customer,
    CustomerStatus,
    NumberSequence,
    Origin,
    Telephone,
    customer_store,
)
from portal.customers.rules import names, numbers
from portal.foundation.clock import now
from portal.foundation.database import db, table_of, transaction
from portal.groups.models import Membership
from portal.newsletter.models import ConsentEvent, Subscription
from portal.stores.models import Store

# But addresses and applications: triggers look there for each row.
INDEXED_AFTERWARDS = [
    *(table_of(model) for model in (Account, AuditEntry, ConsentEvent, Customer)),
    *(table_of(model) for model in (Membership, Subscription, Telephone)),
    customer_store,
]
AT_ONCE = 5000
TOLD_EVERY = 50_000

STATUS = {
    "waiting": CustomerStatus.WAITING,
    "declined": CustomerStatus.DECLINED,
    "disabled": CustomerStatus.DISABLED,
    "invited": CustomerStatus.UNCONFIRMED,
    "no-account": CustomerStatus.NO_ACCOUNT,
    "telephone-only": CustomerStatus.NO_ACCOUNT,
}
HELD = {"waiting": Hold.WAITING, "declined": Hold.DECLINED}
REASONS = ("Chargebacks on three orders", "Asked by telephone to be locked out", "Second account of the same person")


@dataclass(frozen=True)
class Loaded:
    """A person who has a row now."""

    id: int
    someone: Someone
    came: datetime


def load(many: int, password_hash: str, tell: Callable[[int], None] | None = None) -> int:
    """Load so many customers, all with the same password; returns how many. `tell` hears how many there are so far."""
    start = db.session.scalar(sa.select(sa.func.max(Customer.id))) or 0
    crowd = people(many, start)
    done = 0
    with bulk.indexes_afterwards(many, INDEXED_AFTERWARDS):
        while batch := list(islice(crowd, AT_ONCE)):
            with transaction():
                _load(batch, password_hash)
            done += len(batch)
            if tell is not None and done % TOLD_EVERY == 0:
                tell(done)
    with transaction():
        waiting_registrations(password_hash, start)
    bulk.finish(many)
    return done


def _load(batch: Sequence[Someone], password_hash: str) -> None:
    moment = now()
    came = [moment - timedelta(days=one.age) for one in batch]
    accounts = _accounts(batch, came, password_hash)
    first = bulk.next_id(Customer)
    rows = _rows(batch, came, accounts)
    groups_of = terms_of(batch)
    loaded = [Loaded(first + place, *pair) for place, pair in enumerate(zip(batch, came, strict=True))]
    facts = [(one.id, one.someone, one.came) for one in loaded]
    bulk.write(
        Customer,
        [
            row | {"id": one.id, "group_id": group, "has_open_application": has_asked(one.someone)}
            for row, one, group in zip(rows, loaded, groups_of, strict=True)
        ],
    )
    bulk.ids_were_given(Customer)
    bulk.write(Telephone, [_telephone(one) for one in loaded if one.someone.telephone])
    bulk.write(Address, [_address(one) for one in loaded if one.someone.town])
    stores = dict(db.session.execute(sa.select(Store.code, Store.id)).tuples().all())
    bulk.write_to(customer_store, [{"customer_id": one.id, "store_id": stores[one.someone.store]} for one in loaded])
    last_entry = bulk.next_id(AuditEntry) - 1
    bulk.write(AuditEntry, [_added(one) for one in loaded])
    chain.seal_behind(last_entry)
    memberships_of(facts)
    applications_of(facts)
    subscriptions_of(facts)


def _accounts(batch: Sequence[Someone], came: Sequence[datetime], password_hash: str) -> dict[str, int]:
    holders = [(one, at) for one, at in zip(batch, came, strict=True) if one.has_account]
    first = bulk.next_id(Account)
    rows = [
        _account(one, at) | {"id": first + place, "password_hash": password_hash}
        for place, (one, at) in enumerate(holders)
    ]
    bulk.write(Account, rows)
    bulk.ids_were_given(Account)
    return {one.email: first + place for place, (one, _) in enumerate(holders)}


def _account(one: Someone, at: datetime) -> dict[str, Any]:
    return {
        "realm": Realm.CUSTOMER,
        "email": one.email,
        "email_key": one.email,
        "password_changed_at": at,
        "email_confirmed_at": at,
        "status": AccountStatus.DISABLED if one.standing == "disabled" else AccountStatus.ENABLED,
        "held_for": HELD.get(one.standing),
        "held_at": at if one.standing in HELD else None,
        "created_at": at,
        "last_sign_in_at": at + timedelta(days=one.age * one.faithful) if one.faithful else None,
    }


def _rows(batch: Sequence[Someone], came: Sequence[datetime], accounts: dict[str, int]) -> list[dict[str, Any]]:
    taken = sa.update(NumberSequence).values(last=NumberSequence.last + len(batch)).returning(NumberSequence.last)
    last = int(db.session.execute(taken).scalar_one())
    serials = range(last - len(batch) + 1, last + 1)
    return [
        _row(one, at, numbers.with_check_digit(serial)) | {"account_id": accounts.get(one.email)}
        for one, at, serial in zip(batch, came, serials, strict=True)
    ]


def _row(one: Someone, at: datetime, number: str) -> dict[str, Any]:
    disabled = one.standing == "disabled"
    at_counter = one.standing in ("no-account", "telephone-only")
    return {
        "number": number,
        "first_name": one.first_name,
        "last_name": one.last_name,
        "email": one.email,
        "email_key": one.email or None,
        "telephone_count": 1 if one.telephone else 0,
        "status": STATUS.get(one.standing, CustomerStatus.ENABLED),
        "disabled_at": at + timedelta(hours=20) if disabled else None,
        "disabled_by": "Ravi Sathe" if disabled else "",
        "disabled_reason": REASONS[len(one.email) % len(REASONS)] if disabled else "",
        "invited_at": at if one.standing == "invited" else None,
        "search_text": names.search_text(one.first_name, one.last_name, number, one.email, [one.e164]),
        "sort_name": names.sort_name(one.first_name, one.last_name),
        "country": one.place.country if one.town else "",
        "created_at": at,
        "created_by": "Ravi Sathe" if one.standing == "invited" or at_counter else one.first_name,
        "created_through": Origin.TILL if at_counter else Origin.DEMO,
    }


def _telephone(one: Loaded) -> dict[str, Any]:
    return {"customer_id": one.id, "typed": one.someone.telephone, "e164": one.someone.e164}


def _added(one: Loaded) -> dict[str, Any]:
    someone = one.someone
    return {
        "at": one.came,
        "actor_kind": ActorKind.VISITOR if someone.has_account else ActorKind.OPERATOR,
        "stored_actor_name": someone.first_name if someone.has_account else "Ravi Sathe",
        "subject_kind": "customer",
        "subject_id": one.id,
        "stored_subject_name": f"{someone.first_name} {someone.last_name}".removesuffix(" -"),
        "verb": "customer.added",
        "stored_changes": {"email": ["", someone.email]} if someone.email else {"telephone": ["", someone.telephone]},
    }


def _address(one: Loaded) -> dict[str, Any]:
    someone = one.someone
    city, state, postcode = someone.town or ("", "", "")
    return {
        "customer_id": one.id,
        "recipient": f"{someone.first_name} {someone.last_name}".removesuffix(" -"),
        "address_1": someone.street,
        "city": city,
        "state": state,
        "postcode": postcode,
        "country": someone.place.country,
        "is_billing": True,
        "is_delivery": True,
    }
