"""What somebody prepared before the true owner came is worth nothing after."""

import sqlalchemy as sa

from portal.accounts.models import EmailChange, Registration, SecurityAnswer
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.groups.models import Application
from portal.newsletter.models import Subscription
from tests import cast
from tests.accounts.moving import NEW, account, change_to, link_to, mails_to, states
from tests.accounts.pressing import press
from tests.accounts.recovering import ask as ask_reset
from tests.accounts.recovering import recover
from tests.accounts.test_sessions import sign_in
from tests.mails import text_of
from tests.storefront.newcomer import EMAIL, PASSWORD, become_customer, confirm_links, register

PROVE = "/account/email/"
NORA = cast.Person("Nora", "Newman", EMAIL)


def test_a_reset_by_the_owner_ends_what_somebody_prepared(signed_in, browsers, mailbox):
    """The unexpired change of address: an attacker asks for one and waits until the owner is back."""
    change_to(signed_in)
    link = link_to(mailbox, NEW, PROVE)
    owner = browsers()
    assert recover(owner, ask_reset(owner, mailbox)).status_code == 303
    assert press(browsers(), link).status_code == 410
    assert account().email == cast.ANN.email
    assert signed_in.open("/account").request.path == "/sign-in", "the unexpired session ends, too"


def test_a_changed_password_ends_it_too(signed_in, browsers, mailbox):
    change_to(signed_in)
    link = link_to(mailbox, NEW, PROVE)
    signed_in.open("/account/security")
    signed_in.send(current_password=cast.PASSWORD, password="violet ladder", confirm_password="violet ladder")
    assert press(browsers(), link).status_code == 410
    assert states() == ["cancelled"]
    assert db.session.scalars(sa.select(EmailChange)).one().settled_at <= now()


def test_of_two_who_registered_the_reader_of_the_mailbox_gets_the_account(browsers, mailbox):
    attacker, owner = browsers(), browsers()
    chosen = "what the attacker chose"
    register(attacker, password=chosen, confirm_password=chosen, newsletter="1")
    register(owner)
    [_, link] = confirm_links(mailbox())
    press(owner, link)
    assert sign_in(browsers(), NORA, chosen).status_code == 422
    assert sign_in(browsers(), NORA, PASSWORD).status_code == 303
    assert {row.ended_as.value for row in db.session.scalars(sa.select(Registration))} == {"confirmed", "superseded"}
    assert db.session.scalars(sa.select(Subscription)).all() == [], "nor does anything that the attacker ticked stay"


def test_the_link_of_the_attackers_registration_asks_the_owner_for_a_password_they_do_not_know(browsers, mailbox):
    attacker, owner = browsers(), browsers()
    trade = cast.group()
    register(attacker, newsletter="1", customer_group=str(trade.id))
    [link] = confirm_links(mailbox())
    assert "I did not choose one" in owner.open(link).text
    owner.open(f"{link}?new=1")
    owner.send(new_password="seven quiet lanterns", confirm_password="seven quiet lanterns")
    row = account()
    assert (row.held_for, db.session.get(SecurityAnswer, row.id)) == (None, None)
    assert [db.session.scalars(sa.select(table)).all() for table in (Application, Subscription)] == [[], []]
    assert sign_in(browsers(), NORA, PASSWORD).status_code == 422
    assert attacker.open("/account").request.path == "/sign-in"


def test_an_address_that_only_waits_is_no_way_back_for_anybody(signed_in, browsers, mailbox):
    change_to(signed_in)
    stranger = browsers()
    stranger.open("/recover")
    stranger.send("/recover", email=NEW)
    assert not [mail for mail in mails_to(mailbox, NEW) if "/recover/" in text_of(mail)]
    assert sign_in(browsers(), cast.Person("Ann", "Adeyemi", NEW)).status_code == 422


def test_who_registers_the_address_that_is_asked_for_keeps_it(signed_in, browsers, mailbox):
    """An attacker asks to move an account to the address of somebody who has none yet."""
    change_to(signed_in, EMAIL)
    moving = link_to(mailbox, EMAIL, PROVE)
    owner = browsers()
    become_customer(owner, mailbox)
    assert press(browsers(), moving).status_code == 409
    assert sign_in(browsers(), NORA, PASSWORD).status_code == 303
    assert account().email == cast.ANN.email
