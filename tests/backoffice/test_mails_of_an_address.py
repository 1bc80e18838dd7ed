"""Mails on a customer's pages: those that are theirs, whatever else went to an address that staff typed."""

import pytest
import sqlalchemy as sa

from portal.backoffice.mail_kinds import in_words
from portal.customers import queries as customers
from portal.foundation.database import db
from portal.mail.models import OutboxMessage
from portal.mail.rules import TO_STAFF
from portal.mail.service import post, posting
from portal.staff.rules import OWNER
from tests import cast
from tests.backoffice.desk import at_desk

LIST = "/staff/customers"
# Written out once more: a new kind is classed by whoever adds it, here or in TO_STAFF.
TO_CUSTOMERS = {
    *("customers.closing", "customers.invitation", "customers.kept", "customers.my_data", "customers.texted_start"),
    *("groups.approved", "groups.closed", "groups.declined", "groups.left", "groups.question", "groups.received"),
    *("groups.withdrawn", "newsletter.confirm", "newsletter.welcome"),
}
STAYS_AT_WORK = ["accounts.new_device", "accounts.unlock", *sorted(TO_STAFF)]


@pytest.fixture
def owner(app):
    """Otto, who works here, with what his mailbox gets at work."""
    return cast.member(cast.OTTO, "owner", set(OWNER))


@pytest.fixture
def clerk(browser):
    """Clara at her desk."""
    return at_desk(browser, "clerk")


def posted(kind, owner):
    more = {"realm": "staff"} if kind == "accounts.unlock" else {"account": owner.account_id}
    return post(kind, owner.email, member=owner.id, **more)


def added_by(clerk, email):
    """Somebody on record under an address that the clerk typed."""
    clerk.open(f"{LIST}/new")
    clerk.send(first_name="Somebody", last_name="New", email=email)
    return customers.by_email(email)


def told(clerk, customer):
    return "".join(clerk.open(f"{LIST}/{customer.number}?tab={tab}").text for tab in ("mails", "timeline"))


@pytest.mark.parametrize("kind", STAYS_AT_WORK)
def test_what_staff_get_at_work_is_on_no_page_of_a_customer_with_their_address(clerk, owner, kind):
    mine = added_by(clerk, owner.email)
    message = posted(kind, owner)
    db.session.commit()
    page = told(clerk, mine)
    assert in_words("customers.invitation") in page
    assert in_words(kind) not in page
    clerk.open(f"{LIST}/{mine.number}?tab=mails")
    secret = clerk.page.text.split('name="csrf_token" value="')[1].split('"')[0]
    again = f"{LIST}/{mine.number}/mails/{message}/again"
    assert clerk.client.post(again, data={"csrf_token": secret}).status_code == 404
    assert db.session.scalar(sa.select(sa.func.count()).where(OutboxMessage.kind == kind)) == 1


def test_without_an_account_nobody_has_the_mails_of_before_their_record(clock, clerk):
    post("newsletter.welcome", "zoe@demo.example", subscription=0)
    db.session.commit()
    clock.shift(60)
    zoe = added_by(clerk, "zoe@demo.example")
    page = told(clerk, zoe)
    assert in_words("customers.invitation") in page
    assert in_words("newsletter.welcome") not in page


def test_an_account_shows_that_the_mails_of_before_were_theirs(clock, clerk):
    post("accounts.registration", cast.ANN.email, registration=0)
    db.session.commit()
    clock.shift(60)
    assert in_words("accounts.registration") in told(clerk, cast.customer(cast.ANN))


def test_every_kind_of_mail_goes_to_staff_or_to_customers(app):
    notices = {kind for kind in posting.kinds() if kind.startswith(("accounts.", "tests."))}  # to both realms
    assert set(posting.kinds()) - notices == TO_STAFF | TO_CUSTOMERS
    assert not TO_STAFF & TO_CUSTOMERS
