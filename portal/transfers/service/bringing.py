"""What few rows of new customers bring beside the customer: tags, telephones, a second address, fields, the till."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa

from portal.customers import custom_queries
from portal.customers.models import (
    Address,
    ChannelAction,
    ChannelConsent,
    ChannelSource,
    Customer,
    FieldValue,
    PosSettings,
    Statutory,
    Tag,
    Telephone,
    customer_tag,
)
from portal.customers.models.customer import whole_name
from portal.customers.rules import tax_ids
from portal.customers.service.sealing import opened
from portal.foundation import search
from portal.foundation.clock import now
from portal.foundation.database import db, insert_of, table_of
from portal.groups.service import applications
from portal.ledgers import chain
from portal.transfers.rules.columns import AT_TILL, CHANNELS, PLACE, STATUTORY
from portal.transfers.service import consenting, staging
from portal.transfers.service.known import among
from portal.transfers.service.staging import Batch, are_new
from portal.transfers.service.standing import SEALED

row = staging.TABLE
TOLD = (row.c.customer_id, row.c.first_name, row.c.last_name, row.c.e164, row.c.email_key, row.c.more)

Rows = list[dict[str, Any]]


def give(batch: Batch) -> None:
    """Write all that rows of new customers bring in their JSON."""
    found = staging.run(_finding(), batch).all()
    if not found:
        return
    told = [(one, json.loads(one.more)) for one in found]
    _insert(Telephone, (line for one, more in told for line in _telephones(one, more.get("telephones", ()))))
    _insert(Address, (_billing(one, more["billing"]) for one, more in told if "billing" in more))
    _insert(Statutory, (_statutory(one.customer_id, more["statutory"]) for one, more in told if "statutory" in more))
    _insert(PosSettings, (_till(one.customer_id, more["till"]) for one, more in told if "till" in more))
    _channels([(one, more["channels"]) for one, more in told if "channels" in more], batch)
    _insert(FieldValue, _fields((one.customer_id, more["fields"]) for one, more in told if "fields" in more))
    _tags({one.customer_id: more["tags"] for one, more in told if "tags" in more})
    for one, more in told:
        if "applies_for" in more:
            applications.apply_quietly(db.session.get_one(Customer, one.customer_id), more["applies_for"], by=batch.by)


@staging.once
def _finding() -> sa.Select[Any]:
    return sa.select(*TOLD).where(are_new(), row.c.more != "")


def _insert(model: Any, rows: Iterable[dict[str, Any]]) -> None:
    listed = list(rows)
    if listed:
        db.session.execute(sa.insert(model), listed)


def _telephones(one: Any, phones: Iterable[list[str]]) -> Rows:
    fresh = [phone for phone in phones if phone[2] != one.e164]
    return [
        {"customer_id": one.customer_id, "kind": kind, "typed": typed, "e164": e164}
        | {"is_primary": not one.e164 and place == 0}
        for place, (kind, typed, e164) in enumerate(fresh)
    ]


def _billing(one: Any, parts: Mapping[str, str]) -> dict[str, Any]:
    told = {name: parts.get(name, "") for name in PLACE}
    told["recipient"] = told["recipient"] or whole_name(one.first_name, one.last_name)
    return told | {"customer_id": one.customer_id, "is_billing": True, "is_delivery": False}


def _statutory(customer_id: int, told: Mapping[str, str]) -> dict[str, Any]:
    state = told.get("state_of_registration", "")
    if not state and told.get("gstin"):
        state = tax_ids.state_of(opened(told["gstin"]))
    numbers = {name: told.get(name) or None for name in STATUTORY if name in SEALED}
    return numbers | {"customer_id": customer_id, "state_of_registration": state}


def _till(customer_id: int, told: Mapping[str, Any]) -> dict[str, Any]:
    nothing = {"allow_credit_sale": False, "email_receipts": False, "price_note": ""}
    return nothing | {name: told[name] for name in AT_TILL if name in told} | {"customer_id": customer_id}


def _channels(told: Sequence[tuple[Any, Mapping[str, Any]]], batch: Batch) -> None:
    """Consent as the file says it; who is not asked again, or said otherwise meanwhile, gives none."""
    known = consenting.known_of({one.email_key for one, _more in told if one.email_key})
    chain.write(
        ChannelConsent,
        [
            {"customer_id": one.customer_id, "channel": channel, "action": ChannelAction.GRANT}
            | {"source": ChannelSource.IMPORT, "who": batch.by.name[:120], "words": more["channels_source"]}
            | {"at": datetime.combine(date.fromisoformat(more["channels_at"]), time(), UTC)}
            for one, more in told
            for name, channel in CHANNELS.items()
            if more.get(name) and one.email_key not in known
        ],
    )


def _fields(told: Iterable[tuple[int, Mapping[str, Any]]]) -> Rows:
    ids = {field.key: field.id for field in custom_queries.all_fields()}
    return [
        {"customer_id": customer_id, "field_id": ids[key], "value": value, "changed_at": now()}
        for customer_id, fields in told
        for key, value in fields.items()
        if key in ids
    ]


def _tags(told: Mapping[int, list[str]]) -> None:
    """Tags as they are known already, whatever their case; new ones are made."""
    words = {search.fold(word): word for tags in told.values() for word in tags}
    if not words:
        return
    new = insert_of(Tag).values([{"name": word, "name_key": key} for key, word in sorted(words.items())])
    db.session.execute(new.on_conflict_do_nothing())
    known = sa.select(Tag.name_key, Tag.id).where(among(table_of(Tag).c.name_key, words))
    ids = dict(db.session.execute(known).tuples().all())
    pairs = {(customer_id, ids[search.fold(word)]) for customer_id, tags in told.items() for word in tags}
    db.session.execute(
        sa.insert(customer_tag), [{"customer_id": one, "tag_id": tag_id} for one, tag_id in sorted(pairs)]
    )
