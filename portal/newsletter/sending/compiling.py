"""From the rows of a campaign to the message that is filled in for each recipient."""

import hmac
from base64 import b32encode
from collections.abc import Callable
from urllib.parse import urlsplit

from portal.config import Settings, settings
from portal.foundation import crypto, signing
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.newsletter.bounces import verp
from portal.newsletter.mails import UNSUBSCRIBE
from portal.newsletter.models import Campaign
from portal.newsletter.sending import links
from portal.newsletter.sending.message import Compiled, Letterhead

MESSAGE = "campaign message"  # purpose of the word in a Message-ID


def compiled(campaign_id: int) -> Compiled:
    """The message of a campaign.

    Raises:
        NotFound: the campaign is gone, or says nothing.
        KeyUnfit: the key for DKIM is none.
    """
    campaign = db.session.get(Campaign, campaign_id)
    content = campaign.content if campaign is not None else None
    if campaign is None or content is None:
        raise NotFound(_("This campaign is gone."))
    own, audience = settings(), campaign.audience
    host = urlsplit(own.base_url).hostname or "localhost"
    head = Letterhead(
        campaign_id=campaign.id,
        public_id=campaign.public_id,
        sender=content.sender,
        reply_to=content.reply_to,
        list_name=audience.name,
        list_id=f"{audience.slug}.{host}",
        host=host,
        base_url=own.base_url.rstrip("/"),
        shop=own.shop_name,
        feedback_id=f"{campaign.public_id}:{audience.slug}:newsletter:{host}",
        message_word=_word_for_messages(campaign.id),
        unsubscribe_word=signing.signer(UNSUBSCRIBE, audience.id, campaign.id),
        envelope_from=verp.maker(campaign.id) or (lambda _id: own.mail_default_sender),
        signature=_signature(own),
    )
    html, text, targets = links.tracked(campaign, content.html, content.text)
    return Compiled(head, subject=content.subject, html_text=html, plain=text, links=targets)


def _signature(own: Settings) -> Callable[[bytes, bytes], bytes] | None:
    if not own.dkim_key:
        return None
    from portal.newsletter.sending import dkim  # noqa: PLC0415 - five megabytes that no web worker needs

    return dkim.read(own.dkim_domain, own.dkim_selector, own.dkim_key)


def _word_for_messages(campaign_id: int) -> Callable[[int], str]:
    """The same word for the same recipient at every try, told to nobody else."""
    key = crypto.ring().key(MESSAGE)

    return lambda subscription_id: message_word(key, campaign_id, subscription_id)


def message_word(key: bytes, campaign_id: int, subscription_id: int) -> str:
    """What stands for a recipient in a Message-ID."""
    code = hmac.digest(key, b"%d.%d" % (campaign_id, subscription_id), "sha256")
    return b32encode(code[:15]).decode().lower()
