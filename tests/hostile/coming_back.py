"""A campaign that was sent, and a report that nobody understood, in the shop that is attacked."""

import sqlalchemy as sa

from portal.foundation.clock import now
from portal.foundation.database import db
from portal.newsletter import queries
from portal.newsletter.bounces import intake
from portal.newsletter.models import Campaign, CampaignState, InboundReport
from tests.hostile.doors import Facts


def facts() -> Facts:
    """What the addresses of results and bounces mean."""
    campaign = Campaign(
        public_id="sent",
        audience_id=queries.default_audience().id,
        name="Lamps",
        state=CampaignState.FINISHED,
        excluded={},
        started_at=now(),
    )
    db.session.add(campaign)
    db.session.flush()
    intake.keep(b"Subject: Odd\r\n\r\nNobody knows what.", "bounces@demo.example")
    report_id = db.session.scalar(sa.select(InboundReport.id))
    db.session.commit()
    return {
        "results number": str(campaign.id),
        "report_id": str(report_id),
    }
