"""The same address wanted twice, at once, or taken already: one gets it, and nobody learns whose it is."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql

from portal.accounts.models import Account, Realm
from portal.accounts.service import email_change, email_undo
from portal.customers.models import Customer
from portal.foundation import database
from portal.foundation.database import db
from tests import cast
from tests.accounts import stage
from tests.accounts.moving import NEW, account, change_to, link_to, mails_to, sign_in_as, states
from tests.accounts.pressing import press
from tests.accounts.test_sessions import cookie, sign_in
from tests.browsing import Browser
from tests.work import told_apart

PAGE = "/account/security/email"
PROVE, STOP, UNDO = "/account/email/", "/account/email/stop/", "/account/email/undo/"


def test_a_free_and_a_taken_address_are_told_apart_by_nothing_but_the_mailbox(app, browsers, ann, mailbox):
    cast.customer(cast.BEN)
    stage.disabled()
    stage.registered()
    cast.account(cast.OTTO, Realm.STAFF)
    typed = {
        "free": "free@demo.example",
        "taken": cast.BEN.email,
        "disabled": stage.DORA.email,
        "waiting": stage.UMA.email,
        "staff": cast.OTTO.email,
    }
    change_to(sign_in_as(browsers(), cast.BEN))  # the first entry of an audit log begins its chain
    tries = {}
    for number, (name, email) in enumerate(typed.items()):
        person = cast.Person("Ann", f"The {number}", f"ann{number}@demo.example")
        cast.customer(person, number=f"T-{number}")
        browser = sign_in_as(browsers(), person)
        browser.open(PAGE)
        tries[name] = lambda browser=browser, email=email: browser.send(PAGE, follow=False, email=email)
    assert told_apart(tries, typed) == {}
    subjects = {mail["To"]: mail["Subject"] for mail in mailbox() if mail["To"] in typed.values()}
    assert "already have an account" in subjects[cast.BEN.email]
    assert "already have an account" in subjects[stage.DORA.email]
    assert "Confirm your new email" in subjects["free@demo.example"]
    assert "Confirm your new email" in subjects[stage.UMA.email]
    assert "Confirm your new email" in subjects[cast.OTTO.email], "staff are another realm"


def test_an_address_that_was_taken_meanwhile_changes_nothing(signed_in, browsers, mailbox):
    change_to(signed_in)
    link = link_to(mailbox, NEW, PROVE)
    cast.customer(cast.Person("Else", "Body", NEW))
    page = press(browsers(), link)
    assert page.status_code == 409
    assert "Somebody" not in page.text
    assert account().email == cast.ANN.email
    assert states() == ["asked"]


def test_an_address_of_a_customer_without_an_account_changes_nothing(signed_in, browsers, mailbox):
    cast.customer(cast.Person("Till", "Made", NEW), with_account=False)
    change_to(signed_in)
    page = press(browsers(), link_to(mailbox, NEW, PROVE))
    assert page.status_code == 409
    assert "Till" not in page.text
    assert account().email == cast.ANN.email
    assert db.session.scalars(sa.select(Customer.email).order_by(Customer.id)).all() == [cast.ANN.email, NEW]


def test_of_two_who_want_the_same_address_one_gets_it(app, signed_in, browsers, mailbox):
    cast.customer(cast.BEN)
    ben = browsers()
    sign_in(ben, cast.BEN)
    change_to(signed_in)
    first = link_to(mailbox, NEW, PROVE)
    change_to(ben)
    second = link_to(mailbox, NEW, PROVE)

    def one(link):
        browser = Browser(app)
        token = browser.client.get("/recover").text.split('name="csrf_token" value="')[1].split('"')[0]
        return browser.client.post(link, data={"csrf_token": token}).status_code

    db.session.commit()
    with ThreadPoolExecutor(2) as crowd:
        assert sorted(crowd.map(one, [first, second])) == [303, 409]
    assert db.session.scalar(sa.select(sa.func.count()).where(Account.email_key == NEW)) == 1


def test_of_eight_presses_at_once_one_changes_it(app, signed_in, mailbox):
    change_to(signed_in)
    link = link_to(mailbox, NEW, PROVE)

    def one(_):
        browser = Browser(app)
        token = browser.client.get("/recover").text.split('name="csrf_token" value="')[1].split('"')[0]
        return browser.client.post(link, data={"csrf_token": token}).status_code

    db.session.commit()
    with ThreadPoolExecutor(8) as crowd:
        assert sorted(crowd.map(one, range(8))) == [303] + [410] * 7
    assert len(mails_to(mailbox, cast.ANN.email, "was changed")) == 1


def test_of_eight_at_once_one_is_open(app, signed_in):
    token = signed_in.open(PAGE).text.split('name="csrf_token" value="')[1].split('"')[0]
    saved = cookie(signed_in)

    def one(number):
        thief = Browser(app)
        thief.client.set_cookie("session", saved)
        return thief.client.post(PAGE, data={"csrf_token": token, "email": f"a{number}@demo.example"}).status_code

    db.session.commit()
    with ThreadPoolExecutor(8) as crowd:
        statuses = list(crowd.map(one, range(8)))
    assert sorted(statuses) == [303] * 3 + [429] * 5
    assert states().count("asked") == 1


@contextmanager
def steps():
    """What is done to the database: rows held for writing, and writes."""
    done = []

    def tell(_connection, statement, *_rest):
        if getattr(statement, "is_dml", False):
            done.append(f"{statement.table.name} written")
        elif isinstance(statement, sa.Select) and "FOR UPDATE" in str(statement.compile(dialect=postgresql.dialect())):
            done.append(f"{statement.get_final_froms()[0].name} held")

    event.listen(db.engine, "before_execute", tell)
    try:
        yield done
    finally:
        event.remove(db.engine, "before_execute", tell)


@pytest.mark.parametrize("verb", [email_change.prove, email_change.stop, email_undo.undo])
def test_a_mailed_link_holds_the_account_before_it_writes(signed_in, browsers, mailbox, verb):
    """In one order, so that two links of one account, pressed at once, never wait for each other for ever."""
    change_to(signed_in)
    link = link_to(mailbox, NEW, PROVE)
    if verb is email_change.stop:
        link = link_to(mailbox, cast.ANN.email, STOP)
    if verb is email_undo.undo:
        press(browsers(), link)
        link = link_to(mailbox, cast.ANN.email, UNDO)
    with steps() as done, database.transaction():
        verb(link.rsplit("/", 1)[1])
    assert done[:2] == ["account held", "action_token written"]
