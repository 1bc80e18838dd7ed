"""A campaign that was sent, with a counted link and a report about it, in the shop that is attacked."""

import sqlalchemy as sa

from portal.foundation import signing
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.newsletter import queries
from portal.newsletter.bounces import intake
from portal.newsletter.models import Campaign, CampaignLink, CampaignState, InboundReport, Subscription
from portal.newsletter.sending.links import CLICK
from tests.hostile.doors import Facts


def facts() -> Facts:
    """What the addresses of results, bounces and counted links mean."""
    campaign = Campaign(
        public_id="hostile",
        audience_id=queries.default_audience().id,
        name="Lamps",
        state=CampaignState.FINISHED,
        excluded={},
        started_at=now(),
    )
    db.session.add(campaign)
    db.session.flush()
    link = CampaignLink(campaign_id=campaign.id, position=1, url="https://shop.example/lamps")
    db.session.add(link)
    db.session.flush()
    intake.keep(b"Subject: Odd\r\n\r\nNobody knows what.", "bounces@demo.example")
    report_id = db.session.scalar(sa.select(InboundReport.id))
    subscription_id = db.session.scalars(sa.select(Subscription.id).order_by(Subscription.id)).first()
    db.session.commit()
    return {
        "results number": str(campaign.id),
        "report_id": str(report_id),
        "clicking token": signing.sign(CLICK, link.id, subscription_id or 0),
    }
