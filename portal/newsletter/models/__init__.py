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
    "Delivery",
    "DeliveryChunk",
    "DeliveryState",
    "FormVersion",
    "Subscription",
    "SubscriptionState",
]
