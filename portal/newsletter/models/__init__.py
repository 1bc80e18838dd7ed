"""The tables of this feature."""

from portal.newsletter.models.audience import IS_PENDING, Audience, Subscription, SubscriptionState
from portal.newsletter.models.campaign import (
    Campaign,
    CampaignContent,
    CampaignState,
    ChunkState,
    Delivery,
    DeliveryChunk,
    DeliveryState,
)
from portal.newsletter.models.consent import ConsentAction, ConsentEvent, ConsentImport, ConsentSource, FormVersion
from portal.newsletter.models.domain import SenderDomain
from portal.newsletter.models.picture import ContentPicture, LibraryPicture
from portal.newsletter.models.segment import Segment

__all__ = [
    "IS_PENDING",
    "Audience",
    "Campaign",
    "CampaignContent",
    "CampaignState",
    "ChunkState",
    "ConsentAction",
    "ConsentEvent",
    "ConsentImport",
    "ConsentSource",
    "ContentPicture",
    "Delivery",
    "DeliveryChunk",
    "DeliveryState",
    "FormVersion",
    "LibraryPicture",
    "Segment",
    "SenderDomain",
    "Subscription",
    "SubscriptionState",
]
