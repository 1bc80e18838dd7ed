"""Customers come into being, are linked to their account, are edited by two people at once, disabled and invited."""

import pytest
import sqlalchemy as sa

from portal.accounts.errors import NotProven
from portal.accounts.models import Account, AccountStatus, SessionKind
from portal.accounts.service import sessions
from portal.accounts.service.sessions import Visitor
from portal.audit.models import AuditEntry
from portal.audit.service import OPERATOR, VISITOR
from portal.customers import queries
from portal.customers.errors import EditedMeanwhile, EmailInUse, NotInvitable, NotReachable, NumberInUse
from portal.customers.models import Customer, CustomerStatus, NumberSequence, Origin
from portal.customers.rules import numbers
from portal.customers.service import invitations, profile, status
from portal.customers.service.profile import Details
from portal.foundation.database import db
from tests import cast

ANN = {"first_name": "Ann", "last_name": "Adeyemi"}


def add(**more):
    """A customer whom staff added."""
    customer = profile.add_customer(Details(**{**ANN, "email": "ann@demo.example"} | more), by=OPERATOR)
    db.session.commit()
    return customer


def entries():
    return list(db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)))


def test_a_new_customer_has_the_next_number_the_online_store_and_a_line_in_the_audit_log(app):
    first, second = add(), add(email="ben@demo.example", telephone="98765 43210")
    assert numbers.is_right(first.number)
    assert int(second.number[:-1]) == int(first.number[:-1]) + 1
    assert [store.code for store in first.stores] == ["online"]
    assert first.status is CustomerStatus.NO_ACCOUNT
    assert second.telephone.e164 == "+919876543210"
    told = entries()[1].changes
    assert told["telephone"] == ["", "98765 43210"]
    assert told["email"] == ["", "ben@demo.example"]


def test_a_generated_number_that_somebody_typed_before_is_skipped(app):
    last = db.session.scalars(sa.select(NumberSequence.last)).one()
    add(number=numbers.with_check_digit(last + 1))
    assert add(email="ben@demo.example").number == numbers.with_check_digit(last + 2)


def test_a_typed_number_or_an_address_that_is_taken_is_refused_and_nothing_is_written(app):
    add(number="VIP-1")
    with pytest.raises(NumberInUse, match="Ann Adeyemi"):
        add(number="VIP-1", email="ben@demo.example")
    with pytest.raises(EmailInUse, match="VIP-1"):
        add(email="ANN@Demo.Example")
    db.session.commit()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Customer)) == 1


def test_a_customer_needs_an_address_or_a_telephone(app):
    with pytest.raises(NotReachable):
        profile.add_customer(Details(**ANN), by=OPERATOR)


def test_one_name_is_enough(app):
    customer = add(first_name="Sukarno", last_name="-")
    assert customer.name == "Sukarno"
    assert customer.sort_name == "sukarno"


def test_the_longest_names_of_any_script_are_kept_whole(app):
    for number, letter in enumerate(["\ufdfa", "क", "e\u0301", "ß", "𝒳"]):
        name = (letter * 64)[:64]
        customer = add(first_name=name, last_name=name, email=f"a{number}@demo.example")
        db.session.expire_all()
        assert customer.first_name == name


def test_an_account_finds_the_customer_made_before_it(app):
    made = add(first_name="A", telephone="98765 43210")
    account = cast.account(cast.ANN)
    customer = profile.open_customer(account, **ANN, telephone="+44 7700 900123", locale="en", by=VISITOR)
    db.session.commit()
    assert customer is made
    assert customer.status is CustomerStatus.ENABLED
    assert customer.first_name == "Ann"
    assert entries()[-1].changes["first_name"] == ["A", "Ann"]
    assert queries.by_account(account.id) is customer


def test_a_disabled_customer_who_opens_an_account_stays_disabled(app):
    made = add()
    status.disable(made, "chargebacks", OPERATOR)
    db.session.commit()
    account = cast.account(cast.ANN)
    profile.open_customer(account, **ANN, telephone="", locale="en", by=VISITOR)
    assert account.status is AccountStatus.DISABLED
    assert made.status is CustomerStatus.DISABLED


def test_an_account_without_an_earlier_customer_gets_a_new_one(app):
    account = cast.account(cast.ANN)
    customer = profile.open_customer(account, **ANN, telephone="", locale="en", by=VISITOR)
    assert (customer.created_through, customer.status) == (Origin.WEB, CustomerStatus.ENABLED)


def test_the_second_of_two_editors_is_told_with_both_versions(app):
    customer = add()
    profile.update_profile(customer, version=1, by=OPERATOR, first_name="Anne")
    db.session.commit()
    with pytest.raises(EditedMeanwhile) as refusal:
        profile.update_profile(customer, version=1, by=OPERATOR, first_name="Anna")
    assert refusal.value.mine["first_name"] == "Anna"
    assert refusal.value.theirs["first_name"] == "Anne"
    assert refusal.value.version == 2
    profile.update_profile(customer, version=2, by=OPERATOR, first_name="Anna")
    assert entries()[-1].changes == {"first_name": ["Anne", "Anna"]}


def test_a_refused_edit_leaves_the_version_and_the_fields_as_they_were(app):
    customer = add()
    add(email="ben@demo.example")
    with pytest.raises(EmailInUse):
        profile.update_profile(customer, version=1, by=OPERATOR, first_name="Anne", email="ben@demo.example")
    db.session.commit()
    db.session.refresh(customer)
    assert (customer.version, customer.first_name) == (1, "Ann")


def test_an_edit_keeps_the_copies_for_finding_in_step(app):
    customer = add()
    profile.update_profile(customer, version=1, by=OPERATOR, last_name="Brontë", telephone="98765 43210")
    assert "bronte" in customer.search_text
    assert "+919876543210" in customer.search_text
    assert customer.sort_name == "bronte ann"
    assert customer.telephone_count == 1


def test_the_last_way_to_reach_somebody_cannot_be_taken(app):
    customer = add()
    with pytest.raises(NotReachable):
        profile.update_profile(customer, version=1, by=OPERATOR, email="")


def test_the_address_that_somebody_signs_in_with_is_left_alone(app, outbox):
    customer = cast.customer(cast.ANN)
    with pytest.raises(NotProven):
        profile.update_profile(customer, version=1, by=OPERATOR, email="anne@demo.example", first_name="Anne")
    db.session.commit()
    assert (customer.email, customer.first_name, customer.version) == (cast.ANN.email, "Ann", 1)
    assert outbox() == []


def test_another_spelling_of_the_same_mailbox_is_taken(app):
    customer = cast.customer(cast.ANN)
    profile.update_profile(customer, version=1, by=OPERATOR, email="Ann@Demo.example")
    db.session.commit()
    assert (customer.email, customer.account.email) == ("Ann@Demo.example", "Ann@Demo.example")
    assert (customer.email_key, customer.account.email_key) == (cast.ANN.email, cast.ANN.email)


def test_disabling_ends_every_session_and_enabling_opens_the_door_again(app):
    customer = cast.customer(cast.ANN)
    account = db.session.get(Account, customer.account_id)
    handle = sessions.open_session(account, SessionKind.CUSTOMER, Visitor())
    status.disable(customer, "chargebacks", OPERATOR)
    status.disable(customer, "twice", OPERATOR)
    db.session.commit()
    assert sessions.find(handle) is None
    assert account.status is AccountStatus.DISABLED
    assert customer.disabled_reason == "chargebacks"
    status.enable(customer, OPERATOR)
    db.session.commit()
    assert (account.status, customer.status) == (AccountStatus.ENABLED, CustomerStatus.ENABLED)
    assert [(entry.verb, entry.reason) for entry in entries()] == [
        ("customer.disabled", "chargebacks"),
        ("customer.enabled", ""),
    ]


def test_an_invitation_is_a_mail_and_a_status(app, outbox):
    customer = add()
    invitations.invite(customer, OPERATOR)
    db.session.commit()
    assert customer.status is CustomerStatus.UNCONFIRMED
    assert [mail.kind for mail in outbox()] == ["customers.invitation"]


def test_nobody_is_invited_without_an_address_or_with_an_account(app):
    with pytest.raises(NotInvitable):
        invitations.invite(add(email="", telephone="98765 43210"), OPERATOR)
    with pytest.raises(NotInvitable):
        invitations.invite(cast.customer(cast.BEN), OPERATOR)
