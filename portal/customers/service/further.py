"""What may be known of a customer beyond name and contact: the person, the state's numbers, the till's settings."""

from collections.abc import Mapping
from datetime import date
from typing import TypedDict

from portal.audit.service import Changes
from portal.customers.errors import FieldRefused
from portal.customers.models import Channel, Customer, Gender, PosSettings, Statutory
from portal.customers.rules import tax_ids
from portal.customers.service.records import account_of
from portal.customers.service.sealing import opened, seal, told
from portal.foundation.database import db
from portal.foundation.errors import NotAllowed
from portal.foundation.text import _

PERSONAL = (
    *("gender", "born_on", "nationality", "anniversary_on", "external_id", "remarks", "preferred_channel", "locale"),
)
SEALED = (*tax_ids.KINDS, "drivers_licence")
STATE = "state_of_registration"
AT_TILL = ("allow_credit_sale", "email_receipts", "price_note")
# What forms, and so audit entries, call the columns.
NAMES = {"born_on": "date_of_birth", "anniversary_on": "anniversary", "external_id": "customer_id_number"}


class Further(TypedDict, total=False):
    """Only the keys that are there are written; None or an empty text takes away what was known."""

    gender: Gender | None
    born_on: date | None
    nationality: str
    anniversary_on: date | None
    external_id: str | None
    remarks: str
    preferred_channel: Channel | None
    locale: str
    pan: str
    gstin: str
    vat_id: str
    drivers_licence: str
    state_of_registration: str
    allow_credit_sale: bool
    email_receipts: bool
    price_note: str


def facts(customer: Customer) -> dict[str, str]:
    """What is known, in words that fit an audit entry; the sealed numbers are not among them."""
    known = {NAMES.get(name, name): _plain(getattr(customer, name)) for name in PERSONAL}
    known[STATE] = customer.statutory.state_of_registration if customer.statutory else ""
    return known | {name: _plain(getattr(customer.pos, name, "")) for name in AT_TILL}


def write(customer: Customer, further: Further, *, may_set_credit: bool) -> Changes:
    """Write what is given; says which sealed numbers changed, masked.

    Raises:
        FieldRefused: a number of the state is wrong, or does not go with the others.
        NotAllowed: selling on credit is changed, and that may not be.
    """
    values: Mapping[str, object] = further
    for name in PERSONAL:
        if name in values:
            setattr(customer, name, values[name] if name != "external_id" else values[name] or None)
    if "locale" in values:
        _tell_account(customer)
    changed = _write_statutory(customer, values)
    _write_till(customer, values, may_set_credit=may_set_credit)
    db.session.flush()
    return changed


def number_of(customer: Customer, name: str) -> str:
    """One of the sealed numbers, opened; empty when it is not known."""
    return opened(getattr(customer.statutory, name, None))


def _tell_account(customer: Customer) -> None:
    """Mails about the account go out in its own language, which is the customer's."""
    account = account_of(customer)
    if account is not None:
        account.locale = customer.locale


def _write_statutory(customer: Customer, values: Mapping[str, object]) -> Changes:
    given = {name: str(values[name]) for name in (*SEALED, STATE) if name in values}
    if not any(given.values()) and customer.statutory is None:
        return {}
    before = {name: number_of(customer, name) for name in SEALED}
    after = before | {name: _tidy(name, text) for name, text in given.items() if name != STATE}
    known_state = customer.statutory.state_of_registration if customer.statutory else ""
    state = _right_state(after, given.get(STATE, known_state), given)
    if customer.statutory is None:
        customer.statutory = Statutory()
    row = customer.statutory
    row.state_of_registration = state
    changed = {name: told(before[name], after[name]) for name in SEALED if before[name] != after[name]}
    for name in changed:
        setattr(row, name, seal(after[name]))
    return changed


def _tidy(name: str, text: str) -> str:
    return tax_ids.tidy(text) if name in tax_ids.KINDS else text


def _right_state(numbers: Mapping[str, str], state: str, given: Mapping[str, str]) -> str:
    """The state of registration: as typed, else the one that the GST number says."""
    for kind in tax_ids.KINDS:
        if given.get(kind) and (words := tax_ids.objection(kind, numbers[kind])):
            raise FieldRefused(words, field=kind)
    if any(given.get(name) for name in ("pan", "gstin", STATE)):
        for name, words in tax_ids.objections(numbers, state).items():
            typed = (name, "gstin", "pan", STATE)
            raise FieldRefused(words, field=next(field for field in typed if given.get(field)))
    return state or (tax_ids.state_of(numbers["gstin"]) if given.get("gstin") else "")


def _write_till(customer: Customer, values: Mapping[str, object], *, may_set_credit: bool) -> None:
    given = {name: values[name] for name in AT_TILL if name in values}
    if not any(given.values()) and customer.pos is None:
        return
    if customer.pos is None:
        customer.pos = PosSettings(allow_credit_sale=False, email_receipts=False, price_note="")
    row = customer.pos
    if given.get("allow_credit_sale", row.allow_credit_sale) != row.allow_credit_sale and not may_set_credit:
        raise NotAllowed(_("Your role doesn’t include selling on credit. Ask an owner of the shop if you need it."))
    for name, value in given.items():
        setattr(row, name, value)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)
