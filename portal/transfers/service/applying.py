"""What a file says beside the rows of customers on record, done and taken back by the verbs that pages use."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa

from portal.audit.service import Actor
from portal.customers import custom_queries, queries
from portal.customers.models import Address, ChannelSource, Customer, TelephoneKind
from portal.customers.service import addresses, channels, custom_values, profile, status, tags, telephones
from portal.customers.service.addresses import Entry
from portal.customers.service.further import Further
from portal.customers.service.sealing import opened
from portal.foundation.database import db
from portal.foundation.errors import DomainError
from portal.foundation.text import _
from portal.groups import queries as groups
from portal.groups.service import adding, applications, letting_in
from portal.stores import queries as stores
from portal.transfers.rules.columns import CHANNELS
from portal.transfers.service import consenting, staging
from portal.transfers.service.staging import Batch, are_changes
from portal.transfers.service.standing import SEALED

row = staging.TABLE
NOT_PUT = ("group_id", "was_member", "applies_for", "application", "is_disabled")  # but taken back by other verbs
Refusal = tuple[int, str, str]  # line, of whom, why
Left = dict[str, Any]


def change(batch: Batch) -> list[Refusal]:
    """Do what rows say beside the customer; of a row that a verb refuses nothing of that is done, and it is named."""
    columns = (row.c.import_id, row.c.line, row.c.customer_id, row.c.number, row.c.before, row.c.more)
    refused: list[Refusal] = []
    changes = (are_changes(), row.c.more != "")
    for one in staging.run(sa.select(*columns).where(*changes), batch).all():
        before, more = json.loads(one.before), json.loads(one.more)
        mine = sa.update(row).where(row.c.import_id == one.import_id, row.c.line == one.line)
        customer = db.session.get_one(Customer, one.customer_id, populate_existing=True)
        try:
            with db.session.begin_nested():
                left = put(customer, more, before["more"], batch.by)
                db.session.flush()
        except DomainError as refusal:
            refused.append((one.line, one.number, str(refusal)))
            before.pop("more")
            db.session.execute(mine.values(more="", before=json.dumps(before, ensure_ascii=False)))
            continue
        version = db.session.scalar(sa.select(Customer.version).where(Customer.id == customer.id))
        values: dict[str, Any] = {"version": version}
        if left:
            before["more"] |= left
            values["before"] = json.dumps(before, ensure_ascii=False)
        db.session.execute(mine.values(values))
        db.session.expire(customer)
    return refused


def put(customer: Customer, told: Mapping[str, Any], before: Mapping[str, Any], by: Actor) -> Left:
    """Make a customer's belongings so; what else has to be known to take it back.

    Args:
        customer: whose they are.
        told: how they will be, of those that change alone.
        before: how they were, of the same.
        by: who imports, or takes it back.

    Raises:
        DomainError: a verb refuses.
    """
    left = _admit(customer, told, by)
    if "tags" in told:
        tags.replace(customer, told["tags"], by=by)
    if "telephones" in told:
        _telephones(customer, told["telephones"], before["telephones"], by)
    # Who gives up both gives up the one for bills first: an address that goes leaves its use to the other.
    for name in ("address", "billing") if told.get("address") else ("billing", "address"):
        if name in told:
            _address(customer, name, told[name], by)
    _profile(customer, told, by)
    if "fields" in told:
        ids = {field.key: field.id for field in custom_queries.all_fields()}
        values = {ids[key]: value for key, value in told["fields"].items() if key in ids}
        custom_values.write(customer, values, by=by)
    if "channels" in told:
        _channels(customer, told["channels"], by)
    return left


def take_back(customer: Customer, told: Mapping[str, Any], before: Mapping[str, Any], by: Actor) -> None:
    """Make a customer's belongings as they were before an import.

    Raises:
        DomainError: a verb refuses.
    """
    if "group_id" in told:
        standing = {"group": before["group_id"], "was_member": bool(before.get("was_member"))}
        adding.take_back(customer, told["group_id"], standing, by=by)
    if "application" in before:
        waiting = groups.open_application(customer.id)
        if waiting is not None and waiting.id == before["application"]:  # and none that they sent themselves since
            applications.close_open(customer, by=by)
    if "consent" in told:
        consenting.take_back(customer)
    if "is_disabled" in told:
        _open_or_close(customer, by, disabled=before["is_disabled"])
    rest = {name: value for name, value in before.items() if name not in NOT_PUT}
    put(customer, rest, told, by)


def _admit(customer: Customer, told: Mapping[str, Any], by: Actor) -> Left:
    """The group, or the application for it, and whether they may sign in."""
    left: Left = {}
    if told.get("group_id") is not None:
        standing = adding.add(customer, told["group_id"], by=by)
        left |= {"was_member": True} if standing and standing["was_member"] else {}
    if told.get("applies_for") is not None:
        sent = applications.apply_quietly(customer, told["applies_for"], by=by)
        left |= {"application": sent.id} if sent is not None else {}
    if "is_disabled" in told:
        _open_or_close(customer, by, disabled=told["is_disabled"])
        if not told["is_disabled"] and letting_in.may_open(customer, by):
            applications.close_by_hand(customer, by=by)
    return left


def _open_or_close(customer: Customer, by: Actor, *, disabled: bool) -> None:
    if disabled:
        status.disable(customer, _("Disabled by an import"), by)
    else:
        status.enable(customer, by)


def _telephones(customer: Customer, told: Iterable[list[str]], before: Iterable[list[str]], by: Actor) -> None:
    wanted = list(told)
    mine = {phone.e164: phone.id for phone in customer.telephones}
    for kind, typed, e164 in wanted:
        if e164 not in mine:
            telephones.add_telephone(customer, typed, TelephoneKind(kind), by=by)
    for _kind, _typed, e164 in before:
        if e164 in mine and e164 not in {phone[2] for phone in wanted}:
            telephones.remove_telephone(customer, mine[e164], by=by)


def _address(customer: Customer, name: str, told: Mapping[str, Any], by: Actor) -> None:
    """The address of deliveries, or that of bills where it is another one; nothing told takes it away."""
    known = _standing(customer, name)
    if not told:
        if known is not None:
            addresses.remove_address(customer, known.id, by=by)
        return
    parts: dict[str, Any] = {part: told[part] for part in ENTRY if part in told}
    if told.get("gate_code"):
        parts["gate_code"] = opened(told["gate_code"])
    if not parts.get("recipient"):
        parts["recipient"] = customer.name
    parts |= {"is_delivery": True} if name == "address" else {"is_billing": True}
    if known is None:
        addresses.add_address(customer, Entry(**parts), by=by)
        return
    parts = {"label": known.label, "telephone": known.telephone, "delivery_note": known.delivery_note} | parts
    addresses.change_address(customer, known.id, Entry(**parts), version=known.version, by=by)


ENTRY = (
    *("recipient", "country", "address_1", "address_2", "city", "state", "postcode", "company"),
    *("telephone", "delivery_note"),
)


def _standing(customer: Customer, name: str) -> Address | None:
    book = queries.addresses(customer.id)
    if name == "address":
        return next((one for one in book if one.is_delivery), None)
    return next((one for one in book if one.is_billing and not one.is_delivery), None)


def _channels(customer: Customer, told: Mapping[str, Any], by: Actor) -> None:
    wanted = {channel: told[name] for name, channel in CHANNELS.items() if name in told}
    on, words = told.get("channels_at"), told.get("channels_source") or _("Import undone")
    at = datetime.combine(date.fromisoformat(on), time(), UTC) if on else None
    channels.set_channels(customer, wanted, source=ChannelSource.IMPORT, words=words, by=by, at=at)


def _profile(customer: Customer, told: Mapping[str, Any], by: Actor) -> None:
    """Stores, numbers of the state, the till: what one form of the pages saves."""
    numbers = {name: opened(text) if name in SEALED else text for name, text in told.get("statutory", {}).items()}
    further: Further = {**numbers, **told.get("till", {})}  # type: ignore[typeddict-item]  # the same names, checked when the file was read
    chosen = [one for one in stores.every() if f",{one.id}," in told["stores"]] if "stores" in told else None
    if further or chosen:
        profile.update_profile(
            customer, version=customer.version, by=by, stores=chosen, further=further or None, may_set_credit=True
        )
