"""Which campaign somebody left by: the one whose mail carried the link, as far as the link says it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.foundation import signing
from portal.foundation.clock import now
from portal.foundation.database import db, transaction
from portal.newsletter import mails
from portal.newsletter.models import ConsentEvent, Delivery, DeliveryEvent, DeliveryState, EventKind
from portal.newsletter.results import attributing
from portal.newsletter.sending import compiling
from portal.newsletter.sending.message import Recipient
from portal.newsletter.service import leaving
from tests.newsletter.campaigns import drafted
from tests.newsletter.ledger import ZOE, row, state
from tests.newsletter.people import subscriber

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def got(app, clock):
    """Zoe got Lamps three days ago and Chairs yesterday; the ids of both campaigns."""
    zoe = subscriber(ZOE)
    lamps, chairs = drafted(name="Lamps"), drafted(name="Chairs")
    with transaction():
        for campaign_id, days in ((lamps, 3), (chairs, 1)):
            at = now() - timedelta(days=days)
            mail = {"chunk": 0, "state": int(DeliveryState.ACCEPTED), "at": at}
            db.session.add(Delivery(campaign_id=campaign_id, subscription_id=zoe.id, **mail))
            db.session.get(attributing.Campaign, campaign_id).started_at = at
    return lamps, chairs


def left_by(client, token, clock):
    """Leave by one click; the campaigns that the results count it to."""
    assert client.post(f"/u/{token}", data=ONE_CLICK).status_code == 200
    assert state() == "unsubscribed"
    clock.shift(timedelta(seconds=10))
    attributing.attribute_departures()
    mine = sa.select(DeliveryEvent.campaign_id).where(DeliveryEvent.kind == EventKind.UNSUBSCRIBE)
    found = list(db.session.scalars(mine))
    db.session.commit()
    return found


def word_in(campaign_id):
    """The word of the link out in the mail of a campaign."""
    mail = compiling.compiled(campaign_id).make(Recipient(row().id, ZOE, {})).data.decode()
    return mail.partition("/u/")[2].partition(">")[0]


def test_a_departure_counts_to_the_campaign_whose_mail_carried_the_link(got, client, clock):
    lamps, _chairs = got
    assert left_by(client, word_in(lamps), clock) == [lamps]
    page = db.session.scalar(sa.select(ConsentEvent.page))
    assert leaving.campaign_on(page) == lamps


def test_a_link_of_before_links_said_so_still_works_and_counts_to_the_last_campaign(got, client, clock):
    _lamps, chairs = got
    old = signing.sign(mails.UNSUBSCRIBE, row().audience_id, row().id)
    assert leaving.read(old).campaign_id is None
    assert left_by(client, old, clock) == [chairs]


def test_a_link_of_a_campaign_that_is_gone_still_works(got, client, clock):
    _lamps, chairs = got
    gone = signing.sign(mails.UNSUBSCRIBE, row().audience_id, 4711, row().id)
    assert left_by(client, gone, clock) == [chairs]


@pytest.mark.parametrize("page", ["", "/u/<token>", "/u/<token>#campaign-", "/u/<token>#campaign-1x", "#campaign-1"])
def test_a_page_that_names_no_campaign_is_read_as_such(app, page):
    assert leaving.campaign_on(page) is None
