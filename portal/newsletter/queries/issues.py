"""Past issues that anybody may read: those of audiences with an archive, marked for it, and on their way or sent."""

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from portal.foundation.database import db
from portal.newsletter.models import Audience, Campaign, CampaignState

OUT = (
    *(CampaignState.SENDING, CampaignState.FINISHING, CampaignState.FINISHED),
    *(CampaignState.PAUSING, CampaignState.PAUSED),
)
MOST = 100  # issues of a list or a feed, the newest


def audiences() -> list[Audience]:
    """The audiences whose past issues anybody may read."""
    query = sa.select(Audience).where(Audience.is_public, Audience.has_archive)
    return list(db.session.scalars(query.order_by(Audience.is_default.desc(), Audience.id)))


def audience(slug: str) -> Audience | None:
    """One of them."""
    return db.session.scalar(sa.select(Audience).where(Audience.slug == slug, Audience.is_public, Audience.has_archive))


def of_audience(audience_id: int, most: int = MOST) -> list[Campaign]:
    """Its past issues, newest first."""
    query = _open().where(Campaign.audience_id == audience_id)
    return list(db.session.scalars(query.order_by(Campaign.started_at.desc(), Campaign.id.desc()).limit(most)))


def issue(public_id: str) -> Campaign | None:
    """One issue, by the word that stands for it in links."""
    return db.session.scalar(_open().where(Campaign.public_id == public_id))


def _open() -> sa.Select[tuple[Campaign]]:
    return (
        sa.select(Campaign)
        .join(Campaign.audience)
        .options(contains_eager(Campaign.audience))
        .where(Campaign.is_archived, Campaign.state.in_(OUT), Campaign.content_id.is_not(None))
        .where(Campaign.started_at.is_not(None), Audience.is_public, Audience.has_archive)
    )
