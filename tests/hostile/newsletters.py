"""What a newsletter leaves where anybody may knock: past issues, counted links, addresses not written to."""

from portal.foundation.clock import now
from portal.foundation.database import db
from portal.mail import queries as mail
from portal.mail import service as post
from portal.newsletter.models import Audience, Campaign, CampaignContent, CampaignLink, CampaignState


def issue(audience_id: int) -> str:
    """A past issue that anybody may read."""
    content = CampaignContent(sender="News <news@demo.example>", subject="Lamps", html="<p>Lamps</p>", text="Lamps")
    issue = Campaign(public_id="pastissue", audience_id=audience_id, name="Lamps", excluded={}, content=content)
    issue.state, issue.is_archived, issue.started_at = CampaignState.FINISHED, True, now()
    db.session.add(issue)
    db.session.commit()
    return issue.public_id


def archive(audience_id: int) -> str:
    audience = db.session.get_one(Audience, audience_id)
    audience.has_archive = True
    db.session.commit()
    return audience.slug


def suppressed(email: str) -> str:
    post.suppress(email, "Bounced")
    db.session.commit()
    found = mail.suppression_in_clear(email)
    assert found is not None
    return str(found.id)


def counted_link(audience_id: int) -> int:
    """A link of a campaign, which leads on to the shop."""
    campaign = Campaign(public_id="hostile", audience_id=audience_id, name="Lamps", excluded={})
    db.session.add(campaign)
    db.session.flush()
    link = CampaignLink(campaign_id=campaign.id, position=1, url="https://shop.example/lamps")
    db.session.add(link)
    db.session.commit()
    return link.id


def facts(audience_id: int) -> dict[str, str]:
    """What stands in the addresses of their pages."""
    return {
        "newsletter_archive public_id": issue(audience_id),
        "newsletter_archive slug": archive(audience_id),
        "suppressions suppression_id": suppressed("gone@demo.example"),
    }
