"""The tables of this feature."""

from portal.newsletter.models.audience import Audience, Subscription, SubscriptionState
from portal.newsletter.models.consent import ConsentAction, ConsentEvent, ConsentSource, FormVersion

__all__ = [
    "Audience",
    "ConsentAction",
    "ConsentEvent",
    "ConsentSource",
    "FormVersion",
    "Subscription",
    "SubscriptionState",
]
