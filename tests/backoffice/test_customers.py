"""Staff and one customer: show, add, edit, disable, enable, send links and mails again."""

import re

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account, AccountStatus, Registration
from portal.audit.models import ActorKind, AuditEntry
from portal.customers import queries
from portal.customers.models import Customer, CustomerStatus
from portal.foundation import clock
from portal.foundation.database import db
from portal.groups import queries as groups
from portal.groups.models import Approval
from portal.newsletter import queries as newsletter
from portal.newsletter.models import ConsentSource, SubscriptionState
from portal.newsletter.rules import TICK_TEXT
from portal.newsletter.service import consent
from portal.newsletter.service.consent import Proof
from portal.staff.rules import ROLES
from tests import cast

LIST = "/staff/customers"


@pytest.fixture
def clerk(app, browsers):
    """Clara, signed in."""
    cast.member(cast.CLARA, "clerk", set(ROLES["clerk"]))
    return enter(browsers(), cast.CLARA)


@pytest.fixture
def owner(app, browsers):
    """Otto, signed in."""
    cast.member(cast.OTTO, "owner", set(ROLES["owner"]))
    return enter(browsers(), cast.OTTO)


def enter(browser, person):
    browser.open("/staff/sign-in")
    browser.send(email=person.email, password=cast.STAFF_PASSWORD)
    assert browser.path == "/staff"
    return browser


def fresh(customer):
    db.session.expire_all()
    return db.session.get(Customer, customer.id)


def verbs():
    return list(db.session.scalars(sa.select(AuditEntry.verb).order_by(AuditEntry.id)))


@pytest.mark.parametrize("tab", ["", "addresses", "groups", "consent", "mails", "security", "audit", "unknown"])
def test_every_tab_of_a_customer_opens(clerk, tab):
    application = cast.applicant(cast.IVY, cast.group())
    page = clerk.open(f"{LIST}/{application.customer.number}?tab={tab}")
    assert page.status_code == 200
    assert "Ivy Ivanova" in page.text


@pytest.mark.parametrize("number", ["NOBODY", "1", "%00", "a" * 500, "new/edit", "../etc", "नंबर"])
def test_a_number_of_nobody_is_not_found(clerk, number):
    assert clerk.open(f"{LIST}/{number}").status_code == 404


def test_added_by_staff_means_invited_and_never_a_password(clerk, outbox):
    clerk.open(f"{LIST}/new")
    page = clerk.send(first_name="Zoë", last_name="Brontë", email="zoe@demo.example", telephone="98765 43210")
    customer = queries.by_email("zoe@demo.example")
    assert clerk.path == f"{LIST}/{customer.number}"
    assert "Zoë Brontë added" in page.text
    assert customer.status is CustomerStatus.UNCONFIRMED
    assert customer.account_id is None
    assert [mail.kind for mail in outbox()] == ["customers.invitation"]
    assert groups.preferred_group(customer.id).is_default
    assert "password" not in clerk.open(f"{LIST}/new").text.split("<main")[1].split('name="')[1:]


def test_a_form_sent_twice_adds_one(clerk):
    clerk.open(f"{LIST}/new")
    page = clerk.page
    for _ in range(2):
        clerk.page, clerk.address = page, f"{LIST}/new"
        clerk.send(first_name="Zoë", last_name="-", email="zoe@demo.example")
        assert clerk.path.startswith(f"{LIST}/1")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Customer)) == 1


def test_a_typed_number_a_group_a_newsletter_and_a_status_are_taken(clerk):
    trade = cast.group()
    clerk.open(f"{LIST}/new")
    clerk.send(
        first_name="Zoë",
        last_name="Brontë",
        email="zoe@demo.example",
        customer_number="vip-7",
        customer_group=str(trade.id),
        newsletter="1",
        status="disabled",
        reason="on request",
    )
    customer = queries.by_number("VIP-7")
    assert groups.preferred_group(customer.id).id == trade.id
    assert newsletter.state_of(customer.email) is SubscriptionState.PENDING
    assert (customer.status, customer.disabled_reason) == (CustomerStatus.DISABLED, "on request")


def test_a_newsletter_does_not_follow_to_another_mailbox_without_its_consent(clerk, outbox):
    ann = cast.customer(cast.ANN, with_account=False)
    text = str(TICK_TEXT)
    consent.subscribe_with_account(ann, text=text, source=ConsentSource.ACCOUNT, proof=Proof())
    db.session.commit()
    clerk.open(f"{LIST}/{ann.number}/edit")
    clerk.send(email="ann@elsewhere.example")
    assert newsletter.state_of(cast.ANN.email) is SubscriptionState.UNSUBSCRIBED
    assert newsletter.state_of("ann@elsewhere.example") is SubscriptionState.PENDING
    assert [mail.to for mail in outbox() if mail.kind == "newsletter.confirm"] == ["ann@elsewhere.example"]
    clerk.open(f"{LIST}/{ann.number}/edit")
    clerk.send(email="Ann@elsewhere.example", first_name="Anna")
    assert newsletter.state_of("ann@elsewhere.example") is SubscriptionState.PENDING, (
        "the same mailbox, spelt otherwise"
    )


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"first_name": ""}, "first_name", "Enter a first name"),
        ({"last_name": "x" * 65}, "last_name", "64"),
        ({"email": "not an address"}, "email", "correct format"),
        ({"email": ""}, "email", "an email address or a telephone"),
        ({"telephone": "12"}, "telephone", "country code"),
        ({"customer_number": "new"}, "customer_number", "name of a page"),
        ({"customer_number": "T-ANN"}, "customer_number", "belongs to Ann Adeyemi"),
        ({"email": "ANN@demo.example"}, "email", "belongs to Ann Adeyemi"),
        ({"customer_group": "999"}, "customer_group", "Choose a group"),
        ({"status": "closed"}, "status", "Choose a status"),
        ({"first_name": "a\x00b"}, "first_name", "can’t be shown"),
        ({"first_name": "\u200b\u200b"}, "first_name", "Enter a first name"),
    ],
)
def test_a_mistake_is_said_at_its_field_and_the_text_is_kept(clerk, typed, field, words):
    cast.customer(cast.ANN)
    clerk.open(f"{LIST}/new")
    page = clerk.send(**({"first_name": "Zoë", "last_name": "Kept", "email": "zoe@demo.example"} | typed))
    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert words in page.text
    assert ("Kept" in page.text) == ("last_name" not in typed)
    assert queries.by_email("zoe@demo.example") is None


def test_the_second_of_two_editors_gets_both_versions_and_may_save_theirs_anyway(clerk, owner):
    ann = cast.customer(cast.ANN)
    path = f"{LIST}/{ann.number}/edit"
    clerk.open(path)
    owner.open(path)
    owner.send(first_name="Anne", telephone="+44 7700 900123")
    page = clerk.send(first_name="Anna", last_name="Kept")
    assert page.status_code == 409
    assert {"Anna", "Anne", "Kept", "Adeyemi"} <= set(re.findall(r"<bdi>(.*?)</bdi>", page.text))
    assert "The same in both: Email" in page.text
    assert fresh(ann).first_name == "Anne"
    assert clerk.send().status_code == 200
    assert (fresh(ann).first_name, fresh(ann).last_name) == ("Anna", "Kept")


def test_an_edit_is_audited_with_before_and_after(clerk):
    ann = cast.customer(cast.ANN)
    trade = cast.group(approval=Approval.NONE)
    clerk.open(f"{LIST}/{ann.number}/edit")
    clerk.send(first_name="Anne", customer_group=str(trade.id), newsletter="1")
    entries = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.subject_kind == "customer")).all()
    told = {name: change for entry in entries for name, change in entry.changes.items()}
    assert told["first_name"] == ["Ann", "Anne"]
    assert told["group"] == ["Retail", "Trade"]
    assert {(entry.actor_kind, entry.actor_name) for entry in entries} == {(ActorKind.STAFF, "Clara Clerk")}


def test_an_edit_of_somebody_who_waits_does_not_let_them_in(clerk):
    application = cast.applicant(cast.IVY, cast.group())
    clerk.open(f"{LIST}/{application.customer.number}/edit")
    clerk.send(first_name="Iva")
    assert fresh(application.customer).status is CustomerStatus.WAITING


def test_disabling_asks_for_a_reason_and_enabling_closes_what_waits(clerk):
    application = cast.applicant(cast.IVY, cast.group())
    ivy = application.customer
    clerk.open(f"{LIST}/{ivy.number}/disable")
    assert clerk.send(reason="").status_code == 422
    clerk.send(reason="chargebacks")
    account = db.session.get(Account, ivy.account_id)
    db.session.refresh(account)
    assert account.status is AccountStatus.DISABLED
    assert "chargebacks" in clerk.page.text
    clerk.open(f"{LIST}/{ivy.number}/enable")
    clerk.send("/enable")
    assert fresh(ivy).status is CustomerStatus.ENABLED
    assert groups.open_application(ivy.id) is None
    assert verbs()[-2:] == ["customer.enabled", "application.withdrawn"]


def test_a_reset_link_goes_to_who_has_an_account_and_an_invitation_to_who_has_none(clerk, outbox):
    ann, ben = cast.customer(cast.ANN), cast.customer(cast.BEN, with_account=False)
    for customer in (ann, ben):
        clerk.open(f"{LIST}/{customer.number}?tab=security")
        clerk.send("/reset-link")
    assert [(mail.kind, mail.to) for mail in outbox()] == [
        ("accounts.recovery", ann.email),
        ("customers.invitation", ben.email),
    ]


def test_a_mail_is_sent_again_to_this_customer_only(clerk, outbox):
    ben = cast.customer(cast.BEN, with_account=False)
    clerk.open(f"{LIST}/{ben.number}?tab=security")
    clerk.send("/reset-link")
    clerk.open(f"{LIST}/{ben.number}?tab=mails")
    clerk.send("/again")
    assert len(outbox()) == 2
    ann = cast.customer(cast.ANN)
    clerk.open(f"{LIST}/{ann.number}?tab=security")
    token = re.search(r'name="csrf_token" value="([^"]+)"', clerk.page.text)[1]
    path = f"{LIST}/{ann.number}/mails/{outbox()[0].id}/again"
    assert clerk.client.post(path, data={"csrf_token": token}).status_code == 404


def test_registrations_that_wait_are_listed_and_their_link_is_sent_again(app, clerk, outbox):
    row = Registration(
        email="ivy@demo.example",
        email_key="ivy@demo.example",
        first_name="Ivy",
        last_name="Ivanova",
        password_hash="x",
        newsletter=False,
        terms_version="1",
        address="127.0.0.1",
        browser_digest="x",
        expires_at=clock.now().replace(year=2100),
    )
    db.session.add(row)
    db.session.commit()
    assert "Ivy Ivanova" in clerk.open("/staff/registrations").text
    clerk.send("/again")
    assert [mail.to for mail in outbox()] == ["ivy@demo.example"]
    assert clerk.open("/staff/customers?q=ivy").text.count("row-link") == 0


def test_signing_somebody_out_everywhere_ends_their_sessions_and_is_audited(clerk, browsers):
    ann = cast.customer(cast.ANN)
    hers = browsers()
    hers.open("/sign-in")
    hers.send(email=cast.ANN.email, password=cast.PASSWORD)
    clerk.open(f"{LIST}/{ann.number}?tab=security")
    clerk.send(f"{ann.number}/sign-out")
    assert hers.client.get("/account").status_code == 303
    assert verbs()[-1] == "customer.signed_out"


def test_a_reset_link_sent_by_staff_is_audited(clerk):
    ann = cast.customer(cast.ANN)
    clerk.open(f"{LIST}/{ann.number}?tab=security")
    clerk.send("/reset-link")
    assert verbs()[-1] == "account.reset_link_sent"
