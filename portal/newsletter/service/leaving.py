"""The way out that every mail to an audience carries: a signed link that works for ever."""

from portal.foundation import signing
from portal.newsletter import mails, queries
from portal.newsletter.models import Subscription


def subscription_of(token: str) -> Subscription | None:
    """The subscription that a link leads out of; None when it or its audience is gone: nothing is left to do.

    Raises:
        NotFound: the link was not made here, or was changed.
    """
    audience_id, subscription_id = signing.read(mails.UNSUBSCRIBE, token, 2)
    row = queries.subscription(subscription_id)
    return row if row is not None and row.audience_id == audience_id else None
