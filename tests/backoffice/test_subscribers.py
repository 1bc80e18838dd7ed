"""One subscriber with the evidence, who is invited by mail and taken out on their word."""

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditEntry
from portal.foundation.database import db
from portal.mail.service import suppress
from portal.newsletter import queries
from portal.newsletter.models import Campaign, Delivery, DeliveryState, SubscriptionState
from tests.mails import link_in
from tests.newsletter.ledger import ZOE, join, lines, state
from tests.newsletter.people import days_ago, subscriber


def path():
    return f"/staff/audiences/{queries.default_audience().id}"


def test_the_page_shows_what_proves_the_subscription(mark, browsers, mailbox):
    join(browsers(), mailbox)
    page = mark.open(f"{path()}/subscribers/{queries.of_email(ZOE)[0].id}")
    assert "Confirmed Newsletter, by the link in a mail" in page.text
    assert "Yes, send me the newsletter by email." in page.text
    assert "No campaign went to this address yet" in page.text


def test_the_page_shows_what_was_sent_and_what_came_of_it(mark):
    row = subscriber(ZOE)
    campaign = Campaign(public_id="a", audience_id=row.audience_id, name="Lamps", started_at=days_ago(1))
    db.session.add(campaign)
    db.session.flush()
    db.session.add(
        Delivery(
            campaign_id=campaign.id,
            subscription_id=row.id,
            chunk=0,
            state=DeliveryState.REJECTED,
            code="550 no <mailbox>",
        )
    )
    page = mark.open(f"{path()}/subscribers/{row.id}")
    assert "Lamps" in page.text
    assert "550 no &lt;mailbox&gt;" in page.text
    assert "Refused" in page.text


def test_an_invited_address_is_in_once_it_presses_the_button(mark, browsers, mailbox):
    mark.open(f"{path()}/invite")
    mark.send(email=ZOE)
    assert state() == "pending"
    assert lines() == [("admin", "staff")]
    zoe = browsers()
    zoe.open(link_in(mailbox()[-1], "/newsletter/confirm/"))
    zoe.send()
    assert state() == "active"


@pytest.mark.parametrize("before", ["unsubscribed", "cleaned", "complained", "suppressed", "forgotten"])
def test_nobody_who_decided_otherwise_is_invited(mark, browsers, mailbox, before):
    if before == "suppressed":
        suppress(ZOE, "bounced")
    elif before == "forgotten":
        browsers().client.post(join(browsers(), mailbox), data={"List-Unsubscribe": "One-Click"})
        db.session.delete(queries.of_email(ZOE)[0])
    else:
        subscriber(ZOE, SubscriptionState(before))
    db.session.commit()
    number = len(mailbox())
    mark.open(f"{path()}/invite")
    assert mark.send(email=ZOE).status_code == 422
    assert (state() in (None, before), len(mailbox())) == (True, number)


def test_who_is_in_already_is_not_asked_again(mark, mailbox):
    subscriber(ZOE)
    mark.open(f"{path()}/invite")
    assert "is in it, or was asked already" in mark.send(email=ZOE).text
    assert (mailbox(), lines()) == ([], [])


def test_somebody_is_taken_out_with_a_reason(mark):
    row = subscriber(ZOE)
    page = f"{path()}/subscribers/{row.id}"
    mark.open(f"{page}/remove")
    assert mark.send(reason="").status_code == 422
    mark.send(reason="Asked on the telephone")
    assert (mark.path, state(), lines()) == (page, "unsubscribed", [("withdraw", "staff")])
    [entry] = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.verb == "subscriber.removed"))
    assert (entry.reason, entry.actor_name) == ("Asked on the telephone", "Mark Marketing")
    assert "Take out" not in mark.open(page).text


@pytest.mark.parametrize("number", ["0", "4711", "99999999999", "x"])
def test_nobody_of_that_number_is_not_found(mark, number):
    assert mark.open(f"{path()}/subscribers/{number}").status_code == 404
    row = subscriber(ZOE)
    assert mark.open(f"/staff/audiences/4711/subscribers/{row.id}").status_code == 404
