"""A registration waits, is confirmed once, ends the others of its address, and is forgotten."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts import queries
from portal.accounts.errors import EmailTaken
from portal.accounts.models import Ending, Realm, Registration
from portal.accounts.service import registration
from portal.foundation import clock as time
from portal.foundation.database import db
from portal.foundation.errors import Expired
from tests import cast
from tests.accounts.stage import DORA, UMA, disabled, registered
from tests.mails import link_in


def ends():
    return list(db.session.scalars(sa.select(Registration.ended_as).order_by(Registration.id)))


def test_the_newest_is_found_first_and_ended_ones_not_at_all(app):
    first, second = registered(), registered()
    assert queries.waiting_registrations("UMA@demo.example") == [second, first]
    registration.end_others(second)
    db.session.commit()
    assert queries.waiting_registrations(UMA.email) == []
    assert ends() == [Ending.SUPERSEDED, Ending.CONFIRMED]


def test_a_registration_is_confirmed_once(app):
    row = registered()
    registration.end_others(row)
    with pytest.raises(Expired):
        registration.end_others(row)


def test_an_address_has_one_account_in_a_realm_whatever_its_spelling(app):
    registration.open_account(realm=Realm.CUSTOMER, email="ann@demo.example", password_hash="")
    with pytest.raises(EmailTaken):
        registration.open_account(realm=Realm.CUSTOMER, email="ANN@Demo.Example", password_hash="")
    registration.open_account(realm=Realm.STAFF, email="ann@demo.example", password_hash="")


def test_nobody_is_kept_who_never_confirmed(clock, app):
    registered()
    clock.shift(timedelta(days=7))
    assert queries.waiting_registrations(UMA.email) == []
    registration.sweep()
    db.session.commit()
    assert ends() == [Ending.EXPIRED]
    clock.shift(timedelta(days=1))
    registration.sweep()
    assert ends() == []


def test_confirmed_ones_are_forgotten_after_a_month(clock, app):
    registration.end_others(registered())
    clock.shift(timedelta(days=29))
    registration.sweep()
    assert ends() == [Ending.CONFIRMED]
    clock.shift(timedelta(days=1))
    registration.sweep()
    assert ends() == []


def test_the_mail_of_a_taken_address_goes_to_the_stored_one_and_says_so(app, mailbox):
    cast.customer(cast.ANN)
    disabled()
    for email in ("ANN@demo.example", DORA.email):
        registration.send_again(email)
    db.session.commit()
    mails = mailbox()
    assert [mail["To"] for mail in mails] == [cast.ANN.email, DORA.email]
    assert {mail["Subject"] for mail in mails} == {"You already have an account at Northgate Goods"}
    assert link_in(mails[0], "/recover") == "/recover"


def test_the_link_leads_to_the_registration_and_a_newer_one_replaces_it(app, mailbox):
    first, second = registered(), registered()
    registration.send_link(first)
    registration.send_again(UMA.email)
    registration.send_again(UMA.email)
    db.session.commit()
    links = [link_in(mail, "/confirm-email/") for mail in mailbox()]
    assert len(set(links)) == 3
    from portal.foundation import tokens

    assert tokens.find(registration.CONFIRM, links[0].rsplit("/", 1)[1]).subject_id == first.id
    assert tokens.find(registration.CONFIRM, links[2].rsplit("/", 1)[1]).subject_id == second.id
    with pytest.raises(Expired):
        tokens.find(registration.CONFIRM, links[1].rsplit("/", 1)[1])


def test_an_ended_registration_gets_no_link(app):
    row = registered()
    row.ended_at = time.now()
    db.session.commit()
    with pytest.raises(Expired):
        registration.send_link(row)
