"""A decline for good: the approver keeps the address, so that it makes no other account, or releases it."""

from datetime import timedelta

import pytest

from portal.accounts import queries as accounts
from portal.accounts.errors import EmailTaken
from portal.accounts.models import Account, Hold, Realm, SessionKind
from portal.accounts.service import registration, sessions
from portal.accounts.service.sessions import Visitor
from portal.customers import queries as customers
from portal.customers.service import profile
from portal.foundation.database import db
from portal.groups.models import Approval
from portal.groups.service import applications, deciding, settling
from tests import cast
from tests.backoffice.desk import at_desk
from tests.groups.conftest import CLARA
from tests.mails import text_of


@pytest.fixture
def waiting(app):
    """Ivy waits at the door for Trade."""
    return cast.applicant(cast.IVY, cast.group("Trade"))


def decline(row, *, releases, again_after=None):
    applications.decline(row.id, reason="No.", by=CLARA, again_after=again_after, releases=releases)
    db.session.commit()


def open_anew(email=cast.IVY.email):
    """What confirming a registration of this address does."""
    account = registration.open_account(realm=Realm.CUSTOMER, email=email, password_hash="x")
    who = profile.open_customer(account, first_name="Ivy", last_name="Anew", telephone="", locale="en", by=CLARA)
    db.session.commit()
    return who


def test_a_kept_address_makes_no_other_account(waiting):
    decline(waiting, releases=False)
    with pytest.raises(EmailTaken):
        open_anew()
    assert accounts.by_email(Realm.CUSTOMER, cast.IVY.email).held_for is Hold.DECLINED


def test_a_released_address_registers_anew_and_the_old_record_stays(waiting):
    before = waiting.customer
    decline(waiting, releases=True)
    after = open_anew()
    assert after.id != before.id
    assert before.email == cast.IVY.email
    assert customers.by_email(cast.IVY.email).id == after.id
    assert accounts.by_email(Realm.CUSTOMER, cast.IVY.email).id == after.account_id
    assert db.session.get_one(Account, before.account_id).held_for is Hold.DECLINED


def test_the_old_password_opens_nothing_any_more(waiting, browser):
    handle = sessions.open_session(waiting.customer.account, SessionKind.APPLICANT, Visitor())
    decline(waiting, releases=True)
    assert sessions.find(handle) is None
    browser.open("/sign-in")
    page = browser.send("/sign-in", email=cast.IVY.email, password=cast.PASSWORD)
    assert "Email or password is not right." in page.text


def test_only_a_decline_for_good_releases(waiting):
    decline(waiting, releases=True, again_after=timedelta(days=30))
    assert not waiting.releases_address
    assert accounts.by_email(Realm.CUSTOMER, cast.IVY.email) is not None


def test_who_shops_meanwhile_keeps_their_account(app):
    row = cast.applicant(cast.BEN, cast.group("Club", Approval.UPGRADE))
    decline(row, releases=True)
    assert not row.releases_address
    assert accounts.by_email(Realm.CUSTOMER, cast.BEN.email) is not None


def test_until_a_decline_is_carried_out_the_address_stays(app, clock):
    row = cast.applicant(cast.IVY, cast.group("Trade", may_undo=True))
    decline(row, releases=True)
    assert accounts.by_email(Realm.CUSTOMER, cast.IVY.email) is not None
    deciding.undo(row.id, by=CLARA)
    clock.shift(timedelta(minutes=11))
    settling.settle_due()
    assert accounts.by_email(Realm.CUSTOMER, cast.IVY.email) is not None
    decline(row, releases=True)
    clock.shift(timedelta(minutes=10))
    settling.settle_due()
    assert accounts.by_email(Realm.CUSTOMER, cast.IVY.email) is None


def test_an_address_is_released_as_often_as_it_comes_back(waiting):
    decline(waiting, releases=True)
    again = open_anew()
    second = applications.submit(again, waiting.group_id, by=CLARA)
    again.account.held_for = Hold.WAITING
    decline(second, releases=True)
    assert open_anew().id not in (again.id, waiting.customer_id)


@pytest.mark.parametrize(("releases", "said"), [(True, "Your address is free"), (False, "See your application")])
def test_the_mail_says_what_becomes_of_the_address(waiting, mailbox, releases, said):
    decline(waiting, releases=releases)
    [mail] = mailbox()
    assert mail["To"] == cast.IVY.email
    assert said in text_of(mail)
    assert "no more applications" in text_of(mail)


def test_the_approver_chooses_on_the_page(waiting, browser):
    clara = at_desk(browser, "clerk")
    clara.open(f"/staff/approvals/{waiting.id}/decline")
    clara.send(f"/{waiting.id}", reason="own", message="No.", again="never", address="release")
    db.session.expire_all()
    assert waiting.releases_address
    assert "The address was released" in clara.open(f"/staff/approvals/{waiting.id}").text


def test_of_somebody_who_shops_meanwhile_nothing_is_released_so_nothing_is_asked(browser):
    row = cast.applicant(cast.BEN, cast.group("Club", Approval.UPGRADE))
    assert "Release it" not in at_desk(browser, "clerk").open(f"/staff/approvals/{row.id}/decline").text


def test_the_released_record_is_saved_with_the_address_that_it_shows(waiting, browser):
    decline(waiting, releases=True)
    owner = at_desk(browser, "owner")
    owner.open(f"/staff/customers/{waiting.customer.number}/edit")
    page = owner.send("/edit", first_name="Iva")
    assert page.status_code == 200
    db.session.expire_all()
    assert (waiting.customer.first_name, waiting.customer.email) == ("Iva", cast.IVY.email)
