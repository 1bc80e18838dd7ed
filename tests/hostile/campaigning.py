"""A campaign and a picture of the shop that is attacked."""

from portal.audit.service import OPERATOR
from portal.foundation.database import db
from portal.newsletter import queries
from portal.newsletter.service import drafting, library
from tests.hostile.doors import Facts

PAGES = ("campaigns", "campaign_previews", "campaign_reviews", "campaign_progress")
DOT = (  # a PNG of one pixel, as the library keeps them
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\r"
    b"IDATx\x9cc\xf8\xff\xff?\x03\x00\x08\xfc\x02\xfe\xa7\x9a\xa0\xa0\x00\x00\x00\x00IEND\xaeB`\x82"
)


def facts() -> Facts:
    """What the addresses of campaigns' pages mean."""
    draft = drafting.begin("Draft", queries.default_audience(), by=OPERATOR)
    picture = library.add(DOT, "Dot", "A dot", by=OPERATOR)
    db.session.commit()
    return {f"{page} number": str(draft.id) for page in PAGES} | {
        "campaign_pictures number": str(picture.id),
        "mail_pictures file": f"{picture.key}.png",
    }
