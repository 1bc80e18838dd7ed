"""The tables of this feature."""

from portal.newsletter.models.audience import IS_PENDING, Audience, Subscription, SubscriptionState
from portal.newsletter.models.consent import ConsentAction, ConsentEvent, ConsentSource, FormVersion

__all__ = [
    "IS_PENDING",
    "Audience",
    "ConsentAction",
    "ConsentEvent",
    "ConsentSource",
    "FormVersion",
    "Subscription",
    "SubscriptionState",
]
