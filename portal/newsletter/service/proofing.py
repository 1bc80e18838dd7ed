"""Looking at a campaign before anybody gets it: as one recipient sees it, on screen or in a mailbox of our own."""

from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

from markupsafe import Markup

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.foundation import emails, throttle
from portal.foundation.errors import DomainError
from portal.foundation.text import _, plural
from portal.mail import service as mail
from portal.mail.models import OutboxMessage
from portal.mail.service import Letter
from portal.newsletter.models import Campaign
from portal.newsletter.queries import campaigns as queries
from portal.newsletter.sending import compiling
from portal.newsletter.sending.message import Recipient
from portal.staff import queries as staff

MOST = 5  # addresses of one proof
LIMIT = throttle.Limit("campaign proofs", hits=30, window=timedelta(hours=1))  # of one member of staff
SAMPLE = {"first_name": "Priya", "last_name": "Sharma", "full_name": "Priya Sharma", "customer_number": "C-1042-7"}


def sample() -> Recipient:
    """Nobody in particular: the links of this one lead nowhere."""
    return Recipient(0, "priya@shop.example", SAMPLE)


def seen_by(campaign: Campaign, recipient: Recipient) -> EmailMessage:
    """The very message that somebody would get.

    Raises:
        NotFound: the campaign says nothing yet.
    """
    wire = compiling.compiled(campaign.id).make(recipient)
    return message_from_bytes(wire.data, policy=policy.default)


def parts_of(message: EmailMessage) -> tuple[str, str]:
    """HTML and text of a message."""
    html, text = message.get_body(("html",)), message.get_body(("plain",))
    return (html.get_content() if html is not None else "", text.get_content() if text is not None else "")


def addresses(typed: str) -> list[str]:
    """The addresses of a line, by commas or spaces, each once.

    Raises:
        DomainError: there is none, one is no address or nobody's of the staff, or they are too many.
    """
    words = list(dict.fromkeys(typed.replace(",", " ").replace(";", " ").split()))
    if not words:
        raise DomainError(_("Enter an email address"))
    if len(words) > MOST:
        raise DomainError(plural("Enter one address", "Enter up to %(num)s addresses", MOST))
    wrong = [word for word in words if emails.read(word) is None]
    if wrong:
        raise DomainError(_("%(word)s is no email address", word=wrong[0][:80]))
    strange = [word for word in words if staff.by_email(word) is None]
    if strange:
        raise DomainError(_("%(word)s belongs to nobody of the staff. Proofs go to colleagues.", word=strange[0][:80]))
    return words


def send(campaign: Campaign, to: list[str], *, by: Actor) -> None:
    """Post a proof to addresses of staff, its subject marked.

    Raises:
        TooMany: this member sent many already.
    """
    throttle.add((LIMIT, str(by.id)))
    for address in to:
        mail.post("newsletter.proof", address, campaign=campaign.id)
    subject = Subject("campaign", campaign.id, campaign.name)
    audit.record("newsletter.campaign_proofed", subject, by=by, changes={"to": (None, ", ".join(to))})


@mail.renders("newsletter.proof")
def _proof(message: OutboxMessage) -> Letter | None:
    """The message as it is when the proof leaves; nothing for a campaign that was thrown away since."""
    campaign = queries.by_id(message.context["campaign"])
    if campaign is None or campaign.content is None:
        return None
    seen = seen_by(campaign, sample())
    html, text = parts_of(seen)
    context = {
        "subject": seen["Subject"],
        "html": Markup(html),  # noqa: S704 - made by the code that sends campaigns, escaped there
        "text": text,
    }
    return Letter("newsletter/proof", context)
