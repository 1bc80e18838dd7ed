"""A mailed link lets the owner's browser in, tells nobody whose address it is, and works once."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account, AccountStatus, Realm
from portal.accounts.service import tries
from portal.audit.models import AuditEntry
from portal.foundation.database import db
from tests import cast
from tests.accounts import stage
from tests.accounts.guessing import guess, send
from tests.accounts.test_sessions import sign_in
from tests.mails import link_in, text_of
from tests.work import seen, told_apart

DOORS = {Realm.CUSTOMER: "/sign-in", Realm.STAFF: "/staff/sign-in"}


def unlock_asked(browser, email=cast.ANN.email, door="/sign-in"):
    browser.open(f"{door}/unlock")
    return browser.send(f"{door}/unlock", follow=False, email=email)


def link_to(browser, mailbox, email=cast.ANN.email, door="/sign-in"):
    unlock_asked(browser, email, door)
    return link_in(mailbox()[-1], f"{door}/unlock/")


def press(browser, link):
    browser.open(link)
    return browser.send(follow=False)


@pytest.fixture
def clara(app):
    """Clara, who works here and buys nothing."""
    cast.member(cast.CLARA, "clerk", set())
    return cast.CLARA


@pytest.mark.parametrize("realm", list(DOORS))
def test_the_link_lets_this_browser_in_and_no_other(clock, browsers, mailbox, realm):
    account = cast.account(cast.CLARA, realm)
    if realm is Realm.STAFF:
        db.session.delete(account)
        db.session.commit()
        cast.member(cast.CLARA, "clerk", set())
    password = cast.STAFF_PASSWORD if realm is Realm.STAFF else cast.PASSWORD
    mine, other, door = browsers(), browsers(), DOORS[realm]
    guess(10, cast.CLARA.email, realm)
    assert send(mine, cast.CLARA.email, password, door=door).status_code == 429
    link = link_to(mine, mailbox, cast.CLARA.email, door)
    done = press(mine, link)
    assert (done.status_code, done.location) == (303, door)
    guess(10, cast.CLARA.email, realm)
    assert send(other, cast.CLARA.email, password, door=door).status_code == 429
    assert send(mine, cast.CLARA.email, password, door=door).status_code == 303


def test_opening_the_link_changes_nothing_and_pressing_its_button_twice_is_told(clock, ann, browsers, mailbox):
    browser = browsers()
    guess(10)
    link = link_to(browser, mailbox)
    for _ in range(3):
        assert browser.open(link).status_code == 200
        assert browser.client.head(link).status_code == 200
    assert tries.of(db.session.get_one(Account, ann.account_id)).failures == 10
    browser.open(link)
    token = browser.page.text.split('name="csrf_token" value="')[1].split('"')[0]
    assert browser.client.post(link, data={"csrf_token": token}).status_code == 303
    again = browser.client.post(link, data={"csrf_token": token})
    assert again.status_code == 410
    assert 'href="/sign-in/unlock"' in again.text


def test_the_link_signs_nobody_in(ann, browsers, mailbox):
    browser = browsers()
    press(browser, link_to(browser, mailbox))
    assert browser.open("/account").request.path == "/sign-in"


def test_what_a_reset_opens_an_unlock_does_not_and_the_doors_are_apart(ann, clara, browsers, mailbox):
    browser = browsers()
    link = link_to(browser, mailbox)
    token = link.rsplit("/", 1)[1]
    for path in (f"/recover/{token}", f"/staff/sign-in/unlock/{token}", f"/confirm-email/{token}"):
        assert browser.open(path).status_code in (404, 410)
    staff_token = link_to(browser, mailbox, clara.email, "/staff/sign-in").rsplit("/", 1)[1]
    assert browser.open(f"/sign-in/unlock/{staff_token}").status_code == 404
    assert browser.open(link[:-1] + ("A" if link[-1] != "A" else "B")).status_code == 404


@pytest.mark.parametrize("change", ["later", "disabled", "moved"])
def test_the_link_ends_with_its_hour_its_account_and_its_address(clock, ann, browsers, mailbox, change):
    browser = browsers()
    link = link_to(browser, mailbox)
    account = db.session.get_one(Account, ann.account_id)
    if change == "later":
        clock.shift(timedelta(hours=1))
    elif change == "disabled":
        account.status = AccountStatus.DISABLED
    else:
        account.email = account.email_key = "ann.new@demo.example"
    db.session.commit()
    assert browser.open(link).status_code == 410


@pytest.mark.parametrize("door", DOORS.values())
def test_every_address_gets_the_same_answer_for_the_same_work(browsers, door):
    typed = stage.addresses()

    def asking(email):
        browser = browsers()
        browser.open(f"{door}/unlock")
        return lambda: browser.send(f"{door}/unlock", follow=False, email=email)

    asking("warm@demo.example")()
    assert told_apart({name: asking(email) for name, email in typed.items()}, typed) == {}


def test_the_page_after_asking_is_the_same_for_every_address(browsers):
    pages = set()
    for email in stage.addresses().values():
        browser = browsers()
        unlock_asked(browser, email)
        pages.add(seen(browser.open("/sign-in/unlock/sent"), email))
    assert len(pages) == 1
    assert browsers().open("/sign-in/unlock/sent").request.path == "/sign-in/unlock"


def test_only_an_enabled_account_gets_a_letter_each_at_its_own_door(browsers, mailbox):
    typed = stage.addresses()
    for email in typed.values():
        unlock_asked(browsers(), email)
    assert {mail["To"] for mail in mailbox()} == {typed["active"], typed["waiting"]}
    for email in typed.values():
        unlock_asked(browsers(), email, "/staff/sign-in")
    assert mailbox()[-1]["To"] == typed["staff"]
    assert len(mailbox()) == 3


def test_a_mailbox_gets_three_links_an_hour_whatever_is_asked(ann, browsers, mailbox):
    browser = browsers()
    answers = [unlock_asked(browser) for _ in range(100)]
    assert {(answer.status_code, answer.location) for answer in answers} == {(303, "/sign-in/unlock/sent")}
    assert len(mailbox()) == 3


def test_what_is_no_address_is_told_and_kept(browser):
    browser.open("/sign-in/unlock")
    page = browser.send("/sign-in/unlock", follow=False, email="ann@")
    assert page.status_code == 422
    assert 'value="ann@"' in page.text


def test_it_is_on_record(ann, browsers, mailbox):
    browser = browsers()
    press(browser, link_to(browser, mailbox))
    verbs = db.session.scalars(sa.select(AuditEntry.verb).order_by(AuditEntry.id)).all()
    assert verbs[-1] == "account.unlocked"
    assert "Not you? Leave it" in text_of(mailbox()[-1])


def test_a_known_browser_with_many_wrong_tries_starts_anew(ann, browsers, mailbox):
    browser = browsers()
    sign_in(browser)
    browser.client.delete_cookie("session")
    guess(10)
    assert [send(browser).status_code for _ in range(10)] == [422] * 10
    press(browser, link_to(browser, mailbox))
    assert send(browser, password=cast.PASSWORD).status_code == 303
