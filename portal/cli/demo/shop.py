"""The demo shop itself: stores, groups, staff, and Ann, who is everybody's example."""

import sqlalchemy as sa

from portal.accounts import queries as accounts
from portal.accounts.models import Realm
from portal.accounts.service import registration as registrations
from portal.audit.service import OPERATOR
from portal.cli.demo import questions
from portal.config import settings
from portal.customers.service import addresses, profile
from portal.customers.service.addresses import Entry
from portal.foundation.database import db, transaction
from portal.groups import queries as groups
from portal.groups.models import Approval
from portal.groups.service import applications
from portal.groups.service.groups import Terms, define_group
from portal.newsletter.models import ConsentSource
from portal.newsletter.rules import TICK_TEXT
from portal.newsletter.service import consent
from portal.newsletter.service.consent import Proof
from portal.staff import queries as staff
from portal.staff import service as members
from portal.stores import queries as stores
from portal.stores.models import Store

ANN = "ann@demo.example"
QUESTION = "What is the demo password?"

STORES = (("pune", "Pune Camp", "12 MG Road, Pune 411001"), ("mumbai", "Mumbai Fort", "4 Hornby Road, Mumbai 400001"))
GROUPS = (
    Terms(
        name="Trade",
        approval=Approval.GATE,
        description="Trade prices for your business.",
        at_registration=True,
        sort_order=1,
    ),
    Terms(
        name="Club",
        approval=Approval.UPGRADE,
        description="Early access and small gifts.",
        at_registration=True,
        sort_order=2,
        two_approvers=True,
        may_undo=True,
        answer_within=48,
    ),
    Terms(name="Friends", description="Friends of the shop, chosen by us.", sort_order=3),
)
STAFF = (
    ("owner@demo.example", "owner", "Asha Kulkarni"),
    ("clerk@demo.example", "clerk", "Ravi Sathe"),
    ("marketing@demo.example", "marketing", "Meera Nair"),
)
OF_ONE_STORE = ("pune@demo.example", "clerk", "Sana Shaikh", "pune")


def open_shop(password_hash: str, answer_hash: str) -> None:
    """Whatever of the demo shop is not there yet."""
    with transaction():
        _stores()
        _groups()
        questions.ask()
        _staff(password_hash)
        _ann(password_hash, answer_hash)


def _stores() -> None:
    own = settings()
    known = set(db.session.scalars(sa.select(Store.code)))
    for code, name, address in STORES:
        if code not in known:
            place = Store(
                code=code, name=name, address=address, time_zone=own.shop_time_zone, currency=own.shop_currency
            )
            db.session.add(place)


def _groups() -> None:
    known = {group.name for group in groups.all_groups()}
    for terms in GROUPS:
        if terms.name not in known:
            define_group(terms, by=OPERATOR)


def _staff(password_hash: str) -> None:
    for email, role, name in STAFF:
        if staff.by_email(email) is None:
            _, path = members.invite(email, role, name)
            members.accept_invitation(path.rpartition("/")[2], password_hash)
    _clerk_of_one_store(password_hash)


def _clerk_of_one_store(password_hash: str) -> None:
    email, role, name, code = OF_ONE_STORE
    if staff.by_email(email) is None:
        member, path = members.invite(email, role, name)
        known, [store] = staff.role_named(role), stores.by_codes([code])
        if known is not None:
            members.change_roles(member, {(known.id, store.id)}, version=member.version, by=OPERATOR)
        members.accept_invitation(path.rpartition("/")[2], password_hash)


def _ann(password_hash: str, answer_hash: str) -> None:
    if accounts.by_email(Realm.CUSTOMER, ANN) is not None:
        return
    account = registrations.open_account(
        realm=Realm.CUSTOMER, email=ANN, password_hash=password_hash, question=QUESTION, answer_hash=answer_hash
    )
    ann = profile.open_customer(
        account, first_name="Ann", last_name="Adeyemi", telephone="+91 98765 43210", locale="en", by=OPERATOR
    )
    applications.join_at_registration(ann, None, by=OPERATOR)
    proof = Proof("127.0.0.1", "Firefox on Linux")
    consent.subscribe_with_account(ann, text=str(TICK_TEXT), source=ConsentSource.REGISTRATION, proof=proof)
    home = Entry(
        label="Home", recipient="Ann Adeyemi", country="IN", address_1="12 Laxmi Road", address_2="Sadashiv Peth",
        city="Pune", state="Maharashtra", postcode="411030",
    )  # fmt: skip
    addresses.add_address(ann, home, by=OPERATOR)
    work = Entry(
        label="Workshop", recipient="Ann Adeyemi", company="Adeyemi Frames", country="GB",
        address_1="4 Clerkenwell Green", city="London", postcode="EC1R 0DU", is_billing=True,
    )  # fmt: skip
    addresses.add_address(ann, work, by=OPERATOR)
