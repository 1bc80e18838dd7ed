"""The address book: add, change, remove, and which one bills and deliveries go to."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from portal.audit.service import Actor, record
from portal.customers import queries
from portal.customers.models import Address, Customer
from portal.customers.rules import addresses as rules
from portal.customers.service.records import bump, compare_anew, subject
from portal.customers.service.sealing import opened, seal
from portal.customers.service.sealing import told as masks
from portal.foundation.database import db
from portal.foundation.errors import Conflict, NotFound
from portal.foundation.text import _

MOST = 50  # addresses of one customer
USES = ("is_billing", "is_delivery")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What is typed into an address form, checked against the rules of its country.

    `gate_code` None leaves the one on record, an empty text takes it away.
    """

    recipient: str
    country: str
    address_1: str
    address_2: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""
    label: str = ""
    company: str = ""
    telephone: str = ""
    delivery_note: str = ""
    gate_code: str | None = None
    is_billing: bool = False
    is_delivery: bool = False


def add_address(customer: Customer, entry: Entry, *, by: Actor) -> Address:
    """One more address; the first one is where bills and deliveries go.

    Raises:
        Conflict: the address book is full.
    """
    known = queries.addresses(customer.id)
    if len(known) >= MOST:
        raise Conflict(_("There is room for %(n)s addresses. Remove one first.", n=MOST))
    bump(customer)  # first, so that two who change the record at once wait for each other
    address = Address(customer_id=customer.id, **asdict(entry) | {"gate_code": seal(entry.gate_code or "")})
    address.is_billing = entry.is_billing or not any(other.is_billing for other in known)
    address.is_delivery = entry.is_delivery or not any(other.is_delivery for other in known)
    db.session.add(address)
    db.session.flush()
    _give_way(address)
    compare_anew(customer)
    record("customer.address_added", subject(customer), by=by, changes={"address": ("", in_one_line(address))})
    return address


def change_address(customer: Customer, address_id: int, entry: Entry, *, version: int, by: Actor) -> Address:
    """Save an edited address; one that bills or deliveries go to stays so until another one takes over.

    Raises:
        NotFound: this customer has no such address.
        Conflict: it was changed meanwhile, in another window or by somebody else.
    """
    address = find(customer, address_id)
    bump(customer)
    taken = sa.update(Address).where(Address.id == address.id, Address.version == version)
    if db.session.execute(taken.values(version=version + 1)).rowcount != 1:  # type: ignore[attr-defined]  # an update's result is a CursorResult
        raise Conflict(_("This address was changed meanwhile. Load the page again and compare."))
    told = {"address": (in_one_line(address), "")}
    for name, value in asdict(entry).items():
        if name != "gate_code" and (value or name not in USES):
            setattr(address, name, value)
    if entry.gate_code is not None and entry.gate_code != opened(address.gate_code):
        told["gate_code"] = masks(opened(address.gate_code), entry.gate_code)
        address.gate_code = seal(entry.gate_code)
    db.session.flush()
    _give_way(address)
    compare_anew(customer)
    told["address"] = (told["address"][0], in_one_line(address))
    record("customer.address_changed", subject(customer), by=by, changes=told)
    return address


def remove_address(customer: Customer, address_id: int, *, by: Actor) -> None:
    """Take an address away; the oldest one left takes over what it was used for.

    Raises:
        NotFound: this customer has no such address.
    """
    address = find(customer, address_id)
    bump(customer)
    db.session.delete(address)
    db.session.flush()
    left = queries.addresses(customer.id)
    if left:
        left[0].is_billing = left[0].is_billing or address.is_billing
        left[0].is_delivery = left[0].is_delivery or address.is_delivery
    record("customer.address_removed", subject(customer), by=by, changes={"address": (in_one_line(address), "")})


def find(customer: Customer, address_id: int) -> Address:
    """One address of this customer.

    Raises:
        NotFound: this customer has no such address.
    """
    address = db.session.get(Address, address_id)
    if address is None or address.customer_id != customer.id:
        raise NotFound(_("This address no longer exists."))
    return address


def in_one_line(address: Address | Mapping[str, str]) -> str:
    """An address as an audit entry tells it."""
    values = address if isinstance(address, Mapping) else vars(address)
    names = ("label", "company", "recipient", *rules.PARTS, "country", "telephone", "delivery_note")
    uses = [use.removeprefix("is_") for use in USES if values.get(use)]
    return ", ".join(filter(None, [*(values.get(name, "") for name in names), *uses]))


def _give_way(address: Address) -> None:
    """Only one address is the one for bills, only one for deliveries."""
    for use in (Address.is_billing, Address.is_delivery):
        if getattr(address, use.key):
            others = sa.update(Address).where(Address.customer_id == address.customer_id, Address.id != address.id)
            db.session.execute(others.values({use: False}))
