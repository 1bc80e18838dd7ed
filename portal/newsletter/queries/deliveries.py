"""Who got which campaign, also after its ledger was packed into bits."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.foundation.database import db
from portal.newsletter.models import DeliveryBits
from portal.newsletter.rules import bitmaps

Campaigns = Collection[int] | sa.Select[tuple[int]]


@dataclass(frozen=True)
class Packed:
    """How the mail of one recipient ended; `at` is when the last of some hundred did."""

    campaign_id: int
    subscription_id: int
    state: int
    at: datetime | None
    first_id: int  # of the row in which this stands


def packed(campaigns: Campaigns, subscription_ids: Collection[int]) -> list[Packed]:
    """How mails of campaigns to some subscriptions ended, as far as their ledgers are packed."""
    if not subscription_ids:
        return []
    spans = [sa.and_(DeliveryBits.first_id <= one, DeliveryBits.last_id >= one) for one in subscription_ids]
    rows = sa.select(DeliveryBits).where(DeliveryBits.campaign_id.in_(campaigns), sa.or_(*spans))
    return [
        Packed(row.campaign_id, one, row.state, row.at, row.first_id)
        for row in db.session.scalars(rows.execution_options(populate_existing=True))
        for one in subscription_ids
        if row.first_id <= one <= row.last_id and bitmaps.has(row.bits, row.first_id, one)
    ]
