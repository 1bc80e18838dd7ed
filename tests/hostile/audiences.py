"""A segment, a subscriber and a file to import of the shop that is attacked."""

from portal.audit.service import OPERATOR
from portal.foundation import files
from portal.foundation.database import db
from portal.newsletter.models import Subscription
from portal.newsletter.rules.segments import Box, Match, Row
from portal.newsletter.service import segments
from portal.transfers.service import subscribers
from tests.hostile.doors import Facts


def facts(subscription: Subscription, word: str) -> Facts:
    """What the addresses of audiences' pages mean; `word` is the link out of a newsletter."""
    box = Box(Match.ALL, (Row("customer", "is", "record"),))
    segment = segments.add(subscription.audience, "Customers", box, by=OPERATOR)
    file = files.store(b"email\nzoe@demo.example\n", purpose=subscribers.PURPOSE, media_type="text/csv", name="a.csv")
    db.session.commit()
    return {
        "segment_id": str(segment.id),
        "subscribers subscription_id": str(subscription.id),
        "subscriber_import file_id": str(file.id),
        "leaving token": word,
        "preferences token": word,
    }
