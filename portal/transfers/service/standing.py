"""What customers on record have beside their row, in the words of a file: what its cells are compared with."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from portal.customers.models import (
    Address,
    ChannelAction,
    ChannelConsent,
    CustomField,
    FieldValue,
    PosSettings,
    Statutory,
    Tag,
    customer_store,
    customer_tag,
)
from portal.customers.service.sealing import opened
from portal.foundation.database import db, table_of
from portal.transfers.rules.columns import ADDRESS, AT_TILL, BILLING, CHANNELS, FIELD, STATUTORY
from portal.transfers.service.known import among

PLACE = ("company", "recipient", "address_1", "address_2", "city", "state", "postcode", "country")
AT_THE_DOOR = ("telephone", "delivery_note", "gate_code")
SEALED = ("pan", "gstin", "vat_id", "drivers_licence")

Beside = dict[int, dict[str, Any]]


def of(ids: Collection[int], named: Collection[str]) -> Beside:
    """By customer what is known in those parts that a file has columns for."""
    found: Beside = {customer_id: {} for customer_id in ids}
    if not ids:
        return found
    if "stores" in named:
        _stores(found)
    if "tags" in named:
        _tags(found)
    if set(named).intersection((*ADDRESS, *BILLING)):
        _addresses(found)
    if set(named).intersection(STATUTORY):
        _statutory(found)
    if set(named).intersection(AT_TILL):
        _till(found)
    if set(named).intersection(CHANNELS):
        _channels(found)
    if any(name.startswith(FIELD) for name in named):
        _fields(found)
    return found


def _stores(found: Beside) -> None:
    pairs = sa.select(customer_store.c.customer_id, customer_store.c.store_id)
    mine = among(customer_store.c.customer_id, found)
    ids: dict[int, list[int]] = {}
    for customer_id, store_id in db.session.execute(pairs.where(mine).order_by(customer_store.c.store_id)):
        ids.setdefault(customer_id, []).append(store_id)
    for customer_id, stores in ids.items():
        found[customer_id]["stores"] = f",{','.join(map(str, stores))},"


def _tags(found: Beside) -> None:
    joined = sa.join(customer_tag, table_of(Tag), Tag.id == customer_tag.c.tag_id)
    query = sa.select(customer_tag.c.customer_id, Tag.name).select_from(joined)
    for customer_id, name in db.session.execute(
        query.where(among(customer_tag.c.customer_id, found)).order_by(Tag.name_key)
    ):
        found[customer_id].setdefault("tags", []).append(name)


def _addresses(found: Beside) -> None:
    """The address of deliveries; that of bills only where it is another one."""
    place = table_of(Address)
    columns = (place.c.customer_id, place.c.is_delivery, *(place.c[name] for name in (*PLACE, *AT_THE_DOOR)))
    used = sa.or_(place.c.is_delivery, place.c.is_billing)
    for row in db.session.execute(sa.select(*columns).where(used, among(place.c.customer_id, found))).mappings():
        told = {name: row[name] for name in PLACE}
        if row["is_delivery"]:
            told |= {name: row[name] for name in AT_THE_DOOR} | {"gate_code": opened(row["gate_code"])}
        found[row["customer_id"]]["address" if row["is_delivery"] else "billing"] = told


def _statutory(found: Beside) -> None:
    row = table_of(Statutory)
    columns = (row.c.customer_id, *(row.c[name] for name in STATUTORY))
    for one in db.session.execute(sa.select(*columns).where(among(row.c.customer_id, found))).mappings():
        told = {name: opened(one[name]) if name in SEALED else one[name] for name in STATUTORY}
        found[one["customer_id"]]["statutory"] = told


def _till(found: Beside) -> None:
    row = table_of(PosSettings)
    columns = (row.c.customer_id, *(row.c[name] for name in AT_TILL))
    for one in db.session.execute(sa.select(*columns).where(among(row.c.customer_id, found))).mappings():
        found[one["customer_id"]]["till"] = {name: one[name] for name in AT_TILL}


def _channels(found: Beside) -> None:
    """By column the newest step of a channel: whether it was consent, and its day."""
    step = table_of(ChannelConsent)
    names = {channel: name for name, channel in CHANNELS.items()}
    columns = (step.c.customer_id, step.c.channel, step.c.action, step.c.at)
    for customer_id, channel, action, at in db.session.execute(
        sa.select(*columns).where(among(step.c.customer_id, found)).order_by(step.c.id)
    ):
        if channel in names:
            told = (action == ChannelAction.GRANT, at.date().isoformat())
            found[customer_id].setdefault("channels", {})[names[channel]] = told


def _fields(found: Beside) -> None:
    row, field = table_of(FieldValue), table_of(CustomField)
    query = sa.select(row.c.customer_id, field.c.key, row.c.value).join_from(row, field, field.c.id == row.c.field_id)
    for customer_id, key, value in db.session.execute(query.where(among(row.c.customer_id, found))):
        found[customer_id].setdefault("fields", {})[key] = value
