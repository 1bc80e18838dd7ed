"""The way out that every mail to an audience carries: a signed link that works for ever."""

import re
from dataclasses import dataclass

from portal.foundation import signing
from portal.foundation.errors import NotFound
from portal.newsletter import mails, queries
from portal.newsletter.models import Subscription

PAGE = "/u/<token>"
_FROM = re.compile(re.escape(PAGE) + r"#campaign-(\d{1,18})")


@dataclass(frozen=True)
class WayOut:
    """What a link out says; it says of no campaign where another mail carried it, or it was sent before links did."""

    audience_id: int
    subscription_id: int
    campaign_id: int | None = None

    @property
    def page(self) -> str:
        """Where the button stood, as the ledger keeps it."""
        return PAGE if self.campaign_id is None else f"{PAGE}#campaign-{self.campaign_id}"


def read(token: str) -> WayOut:
    """What a link says; asks no database.

    Raises:
        NotFound: it was not made here, or was changed.
    """
    try:
        audience_id, campaign_id, subscription_id = signing.read(mails.UNSUBSCRIBE, token, 3)
    except NotFound:
        return WayOut(*signing.read(mails.UNSUBSCRIBE, token, 2))
    return WayOut(audience_id, subscription_id, campaign_id)


def campaign_on(page: str) -> int | None:
    """The campaign whose mail carried the link, as the page of a ledger's line says it."""
    found = _FROM.fullmatch(page)
    return int(found[1]) if found else None


def subscription_of(token: str) -> Subscription | None:
    """The subscription that a link leads out of; None when it or its audience is gone: nothing is left to do.

    Raises:
        NotFound: the link was not made here, or was changed.
    """
    way = read(token)
    row = queries.subscription(way.subscription_id)
    return row if row is not None and row.audience_id == way.audience_id else None
