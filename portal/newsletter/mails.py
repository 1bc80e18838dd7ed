"""The mails of this feature, and the headers by which a mailbox offers the way out."""

from datetime import timedelta
from email.utils import formataddr
from urllib.parse import urlsplit

import sqlalchemy as sa

from portal.config import settings
from portal.foundation import emails, signing, tokens
from portal.foundation.database import db
from portal.foundation.text import locale
from portal.mail import service
from portal.mail.models import OutboxMessage, State
from portal.mail.service import Letter
from portal.newsletter.models import Subscription, SubscriptionState
from portal.newsletter.rules import PENDING_KEPT

CONFIRM = tokens.Purpose("newsletter-confirm", PENDING_KEPT)
UNSUBSCRIBE = "unsubscribe"  # purpose of the signed link

DAY = timedelta(days=1)
PAUSE = timedelta(minutes=10)  # between two confirmation mails for one address and audience
MOST = 3  # confirmation mails of one address within a day, over all audiences


def ask_to_confirm(subscription: Subscription, *others: Subscription) -> None:
    """Post the mail that asks for the button, one for all; whether it goes out is decided when it is rendered."""
    service.post(
        "newsletter.confirm",
        subscription.email,
        subscription=subscription.id,
        others=[other.id for other in others],
        audiences=[row.audience_id for row in (subscription, *others)],
        locale=locale(),
    )


def welcome(subscription: Subscription) -> None:
    """Post the mail that says what was subscribed to and how to stop."""
    service.post("newsletter.welcome", subscription.email, subscription=subscription.id, locale=locale())


def unsubscribe_path(subscription: Subscription) -> str:
    """The page and one-click address of a subscription, which works for ever."""
    return f"/u/{signing.sign(UNSUBSCRIBE, subscription.audience_id, subscription.id)}"


def why_path(subscription: Subscription) -> str:
    """The page that says why a mail came, behind the same word."""
    return f"/newsletter/why/{signing.sign(UNSUBSCRIBE, subscription.audience_id, subscription.id)}"


def unsubscribe_headers(subscription: Subscription) -> dict[str, str]:
    """What every mail to an audience carries: RFC 2369, 2919 and 8058."""
    host = urlsplit(settings().base_url).hostname or "localhost"
    list_id = f"{subscription.audience.slug}.{host}"
    return {
        "List-Id": formataddr((subscription.audience.name, list_id)),
        "List-Unsubscribe": f"<{service.link(unsubscribe_path(subscription))}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


@service.renders("newsletter.confirm")
def _confirm(message: OutboxMessage) -> Letter | None:
    """Nothing for who is subscribed already: they did not ask, or need no mail, and nobody else learns of it."""
    ids = [message.context["subscription"], *message.context.get("others", [])]
    found = [db.session.get(Subscription, one) for one in ids]
    rows = [row for row in found if row is not None and row.state is SubscriptionState.PENDING]
    if not rows or _too_many(message):
        return None
    first, *others = rows
    token = tokens.issue(CONFIRM, first.id, outbox_id=message.id, bound_to=",".join(str(row.id) for row in others))
    context = {
        "email": first.email,
        "audiences": [row.audience.name for row in rows],
        "link": service.link(f"/newsletter/confirm/{token}"),
    }
    return Letter("newsletter/confirm", context, to=first.email, locale=message.context["locale"])


@service.renders("newsletter.welcome")
def _welcome(message: OutboxMessage) -> Letter | None:
    row = db.session.get(Subscription, message.context["subscription"])
    if row is None or row.state is not SubscriptionState.ACTIVE:
        return None
    context = {
        "email": row.email,
        "audience": row.audience,
        "link": service.link(unsubscribe_path(row)),
        "why": service.link(why_path(row)),
    }
    headers = unsubscribe_headers(row)
    return Letter("newsletter/welcome", context, to=row.email, headers=headers, locale=message.context["locale"])


def _too_many(message: OutboxMessage) -> bool:
    earlier = db.session.scalars(
        sa.select(OutboxMessage)
        .where(
            OutboxMessage.kind == message.kind,
            OutboxMessage.to_key == emails.key(message.to),
            OutboxMessage.id < message.id,
            OutboxMessage.state != State.SUPPRESSED,
            OutboxMessage.created_at > message.created_at - DAY,
        )
        .order_by(OutboxMessage.id.desc())
        .limit(50)
    ).all()
    lately = [other for other in earlier if other.created_at > message.created_at - PAUSE]
    asked = {audience for other in lately for audience in other.context.get("audiences", ())}
    return len(earlier) >= MOST or asked.issuperset(message.context.get("audiences", ()))
