"""The named people of the tests. Ann, Ben and Ivy are customers; Otto owns, Clara clerks, Mark markets."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal.accounts.models import Account, Hold, Realm, SecurityAnswer
from portal.accounts.rules.answers import normalise
from portal.audit.service import OPERATOR
from portal.config import settings
from portal.customers.models import Customer, CustomerStatus, CustomField, FieldKind, Origin, Tag, Telephone
from portal.customers.service import custom_fields
from portal.customers.service.custom_fields import Definition
from portal.foundation import clock, emails, hashing, search
from portal.foundation.database import db
from portal.foundation.hashing import Secret
from portal.groups.models import Application, ApplicationEvent, ApplicationState, Approval, CustomerGroup, Membership
from portal.staff.models import Role, RoleGrant, StaffMember, StaffRole
from portal.staff.rules import OWNER_ROLE
from portal.staff.service import roles
from portal.stores.models import Store

PASSWORD = "three random words"
STAFF_PASSWORD = "seven random words for work"
QUESTION = "What did I name my first bicycle?"
ANSWER = "Blue Thunder"
_hashes: dict[tuple[Secret, str, int, bytes], str] = {}


@dataclass(frozen=True)
class Person:
    """Somebody of the cast."""

    first_name: str
    last_name: str
    email: str
    telephone: str = ""


ANN = Person("Ann", "Adeyemi", "ann@demo.example", "+91 98765 43210")
BEN = Person("Ben", "Brontë", "ben@demo.example", "+44 7700 900123")
IVY = Person("Ivy", "Ivanova", "ivy@demo.example")  # waits in the gate group
OTTO = Person("Otto", "Owner", "otto@demo.example")
CLARA = Person("Clara", "Clerk", "clara@demo.example")
MARK = Person("Mark", "Marketing", "mark@demo.example")


def hashed(kind: Secret, text: str) -> str:
    """The hash of a secret, made once for each cost and key: the cast has the same secrets in every test."""
    known = (kind, text, settings().bcrypt_cost, hashing._pepper(kind))
    if known not in _hashes:
        [_hashes[known]] = hashing.make((kind, text))
    return _hashes[known]


def account(person: Person, realm: Realm = Realm.CUSTOMER, password: str = PASSWORD) -> Account:
    """A confirmed account of a person."""
    row = _account(person, realm, password)
    db.session.commit()
    return row


def _account(person: Person, realm: Realm, password: str) -> Account:
    made = hashed(Secret.PASSWORD, password)
    row = Account(
        realm=realm,
        email=person.email,
        email_key=emails.key(person.email),
        password_hash=made,
        email_confirmed_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return row


def customer(person: Person, *, with_account: bool = True, number: str = "") -> Customer:
    """A person as a customer in the default group, with the security question where there is an account."""
    answer = hashed(Secret.ANSWER, normalise(ANSWER))  # before anything is written
    holder = _account(person, Realm.CUSTOMER, PASSWORD) if with_account else None
    row = Customer(
        number=number or f"T-{person.first_name.upper()}",
        account_id=holder.id if holder else None,
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email,
        email_key=emails.key(person.email),
        status=CustomerStatus.ENABLED if holder else CustomerStatus.NO_ACCOUNT,
        created_through=Origin.WEB,
        search_text=search.indexed(f"{person.first_name} {person.last_name} {person.first_name} {person.email}"),
        sort_name=search.fold(f"{person.last_name} {person.first_name}"),
        stores=[db.session.scalars(sa.select(Store).where(Store.code == "online")).one()],
    )
    if person.telephone:
        row.telephones = [Telephone(typed=person.telephone, e164="+" + "".join(filter(str.isdigit, person.telephone)))]
        row.telephone_count = 1
    db.session.add(row)
    db.session.flush()
    default = db.session.scalars(sa.select(CustomerGroup).where(CustomerGroup.is_default)).one()
    db.session.add(Membership(customer_id=row.id, group_id=default.id))
    if holder:
        db.session.add(SecurityAnswer(account_id=holder.id, question=QUESTION, answer_hash=answer))
    db.session.commit()
    return row


def group(
    name: str = "Trade", approval: Approval = Approval.GATE, *, at_registration: bool = True, **how: bool | int
) -> CustomerGroup:
    """A group beside the default one; `how` says how applications for it are decided."""
    row = CustomerGroup(
        name=name, name_key=search.fold(name), approval=approval, at_registration=at_registration, sort_order=1, **how
    )
    db.session.add(row)
    db.session.commit()
    return row


def custom_field(
    name: str = "GST number", kind: FieldKind = FieldKind.TEXT, groups: dict[int, bool] | None = None, **more: Any
) -> CustomField:
    """A field of the shop's own; `groups` are the ids of those that ask it, with whether they require it."""
    row = custom_fields.define_field(Definition(name=name, kind=kind, groups=groups or {}, **more), by=OPERATOR)
    db.session.commit()
    return row


def tag(name: str = "Regular") -> Tag:
    """A tag that nobody has yet."""
    row = Tag(name=name, name_key=search.fold(name))
    db.session.add(row)
    db.session.commit()
    return row


def applicant(person: Person, wanted: CustomerGroup) -> Application:
    """A person who waits for a group; held at the door when it is a gate."""
    who = customer(person)
    row = Application(customer_id=who.id, group_id=wanted.id)
    row.events = [ApplicationEvent(state=ApplicationState.SUBMITTED, who=who.name)]
    db.session.add(row)
    if wanted.approval is Approval.GATE:
        assert who.account_id is not None
        holder = db.session.get_one(Account, who.account_id)
        holder.held_for, holder.held_at = Hold.WAITING, clock.now()
        who.status = CustomerStatus.WAITING
    db.session.commit()
    return row


def role(name: str, permissions: Iterable[str] = ()) -> Role:
    """A role with these permissions; one that somebody has already stays as it is, and the owner's has all."""
    roles.ensure_roles()
    known = db.session.scalar(sa.select(Role).where(Role.name == name))
    if known is None:
        known = Role(name=name, name_key=roles.name_key(name), grants=[])
        db.session.add(known)
        db.session.flush()
    if (
        name != OWNER_ROLE
        and db.session.scalar(sa.select(StaffRole.id).where(StaffRole.role_id == known.id).limit(1)) is None
    ):
        known.grants = []
        db.session.flush()
        known.grants = [RoleGrant(permission=str(permission)) for permission in sorted(permissions)]
    return known


def store(code: str = "pune", name: str = "Pune Camp") -> Store:
    """A store beside the first one."""
    row = Store(code=code, name=name, time_zone="Asia/Kolkata", currency="INR")
    db.session.add(row)
    db.session.commit()
    return row


def member(person: Person, role_name: str, permissions: Iterable[str], shop: Store | None = None) -> StaffMember:
    """Somebody who works here, with one role that has these permissions: in one store, or in all."""
    holder = _account(person, Realm.STAFF, STAFF_PASSWORD)
    known = role(role_name, permissions)
    row = StaffMember(
        name=f"{person.first_name} {person.last_name}",
        email=person.email,
        email_key=emails.key(person.email),
        account_id=holder.id,
        roles=[StaffRole(role=known, store=shop)],
    )
    db.session.add(row)
    db.session.commit()
    return row
