"""The tables of this feature."""

from portal.newsletter.models.audience import IS_PENDING, Audience, Subscription, SubscriptionState
from portal.newsletter.models.campaign import (
    IS_LOOSE,
    Campaign,
    CampaignContent,
    CampaignState,
    ChunkState,
    Delivery,
    DeliveryChunk,
    DeliveryState,
)
from portal.newsletter.models.compacted import DeliveryBits
from portal.newsletter.models.consent import (
    HAS_WHOLE,
    ConsentAction,
    ConsentEvent,
    ConsentImport,
    ConsentSource,
    FormVersion,
)
from portal.newsletter.models.domain import SenderDomain
from portal.newsletter.models.events import (
    IS_TOUCH,
    CampaignLink,
    DeliveryEvent,
    EventKind,
    InboundReport,
    ReportKind,
)
from portal.newsletter.models.picture import ContentPicture, LibraryPicture
from portal.newsletter.models.results import AudienceDay, CampaignCounter, CampaignResult, ChunkReading, ReadingMark
from portal.newsletter.models.segment import Segment
from portal.newsletter.models.sending import DomainPace, Installation

__all__ = [
    "HAS_WHOLE",
    "IS_LOOSE",
    "IS_PENDING",
    "IS_TOUCH",
    "Audience",
    "AudienceDay",
    "Campaign",
    "CampaignContent",
    "CampaignCounter",
    "CampaignLink",
    "CampaignResult",
    "CampaignState",
    "ChunkReading",
    "ChunkState",
    "ConsentAction",
    "ConsentEvent",
    "ConsentImport",
    "ConsentSource",
    "ContentPicture",
    "Delivery",
    "DeliveryBits",
    "DeliveryChunk",
    "DeliveryEvent",
    "DeliveryState",
    "DomainPace",
    "EventKind",
    "FormVersion",
    "InboundReport",
    "Installation",
    "LibraryPicture",
    "ReadingMark",
    "ReportKind",
    "Segment",
    "SenderDomain",
    "Subscription",
    "SubscriptionState",
]
