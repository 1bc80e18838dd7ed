"""Your data: the file with everything, made by the worker, and closing the account with days to change one's mind."""

import html
import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account, EmailChange
from portal.accounts.service import email_change
from portal.audit.service import OPERATOR
from portal.customers import mails
from portal.customers.models import Customer, CustomerStatus
from portal.customers.service import closing, erasure, persons
from portal.foundation import database, files
from portal.foundation.clock import now as clock_now
from portal.foundation.database import db
from portal.foundation.files import StoredFile
from portal.jobs.service import advance_due
from portal.mail import service as mail
from portal.mail.models import OutboxMessage, Suppression
from portal.newsletter import queries as newsletter
from tests import cast
from tests.accounts import stage
from tests.cast import ANN, BEN, PASSWORD

PAGE = "/account/privacy"


def sign_in(browser, person=ANN, password=PASSWORD):
    browser.open("/sign-in")
    return browser.send(email=person.email, password=password)


@pytest.fixture
def ann(app, browser):
    customer = cast.customer(ANN)
    sign_in(browser)
    return customer


def made(browser):
    """Ann asks, the worker makes the file."""
    browser.open(PAGE)
    browser.send("/download")
    advance_due()
    db.session.expire_all()
    return db.session.scalars(sa.select(StoredFile).where(StoredFile.purpose == "my-data")).one()


def closed(browser, password=PASSWORD):
    browser.open(f"{PAGE}/close")
    return browser.send(current_password=password)


def test_the_file_holds_what_is_known_and_no_secret(ann, browser, app):
    row = made(browser)
    answer = browser.client.get(f"{PAGE}/files/{row.id}")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    bundle = zipfile.ZipFile(io.BytesIO(answer.data))
    plain = bundle.read("my-data.json").decode()
    told = json.loads(plain)
    assert told["Customer record"][0]["first_name"] == "Ann"
    assert told["Telephones"][0]["typed"] == ANN.telephone
    assert told["Groups"][0]["group"] == "Retail"
    account = db.session.get_one(Account, ann.account_id)
    assert account.password_hash not in plain
    assert "Adeyemi" in bundle.read("my-data.html").decode()


def told_in(browser):
    row = made(browser)
    bundle = zipfile.ZipFile(io.BytesIO(browser.client.get(f"{PAGE}/files/{row.id}").data))
    return bundle.read("my-data.json").decode()


def test_each_step_of_consent_lies_in_it_with_the_words_that_were_agreed_to(ann, browser):
    browser.open("/account/newsletters")
    browser.send("/account/newsletters", audience=str(newsletter.audiences()[0].id))
    told = json.loads(told_in(browser))
    steps = told["Consent to newsletters, step by step"]
    assert [step["action"] for step in steps] == ["request", "confirm"]
    assert {step["source"] for step in steps} == {"account"}
    assert all(step["form_version"] and step["audience"] and step["at"] for step in steps)


def test_who_asks_for_the_address_of_somebody_else_is_told_nothing_of_them(ann, browser):
    ben = cast.customer(BEN)
    mail.post("customers.my_data", BEN.email, customer=ben.id)
    db.session.add(Suppression(email_key=BEN.email, reason="Bounced for Ben"))
    email_change.ask(db.session.get_one(Account, ann.account_id), BEN.email, by=OPERATOR)
    db.session.commit()
    told = told_in(browser)
    assert "Bounced for Ben" not in told
    assert [one["to"] for one in json.loads(told)["Mails"]] == [ANN.email]  # the notice that another was asked for


def test_nor_of_somebody_who_only_waits_to_confirm_it(ann, browser):
    stage.registered(BEN)
    email_change.ask(db.session.get_one(Account, ann.account_id), BEN.email, by=OPERATOR)
    db.session.commit()
    assert BEN.last_name not in told_in(browser)


def test_an_address_of_before_that_somebody_else_has_by_now_is_theirs(ann, browser):
    old = EmailChange(
        account_id=ann.account_id, old_email=BEN.email, new_email=ANN.email, new_key=ANN.email, state="applied"
    )
    old.proven_at = old.settled_at = clock_now()
    db.session.add_all([old, Suppression(email_key=BEN.email, reason="Bounced for Ben")])
    db.session.commit()
    assert "Bounced for Ben" in told_in(browser)
    cast.customer(BEN)
    assert persons.person_of(db.session.get_one(Customer, ann.id)).emails == (ANN.email,)


def test_erasing_takes_nothing_from_whoever_has_the_address_that_was_asked_for(ann, app):
    ben = cast.customer(BEN)
    mail.post("customers.my_data", BEN.email, customer=ben.id)
    email_change.ask(db.session.get_one(Account, ann.account_id), BEN.email, by=OPERATOR)
    db.session.commit()
    with database.transaction():
        erasure.erase(db.session.get_one(Customer, ann.id), by=OPERATOR, reason="Asked by letter")
    assert [row.kind for row in db.session.scalars(sa.select(OutboxMessage))] == ["customers.my_data"]
    assert db.session.scalars(sa.select(EmailChange)).all() == []


def test_its_owner_gets_a_mail(ann, browser, mailbox):
    made(browser)
    assert [mail["Subject"] for mail in mailbox()] == ["Your data at Northgate Goods are ready"]


def test_files_that_were_sent_lie_in_it(ann, browser):
    kept = files.store(b"a licence", purpose="answer", media_type="application/pdf", name="l.pdf", customer_id=ann.id)
    db.session.commit()
    row = made(browser)
    bundle = zipfile.ZipFile(io.BytesIO(browser.client.get(f"{PAGE}/files/{row.id}").data))
    assert bundle.read(f"files/{kept.id}.pdf") == b"a licence"


def test_nobody_downloads_the_file_of_somebody_else(ann, browser, browsers):
    row = made(browser)
    cast.customer(BEN)
    other = browsers()
    sign_in(other, BEN)
    assert other.client.get(f"{PAGE}/files/{row.id}").status_code == 404


def test_it_runs_out_after_seven_days(ann, browser, clock):
    sign_in(browser)
    row = made(browser)
    clock.shift(timedelta(days=8))
    sign_in(browser)
    assert browser.client.get(f"{PAGE}/files/{row.id}").status_code == 404


def test_downloading_asks_once_more_who_it_is(ann, browser, clock):
    sign_in(browser)
    row = made(browser)
    clock.shift(timedelta(minutes=6))
    answer = browser.client.get(f"{PAGE}/files/{row.id}")
    assert answer.status_code == 303
    assert answer.location.startswith("/account/confirm")


def test_a_second_file_is_not_made_at_once(ann, browser):
    browser.open(PAGE)
    browser.send("/download")
    token = {"csrf_token": browser.page.text.split('name="csrf_token" value="')[1].split('"')[0]}
    assert browser.client.post(f"{PAGE}/download", data=token).status_code == 409


def test_closing_asks_for_the_password(ann, browser):
    assert closed(browser, "wrong").status_code == 422
    assert db.session.get_one(Account, ann.account_id).closing_at is None


def test_a_closed_account_says_until_when_it_can_be_kept(ann, browser, mailbox):
    page = closed(browser)
    assert "Keep my account" in page.text
    assert db.session.get_one(Customer, ann.id).status is CustomerStatus.CLOSING
    assert [mail["Subject"] for mail in mailbox()] == ["Your account at Northgate Goods is closing"]


def test_while_it_closes_every_page_leads_to_the_way_back(ann, browser):
    closed(browser)
    browser.open("/account/profile")
    assert browser.path == PAGE


def test_signing_in_anew_shows_the_way_back_and_keeping_opens_the_account(ann, browser, browsers):
    closed(browser)
    elsewhere = browsers()
    sign_in(elsewhere)
    assert elsewhere.path == PAGE
    elsewhere.send("/keep")
    assert elsewhere.path == "/account"
    assert db.session.get_one(Customer, ann.id).status is CustomerStatus.ENABLED


def test_a_customer_sees_what_was_mailed_to_them_and_nobody_elses(ann, browser, mailbox):
    ben = cast.customer(BEN)
    with database.transaction():
        for who in (ann, ben):
            mails.kept(who)
    mailbox()
    page = browser.open(f"{PAGE}/mails")
    assert page.text.count("Sent") == 1
    assert "goes on" in page.text
    assert BEN.email not in page.text


def test_who_works_here_too_does_not_see_there_what_they_get_at_work(ann, browser):
    with database.transaction():
        mails.kept(ann)
        for kind in ("staff.invitation", "groups.digest"):
            mail.post(kind, ANN.email, member=0)
        mail.post("accounts.unlock", ANN.email, realm="staff")
    assert browser.open(f"{PAGE}/mails").text.count("On its way") == 1


def test_the_list_of_mails_has_pages(ann, browser):
    with database.transaction():
        for _ in range(60):
            mails.kept(ann)
    page = browser.open(f"{PAGE}/mails")
    assert page.text.count("On its way") == 50
    [older] = re.findall(r'href="([^"]+)" rel="next"', page.text)
    assert browser.open(html.unescape(older)).text.count("On its way") == 10


def test_closing_ends_every_other_session(ann, browser, browsers):
    elsewhere = browsers()
    sign_in(elsewhere)
    closed(browser)
    elsewhere.open("/account")
    assert elsewhere.path == "/sign-in"


def test_after_the_days_the_sweep_erases(ann, browser, clock):
    sign_in(browser)
    closed(browser)
    clock.shift(timedelta(days=13, hours=23))
    assert closing.erase_due() == 0
    clock.shift(timedelta(hours=1))
    assert closing.erase_due() == 1
    db.session.expire_all()
    assert db.session.get_one(Customer, ann.id).erased_at is not None
    assert "not right" in sign_in(browser).text or browser.path == "/sign-in"


def test_one_account_that_cannot_be_erased_keeps_no_other_from_it(ann, browser, clock, monkeypatch, caplog):
    sign_in(browser)
    closed(browser)
    ben = cast.customer(BEN)
    ben.account.closing_at = db.session.get_one(Customer, ann.id).account.closing_at + timedelta(minutes=1)
    db.session.commit()
    clock.shift(timedelta(days=15))
    whole, broken = erasure.erase, ann.id

    def erase(customer, **how):
        if customer.id == broken:
            raise RuntimeError
        whole(customer, **how)

    monkeypatch.setattr(erasure, "erase", erase)
    assert closing.erase_due() == 1
    db.session.expire_all()
    assert db.session.get_one(Customer, ben.id).erased_at is not None
    assert "could not be erased" in caplog.text
    monkeypatch.undo()
    assert closing.erase_due() == 1


def test_who_kept_the_account_is_not_erased(ann, browser, clock):
    sign_in(browser)
    closed(browser)
    browser.send("/keep")
    clock.shift(timedelta(days=30))
    assert closing.erase_due() == 0


def test_who_was_erased_may_register_anew(ann, browser, clock):
    sign_in(browser)
    closed(browser)
    clock.shift(timedelta(days=15))
    closing.erase_due()
    db.session.expire_all()
    again = cast.customer(ANN, number="T-AGAIN")
    assert again.id != ann.id
