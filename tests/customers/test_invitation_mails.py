"""What invited people and old addresses find in their mailbox."""

from portal.accounts.service import recovery
from portal.accounts.service.sessions import Visitor
from portal.audit.service import OPERATOR
from portal.customers.service import invitations, profile, status
from portal.customers.service.profile import Details
from portal.foundation.database import db
from tests.mails import link_in


def invited():
    customer = profile.add_customer(
        Details(first_name="Zoë", last_name="Brontë", email="zoe@demo.example"), by=OPERATOR
    )
    invitations.invite(customer, OPERATOR)
    db.session.commit()
    return customer


def test_an_invitation_carries_a_link_that_opens(app, mailbox, browser):
    invited()
    [mail] = mailbox()
    assert mail["To"] == "zoe@demo.example"
    assert browser.open(link_in(mail, "/invitation/")).status_code == 200


def test_somebody_disabled_meanwhile_gets_no_invitation(app, mailbox):
    status.disable(invited(), "chargebacks", OPERATOR)
    db.session.commit()
    assert mailbox() == []


def test_who_was_invited_and_asks_to_recover_gets_the_invitation_again(app, mailbox, browser):
    invited()
    first = link_in(mailbox()[0], "/invitation/")
    recovery.request_recovery("zoe@demo.example", Visitor("127.0.0.1"))
    db.session.commit()
    again = link_in(mailbox()[-1], "/invitation/")
    assert browser.open(again).status_code == 200
    assert browser.open(first).status_code == 410
