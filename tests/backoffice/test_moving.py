"""Another address for a customer who calls: proven, told to the old one, seen by two members, not before 72 hours."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import ChangeState
from portal.audit.service import OPERATOR
from portal.customers.models import Customer
from portal.foundation.database import db
from portal.staff import service as staff
from portal.staff.models import StaffMember
from portal.staff.rules import ROLES
from tests import cast
from tests.backoffice.calling import (
    LIST,
    NEW,
    address,
    ask,
    ask_for,
    change,
    edit,
    enter,
    make_pin,
    open_case,
    say,
    secret_of,
    sweep,
    verify,
)
from tests.mails import link_in

OWNER = set(ROLES["owner"])


@pytest.fixture
def prove(browsers, mailbox):
    """Open the newest link to a new address and press its button, at a browser that comes back."""

    def press(email=NEW):
        browser = browsers()
        browser.open(link_in([mail for mail in mailbox() if mail["To"] == email][-1], "/account/email/"))
        assert browser.send().status_code == 200
        return browser

    return press


def test_without_a_verified_caller_the_address_stays_and_nothing_typed_is_lost(clerk, ann, outbox):
    page = edit(clerk, ann, email=NEW, first_name="Anna", telephone="+44 7700 900123")
    assert page.status_code == 422
    assert "Verify first who is calling" in page.text
    assert f'href="{LIST}/{ann.number}?tab=security"' in page.text
    for typed in (NEW, "Anna", "+44 7700 900123"):
        assert f'value="{typed}"' in page.text
    assert address() == cast.ANN.email
    assert db.session.get(Customer, ann.id).first_name == "Ann"
    assert change() is None
    assert outbox() == []


def test_the_same_form_goes_through_once_the_caller_is_verified(clerk, browsers, ann):
    edit(clerk, ann, email=NEW, first_name="Anna")
    form, at = clerk.page, clerk.address
    verify(clerk, ann)
    clerk.page, clerk.address = form, at
    page = clerk.send(first_name="Anna")
    assert f"{NEW} is asked for" in page.text
    assert "about to change" in page.text
    assert db.session.get(Customer, ann.id).first_name == "Anna"
    assert address() == cast.ANN.email


def test_both_mailboxes_hear_of_it_and_the_old_one_stops_it(clerk, owner, browsers, ann, mailbox):
    ask_for(clerk, ann)
    mails = {mail["To"]: mail for mail in mailbox() if "wants to change" in mail["Subject"] or mail["To"] == NEW}
    assert set(mails) == {cast.ANN.email, NEW}
    stop = link_in(mails[cast.ANN.email], "/account/email/stop/")
    somebody = browsers()
    somebody.open(stop)
    somebody.send()
    assert change().state is ChangeState.CANCELLED
    assert owner.open(f"{LIST}/{ann.number}").text.count("about to change") == 0


def test_it_is_in_force_after_72_hours_proven_and_approved(clock, clerk, owner, ann, prove):
    ask_for(clerk, ann)
    prove()
    owner.open(f"{LIST}/{ann.number}?tab=security")
    assert "is approved" in owner.send("/approve").text
    clock.shift(timedelta(hours=72) - timedelta(seconds=1))
    sweep()
    assert address() == cast.ANN.email
    clock.shift(timedelta(seconds=1))
    sweep()
    assert address() == NEW
    assert change().state is ChangeState.APPLIED


def wait_a_month(clock):
    for _ in range(30):
        clock.shift(timedelta(days=1))
        sweep()


def test_it_never_comes_without_the_new_mailbox(clock, clerk, owner, ann):
    ask_for(clerk, ann)
    owner.open(f"{LIST}/{ann.number}?tab=security")
    owner.send("/approve")
    wait_a_month(clock)
    assert address() == cast.ANN.email


@pytest.mark.usefixtures("owner")
def test_it_never_comes_without_a_second_member(clock, clerk, ann, prove):
    ask_for(clerk, ann)
    prove()
    wait_a_month(clock)
    assert address() == cast.ANN.email


def test_the_word_of_the_second_member_asks_once_more_who_is_there(clock, clerk, owner, ann):
    ask_for(clerk, ann)
    owner.open(f"{LIST}/{ann.number}?tab=security")
    clock.shift(timedelta(minutes=5))
    answer = owner.send("/approve")
    assert answer.status_code == 403
    assert "/staff/confirm" in answer.text
    assert change().approved_at is None


def test_who_asked_does_not_approve(clerk, owner, ann):
    ask_for(clerk, ann)
    page = clerk.open(f"{LIST}/{ann.number}?tab=security")
    assert "/approve" not in page.text
    path = f"{LIST}/{ann.number}/address-change/{change().id}/approve"
    assert clerk.client.post(path, data={"csrf_token": secret_of(clerk)}).status_code == 403
    assert change().approved_at is None


def test_who_may_not_verify_does_not_approve(clerk, owner, browsers, ann):
    mark = enter(browsers(), cast.MARK, {"backoffice.store_control.customer.view"}, role="looker")
    ask_for(clerk, ann)
    page = mark.open(f"{LIST}/{ann.number}?tab=security")
    assert "disabled title" in page.text
    for act in ("approve", "again", "cancel"):
        path = f"{LIST}/{ann.number}/address-change/{change().id}/{act}"
        assert mark.client.post(path, data={"csrf_token": secret_of(mark)}).status_code == 403
    assert (change().approved_at, change().state) == (None, ChangeState.ASKED)


def test_a_shop_of_one_person_can_work(clock, owner, ann, prove):
    ask_for(owner, ann)
    assert change().approved_at is not None
    prove()
    clock.shift(timedelta(hours=72))
    sweep()
    assert address() == NEW


def test_who_is_left_alone_meanwhile_can_approve(clerk, owner, ann):
    ask_for(owner, ann)
    assert change().approved_at is None
    clara = db.session.scalars(sa.select(StaffMember).where(StaffMember.email == cast.CLARA.email)).one()
    staff.dismiss(clara, OPERATOR)
    owner.open(f"{LIST}/{ann.number}?tab=security")
    assert "is approved" in owner.send("/approve").text


def test_staff_cancel_it_and_send_its_link_again(clerk, owner, ann, outbox):
    ask_for(clerk, ann)
    clerk.open(f"{LIST}/{ann.number}?tab=security")
    clerk.send("/again")
    assert [mail.to for mail in outbox() if mail.kind == "accounts.email_change"] == [NEW, NEW]
    old = change().id
    owner.open(f"{LIST}/{ann.number}?tab=security")
    owner.send("/cancel")
    assert change().state is ChangeState.CANCELLED
    for act in ("approve", "again", "cancel"):
        path = f"{LIST}/{ann.number}/address-change/{old}/{act}"
        assert owner.client.post(path, data={"csrf_token": secret_of(owner)}).status_code == 410


def test_an_approval_meant_for_another_address_counts_for_nothing(clerk, owner, ann):
    ask_for(clerk, ann)
    owner.open(f"{LIST}/{ann.number}?tab=security")
    edit(clerk, ann, email="other@demo.example")
    assert owner.send("/approve").status_code == 410
    assert change().approved_at is None


def test_the_change_of_one_customer_is_not_reached_through_another(clerk, owner, ann):
    ben = cast.customer(cast.BEN)
    ask_for(clerk, ann)
    owner.open(f"{LIST}/{ann.number}?tab=security")
    path = f"{LIST}/{ben.number}/address-change/{change().id}/approve"
    assert owner.client.post(path, data={"csrf_token": secret_of(owner)}).status_code == 410


def test_an_address_that_somebody_has_is_refused_at_the_field(clerk, ann):
    cast.customer(cast.BEN)
    page = ask_for(clerk, ann, cast.BEN.email)
    assert page.status_code == 422
    assert "belongs to Ben" in page.text
    assert change() is None


def test_three_a_day_and_no_more(clerk, owner, ann):
    verify(clerk, ann)
    for number in range(3):
        assert edit(clerk, ann, email=f"new{number}@demo.example").status_code == 200
    page = edit(clerk, ann, email="new3@demo.example")
    assert page.status_code == 422
    assert "Three other addresses" in page.text
    assert change().new_email == "new2@demo.example"


def test_who_has_no_account_gets_another_address_at_once(clerk, app):
    ben = cast.customer(cast.BEN, with_account=False)
    assert "saved" in edit(clerk, ben, email="ben.new@demo.example").text
    assert db.session.scalars(sa.select(Customer.email)).one() == "ben.new@demo.example"


def test_a_match_of_one_member_serves_no_other(clerk, owner, ann):
    verify(owner, ann)
    assert edit(clerk, ann, email=NEW).status_code == 422
    assert change() is None


def test_its_owner_sees_it_in_the_account_and_can_cancel_it(clerk, ann, browser):
    ask_for(clerk, ann)
    browser.open("/sign-in")
    browser.send(email=cast.ANN.email, password=cast.PASSWORD)
    assert f"about to change to <bdi>{NEW}</bdi>" in browser.open("/account/security").text
    browser.open("/account/security/email")
    browser.send("/email/cancel")
    assert change().state is ChangeState.CANCELLED
    assert NEW not in browser.open("/account/security").text.split("<h2>Ways")[0].split("cancelled")[-1]


@pytest.mark.usefixtures("owner")
def test_a_clerk_alone_takes_no_account_over(clock, clerk, ann, mailbox, prove):
    """Everything a clerk can try with everything they know, and the account is still Ann's."""
    thief = "thief@elsewhere.example"
    for _ in range(3):  # guess the answer: six tries, five compared
        ask(clerk, ann)
        for guess in ("red", "green"):
            say(clerk, guess)
    for pin in range(20):  # guess a PIN that Ann has at this moment
        make_pin(ann)
        open_case(clerk, ann)
        clerk.send("/identity/pin", pin=f"{pin:06}")
    assert edit(clerk, ann, email=thief).status_code == 422
    clock.shift(timedelta(days=1))
    enter_again(clerk)
    ask(clerk, ann)
    assert "Match." in say(clerk, cast.ANSWER).text  # say the clerk knows Ann, and her answer
    assert f"{thief} is asked for" in edit(clerk, ann, email=thief).text
    thiefs = prove(thief)
    change_id = change().id
    for act in ("approve", "approve"):
        path = f"{LIST}/{ann.number}/address-change/{change_id}/{act}"
        clerk.client.post(path, data={"csrf_token": secret_of(clerk)})
    clerk.open(f"{LIST}/{ann.number}")
    clerk.send("/reset-link")  # goes to the address on record
    assert {mail["To"] for mail in mailbox() if "/recover/" in str(mail)} <= {cast.ANN.email}
    for _ in range(14):
        clock.shift(timedelta(days=1))
        sweep()
    assert address() == cast.ANN.email
    thiefs.open("/sign-in")
    assert thiefs.send(email=cast.ANN.email, password=cast.PASSWORD).request.path == "/account"
    told = [mail["Subject"] for mail in mailbox() if mail["To"] == cast.ANN.email]
    assert any("confirmed it was you" in subject for subject in told)
    assert any("wants to change your email" in subject for subject in told)


def enter_again(browser):
    browser.open("/staff/sign-in")
    browser.send(email=cast.CLARA.email, password=cast.STAFF_PASSWORD)
    assert browser.path == "/staff"
