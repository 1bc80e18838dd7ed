"""What acts on many customers do to each of them, and whom they never reach."""

import re

import pytest
import sqlalchemy as sa

from portal.customers import custom_queries
from portal.customers.models import Customer, CustomerStatus
from portal.customers.service import tags
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.groups import queries as groups
from portal.jobs.models import Job, JobProblem
from portal.jobs.service import advance_due
from portal.newsletter import queries as newsletter
from portal.newsletter.models import Subscription, SubscriptionState
from portal.staff.models import StaffRole
from portal.staff.rules import Permission
from tests import cast
from tests.backoffice.desk import at_desk
from tests.cast import Person
from tests.groups.conftest import OTTO

BULK = "/staff/customers/bulk"


@pytest.fixture
def clerk(browser):
    """Clara at her desk."""
    return at_desk(browser, "clerk")


def picked(act, ids):
    return f"{BULK}/{act}?" + "&".join(f"id={number}" for number in ids)


def disabled():
    return sorted(db.session.scalars(sa.select(Customer.id).where(Customer.disabled_at.is_not(None))))


def problems():
    return [(row.subject, row.reason) for row in db.session.scalars(sa.select(JobProblem).order_by(JobProblem.id))]


def the_job():
    db.session.expire_all()
    return db.session.scalars(sa.select(Job).order_by(Job.id.desc()).limit(1)).one()


def token(browser, path="/staff/me"):
    return re.search(r'name="csrf_token" value="([^"]+)"', browser.open(path).text)[1]


def test_enabling_leaves_who_waits_for_a_decision_waiting(people, clerk, look):
    ivy = cast.applicant(cast.IVY, cast.group()).customer
    clerk.open(picked("disable", [people[0], ivy.id]))
    clerk.send("/disable", reason="Both")
    clerk.open(picked("enable", [people[0], people[1], ivy.id]))
    page = clerk.send("/enable")
    assert "2 customers enabled." in page.text
    assert look(ivy.id).status is CustomerStatus.WAITING
    assert groups.open_application(ivy.id) is not None
    clerk.open(clerk.path + "/undo")
    clerk.send("/undo")
    assert disabled() == [people[0], ivy.id]
    assert look(people[0]).disabled_reason == "Both"


def test_a_group_is_given_and_taken_back_with_the_terms_of_before(people, clerk):
    trade = cast.group()
    clerk.open(picked("group", people[:2]))
    assert clerk.send("/group", to_group="").status_code == 422
    page = clerk.send("/group", to_group=str(trade.id))
    assert "2 customers added to Trade." in page.text
    assert groups.preferred_group(people[0]).id == trade.id
    clerk.open(clerk.path + "/undo")
    assert "Taken back from 2 customers." in clerk.send("/undo").text
    assert [row.group.is_default for row in groups.memberships(people[0])] == [True]


def test_an_audience_is_asked_by_mail_and_nobody_is_subscribed_without_consent(people, clerk, outbox):
    audience = newsletter.default_audience()
    for number, state in ((0, SubscriptionState.ACTIVE), (1, SubscriptionState.UNSUBSCRIBED)):
        email = (cast.ANN, cast.BEN)[number].email
        db.session.add(Subscription(audience_id=audience.id, email=email, email_key=email, state=state))
    till = cast.customer(Person("Tom", "Till", "", "+91 98765 00000"), with_account=False, number="T-TOM")
    till.email_key = None
    db.session.commit()
    clerk.open(picked("audience", [*people[:3], till.id]))
    page = clerk.send("/audience", to_audience=str(audience.id))
    assert "1 customer asked about" in page.text
    assert "1 was so already." in page.text
    assert [reason for _, reason in problems()] == [
        "This customer has left the newsletter. Only they can subscribe again.",
        "There is no email address to ask at.",
    ]
    assert [mail.kind for mail in outbox()] == ["newsletter.confirm"]
    states = {row.email: row.state for row in db.session.scalars(sa.select(Subscription))}
    assert states["nth0@demo.example"] is SubscriptionState.PENDING
    assert states[cast.BEN.email] is SubscriptionState.UNSUBSCRIBED
    assert "/undo" not in page.text


@pytest.mark.parametrize(
    ("address", "status_code"),
    [
        (f"{BULK}/disable", 409),
        (f"{BULK}/disable?id=x&id=-1&id=99999999999999999999", 409),
        (f"{BULK}/disable?" + "&".join(f"id={n}" for n in range(1, 200)), 409),
        (f"{BULK}/disable?id=999999", 200),
        (f"{BULK}/nonsense?id=1", 404),
        (f"{BULK}/disable?id=%00", 409),
    ],
)
def test_an_address_that_makes_no_sense_is_refused_in_words(people, clerk, address, status_code):
    assert clerk.open(address).status_code == status_code


def test_acts_reach_no_further_than_the_stores_of_the_role(people, browsers, look):
    pune = cast.store()
    look(people[0]).stores = [pune]
    db.session.commit()
    cast.member(cast.OTTO, "pune", {Permission.CUSTOMER_VIEW, Permission.CUSTOMER_MODIFY}, shop=pune)
    clerk = browsers()
    clerk.open("/staff/sign-in")
    clerk.send(email=cast.OTTO.email, password=cast.STAFF_PASSWORD)
    assert "Disable 1 customer?" in clerk.open(picked("disable", people[:3])).text
    clerk.send("/disable", reason="Ours")
    assert disabled() == [people[0]]
    clerk.open(f"{BULK}/enable?select=all")
    assert "Enable 1 customer?" in clerk.page.text
    clerk.send("/enable")
    advance_due()
    assert the_job().total == 1
    assert disabled() == []


def test_who_was_erased_or_merged_is_no_longer_acted_on(people, clerk, look):
    look(people[0]).erased_at = now()
    look(people[1]).merged_into_id = people[2]
    db.session.commit()
    assert "Disable 1 customer?" in clerk.open(picked("disable", people[:3])).text
    clerk.send("/disable", reason="Asked to")
    assert disabled() == [people[2]]


def test_whom_the_role_no_longer_reaches_is_left_alone(people, clerk):
    clerk.open(f"{BULK}/disable?select=all&q=nobody")
    clerk.send("/disable", reason="Closing")
    db.session.execute(sa.update(StaffRole).values(store_id=cast.store().id))
    db.session.commit()
    advance_due()
    assert disabled() == []
    assert the_job().total == 0


def test_acts_need_their_right(people, browsers):
    marketing = at_desk(browsers(), "marketing")
    assert marketing.open(picked("disable", people)).status_code == 403
    answer = marketing.client.post(f"{BULK}/disable", data={"ids": "1", "csrf_token": token(marketing)})
    assert answer.status_code == 403


def test_tags_are_added_beside_those_they_have_and_taken_off_again(people, clerk, look):
    tags.add(look(people[0]), "Fair", by=OTTO)
    db.session.commit()
    clerk.open(picked("tags", people[:3]))
    page = clerk.send("/tags", tags="fair, Spring")
    assert "3 customers tagged fair, Spring." in page.text
    assert [tag.name for tag in custom_queries.tags_of(people[0])] == ["Fair", "Spring"]
    clerk.open(clerk.path + "/undo")
    clerk.send("/undo")
    db.session.expire_all()
    assert [[tag.name for tag in custom_queries.tags_of(one)] for one in people[:3]] == [["Fair"], [], []]


@pytest.mark.parametrize("typed", ["", " , ", "x" * 41, "\u200b"])
def test_tags_that_cannot_be_shown_are_refused_and_kept_as_typed(people, clerk, typed):
    clerk.open(picked("tags", people[:2]))
    page = clerk.send("/tags", tags=typed)
    assert page.status_code == 422
    assert 'href="#tags"' in page.text
    assert custom_queries.tags_of(people[0]) == []
