"""The demo shop at war: everybody in their place, a record of every kind, and the cookies of all who attack."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.guards.entrance import HANDLE
from portal.accounts.guards.flows import RECOVERY, SECOND_STEP
from portal.accounts.models import Account, CoolingOff, EmailChange, Realm, SessionKind, SignInSession
from portal.accounts.rules import links
from portal.accounts.service import sessions
from portal.accounts.service.sessions import Visitor
from portal.audit.service import OPERATOR
from portal.customers import mails as customer_mails
from portal.customers.models import ApplicationAnswer, Customer, CustomField, FieldKind, FieldValue, customer_tag
from portal.customers.service import photos
from portal.foundation import clock, crypto, emails, files, signing, tokens
from portal.foundation.database import db
from portal.groups import queries as groups
from portal.mail import service as post
from portal.newsletter import mails as newsletter_mails
from portal.newsletter.models import (
    Audience,
    Subscription,
    SubscriptionState,
)
from portal.newsletter.sending.links import CLICK
from portal.staff import service as staff
from portal.staff.models import Role, StaffMember
from portal.staff.rules import OF_A_STORE, ROLES
from portal.stores.models import Store
from tests import cast
from tests.accounts import apps, stage
from tests.browsing import Forms
from tests.cast import Person
from tests.hostile import audiences, campaigning, coming_back, doors, long_work, newsletters
from tests.hostile.doors import Facts
from tests.hostile.records import every_kind

CORA = Person("Cora", "Counter", "cora@demo.example")  # a customer without an account
PAUL = Person("Paul", "Powerless", "paul@demo.example")  # works here, may do nothing
GINA = Person("Gina", "Gone", "gina@demo.example")  # worked here
PIA = Person("Pia", "Pune", "pia@demo.example")  # a clerk of one store, in which Ann does not buy
REMO = Person("Remo", "Retired", "remo@demo.example")  # a clerk of a store that retired
STAFF = {"owner": cast.OTTO, "clerk": cast.CLARA, "marketing": cast.MARK}
NOT_IN = ("nobody", "half in", "half in as staff", "recovering", "disabled", "signed out", "crossed", "gone")
CUSTOMERS = ("ann", "ben")
ELSEWHERE = ("store clerk", "clerk of a retired store")  # their rights reach nobody of whom the addresses speak
EVERYBODY = (*NOT_IN, "applicant", *CUSTOMERS, *STAFF, "powerless", *ELSEWHERE)


@dataclass
class World:
    """Who attacks with which cookies, the secret of their forms, and the facts that addresses are made of."""

    app: Flask
    cookies: dict[str, dict[str, Any]] = field(default_factory=dict)
    of_ann: Facts = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    # The same cookies, signed, which is a tenth of a request; a signature of later is none.
    jars: dict[tuple[str, datetime], dict[Any, Any]] = field(default_factory=dict)

    def client(self, who: str) -> FlaskClient:
        """The browser of somebody, as it was when the world was made."""
        client = self.app.test_client()
        signed = who, clock.now()
        if signed not in self.jars:
            with client.session_transaction() as cookie:
                cookie.update(self.cookies[who])
            self.jars[signed] = dict(client._cookies)
        client._cookies.update(self.jars[signed])
        return client

    def form_secret(self, client: FlaskClient, who: str) -> str:
        """The secret that a page of theirs carries."""
        page = client.get("/staff/sign-in" if who in STAFF or "staff" in who else "/sign-in", follow_redirects=True)
        return next(form["fields"]["csrf_token"] for form in Forms(page.text).forms if "csrf_token" in form["fields"])


def rights_of(who: str) -> frozenset[str]:
    """What somebody may do somewhere: a role for one store brings less than the whole of it, for a retired one none."""
    if who == "store clerk":
        return ROLES["clerk"] & OF_A_STORE
    return frozenset(ROLES.get(who, ()))


def settle(app: Flask) -> World:
    """Everybody in their place."""
    world = World(app)
    ann = cast.customer(cast.ANN)
    ben = cast.customer(cast.BEN)
    trade = cast.group()
    ivy = cast.applicant(cast.IVY, trade)
    stage.disabled()
    waiting = stage.registered()
    cora = cast.customer(CORA, with_account=False)
    for name, person in STAFF.items():
        cast.member(person, name, {right.value for right in ROLES[name]})
    cast.member(PAUL, "powerless", set())
    retired = cast.store("mumbai", "Mumbai Fort")
    cast.member(REMO, "clerk", ROLES["clerk"], retired)
    retired.retired_at = clock.now()
    cast.member(PIA, "clerk", ROLES["clerk"], cast.store())
    cast.member(GINA, "owner", set()).dismissed_at = clock.now()
    apps.app_of(_account(cast.ANN))
    apps.codes_of(_account(cast.ANN))
    change = _change_of_address(ann)
    _answers_of(ann, ivy.id)
    _photo_of(ann)
    long_facts = long_work.facts(ann.id, ben.id)
    every_kind(ann)
    world.of_ann = _facts(ann, cora, ivy.id, trade.id, waiting.id) | _links_of_accounts(change) | long_facts
    world.of_ann |= campaigning.facts() | coming_back.facts()
    world.cookies = _cookies(world.of_ann["recovery token"])
    db.session.commit()
    return world


def _cookies(token: str) -> dict[str, Any]:
    """What the browser of each of them keeps; a recovery is begun behind the link of this token."""
    cookies: dict[str, Any] = {
        "nobody": {},
        "gone": _inside(GINA, Realm.STAFF),
        "powerless": _inside(PAUL, Realm.STAFF),
    }
    cookies |= {name: _inside(person, Realm.STAFF) for name, person in STAFF.items()}
    cookies |= {name: _inside(person, Realm.STAFF) for name, person in zip(ELSEWHERE, (PIA, REMO), strict=True)}
    cookies |= {"ann": _inside(cast.ANN), "ben": _inside(cast.BEN)}
    cookies["applicant"] = _inside(cast.IVY, kind=SessionKind.APPLICANT)
    cookies["disabled"] = _inside(stage.DORA)
    cookies["signed out"] = _signed_out(cast.ANN)
    cookies["crossed"] = {HANDLE[Realm.STAFF]: _inside(cast.ANN)[HANDLE[Realm.CUSTOMER]]}
    cookies["half in"] = _half(cast.ANN, Realm.CUSTOMER)
    cookies["half in as staff"] = _half(cast.OTTO, Realm.STAFF)
    reset = sessions.open_flow(_account(cast.ANN), SessionKind.RESET, Visitor())
    cookies["recovering"] = {RECOVERY: [reset, crypto.digest(token)]}
    return cookies


def _account(person: Person, realm: Realm = Realm.CUSTOMER) -> Account:
    return db.session.scalars(sa.select(Account).where(Account.realm == realm, Account.email == person.email)).one()


def _inside(person: Person, realm: Realm = Realm.CUSTOMER, kind: SessionKind | None = None) -> dict[str, Any]:
    usual = SessionKind.CUSTOMER if realm is Realm.CUSTOMER else SessionKind.STAFF
    return {HANDLE[realm]: sessions.open_session(_account(person, realm), kind or usual, Visitor())}


def _half(person: Person, realm: Realm) -> dict[str, Any]:
    handle = sessions.open_flow(_account(person, realm), SessionKind.SECOND_STEP, Visitor())
    return {SECOND_STEP[realm]: [handle, False, ""]}


def _signed_out(person: Person) -> dict[str, Any]:
    cookie = _inside(person)
    sessions.sign_out(cookie[HANDLE[Realm.CUSTOMER]])
    return cookie


def _facts(ann: Customer, cora: Customer, application_id: int, group_id: int, registration_id: int) -> Facts:
    """What addresses mean: Ann's rows, links that work, and what stands for everybody."""
    facts = _rows_of(ann)
    subscription = _subscription(ann.email, SubscriptionState.ACTIVE, ann.id)
    _, link = staff.invite("new@demo.example", "clerk", "Nell New")
    word = newsletter_mails.unsubscribe_path(subscription).rpartition("/")[2]
    return (
        facts
        | audiences.facts(subscription, word)
        | {
            "number": ann.number,
            "purpose": "sign-in",
            "approvals number": str(application_id),
            "approval_decisions number": str(application_id),
            "group_id": str(group_id),
            "groups number": str(group_id),
            "approvers number": str(group_id),
            "fields number": str(db.session.scalar(sa.select(CustomField.id))),
            "application_answers number": str(application_id),
            "registration_id": str(registration_id),
            "roles role_id": str(_id_of(Role, name="clerk")),
            "members member_id": str(_id_of(StaffMember, email=cast.CLARA.email)),
            "stores store_id": str(_id_of(Store, code="pune")),
            "message_id": str(_mail_to(ann)),
            "session_id": str(_session_of(ann)),
            "confirmation token": tokens.issue(links.CONFIRM, registration_id),
            "recovery token": tokens.issue(links.RESET, ann.account_id or 0, bound_to=str(_account(cast.ANN).epoch)),
            "invitation token": tokens.issue(customer_mails.INVITATION, cora.id, bound_to=cora.email_key or ""),
            "staff_door token": link.rpartition("/")[2],
            "newsletter token": tokens.issue(
                newsletter_mails.CONFIRM, _subscription("sue@demo.example", SubscriptionState.PENDING).id
            ),
            "newsletter_proof token": word,
            **newsletters.facts(subscription.audience_id),
            "clicking token": signing.sign(CLICK, newsletters.counted_link(subscription.audience_id), subscription.id),
        }
    )


def _answers_of(ann: Customer, application_id: int) -> None:
    """A file that Ann sent and one that an applicant did, as answers to a question of everybody's group."""
    default = groups.default_group().id
    field = cast.custom_field("Certificate", FieldKind.FILE, {default: False})
    for owner in ({"customer_id": ann.id}, {"application_id": application_id}):
        file = files.store(b"%PDF-1.7 %%EOF", purpose="answer", media_type="application/pdf", name="a.pdf")
        table = FieldValue if "customer_id" in owner else ApplicationAnswer
        db.session.add(table(**owner, field_id=field.id, value="a.pdf", file_id=file.id))
    db.session.execute(sa.insert(customer_tag), {"customer_id": ann.id, "tag_id": cast.tag().id})
    db.session.commit()


def _photo_of(ann: Customer) -> None:
    """A photo whose bytes are there, which a row made from the table alone would not have."""
    photos.set_photo(ann, [b"RIFF large", b"RIFF small"], by=OPERATOR)
    db.session.commit()


def _id_of(table: type[Any], **known: object) -> int:
    return db.session.scalars(sa.select(table.id).filter_by(**known)).one()


def _change_of_address(ann: Customer) -> int:
    change = EmailChange(
        account_id=ann.account_id, old_email=ann.email, new_email="ann.new@demo.example", new_key="ann.new@demo.example"
    )
    db.session.add(change)
    db.session.commit()
    return change.id


def _links_of_accounts(change_id: int) -> Facts:
    """The links of a change of address, and of a recovery that waits."""
    waiting = db.session.scalars(sa.select(CoolingOff.id)).one()
    return {
        "/account/email/<token> token": tokens.issue(links.CHANGE_EMAIL, change_id),
        "/account/email/stop/<token> token": tokens.issue(links.STOP_CHANGE, change_id),
        "/account/email/undo/<token> token": tokens.issue(links.UNDO_CHANGE, change_id),
        "unlocking token": _unlocks(cast.ANN),
        "staff_unlocking token": _unlocks(cast.OTTO, Realm.STAFF),
        "/recover/stop/<token> token": tokens.issue(links.STOP_WAITING, waiting),
        "/recover/waited/<token> token": tokens.issue(links.OPEN_WAITED, waiting, bound_to="0"),
    }


def _unlocks(person: Person, realm: Realm = Realm.CUSTOMER) -> str:
    account = _account(person, realm)
    return tokens.issue(links.UNLOCK, account.id, bound_to=account.email_key)


def _rows_of(ann: Customer) -> Facts:
    """A row of Ann's, or of anybody where rows have no owner, for every place called `something_id`."""
    facts = {}
    whose = {"account_id": ann.account_id, "customer_id": ann.id}
    for argument, table in doors.tables_by_argument():
        if "id" not in table.__mapper__.columns:
            continue
        wanted = sa.select(table.id).order_by(table.id.desc()).limit(1)  # type: ignore[attr-defined]  # asked above
        for column in doors.owner_columns(table):
            wanted = wanted.where(getattr(table, column) == whose[column])
        found = db.session.scalar(wanted)
        if found is not None:
            facts.setdefault(argument, str(found))
    return facts


def _session_of(ann: Customer) -> int:
    sessions.open_session(_account(cast.ANN), SessionKind.CUSTOMER, Visitor("192.0.2.7", "Firefox on Linux"))
    return (
        db.session.scalars(
            sa.select(SignInSession.id)
            .where(SignInSession.account_id == ann.account_id)
            .order_by(SignInSession.id.desc())
        ).first()
        or 0
    )


def _mail_to(ann: Customer) -> int:
    return post.post("accounts.password_changed", ann.email, account=ann.account_id)


def _subscription(email: str, state: SubscriptionState, customer_id: int | None = None) -> Subscription:
    row = Subscription(
        audience_id=db.session.scalars(sa.select(Audience.id).order_by(Audience.id)).first(),
        email=email,
        email_key=emails.key(email),
        customer_id=customer_id,
        state=state,
    )
    db.session.add(row)
    db.session.flush()
    return row
