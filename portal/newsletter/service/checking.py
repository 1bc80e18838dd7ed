"""The check list before a campaign leaves: what blocks it, and what somebody should know."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from portal.config import settings
from portal.foundation.text import _, plural
from portal.newsletter.models import Campaign, CampaignContent
from portal.newsletter.queries import campaigns as queries
from portal.newsletter.rules import blocks as rules
from portal.newsletter.sending import compiling, fields
from portal.newsletter.sending.fields import Field
from portal.newsletter.sending.message import Recipient
from portal.newsletter.service import domains, outlook, recipients, wording

CLIPPED = 102 * 1024  # bytes from which on Gmail hides the rest
KINDS = {"ok": 0, "wait": 1, "bad": 2}


@dataclass(frozen=True)
class Check:
    """One line of the list: `ok`, `wait` (somebody should know) or `bad` (nothing leaves before it is mended)."""

    kind: str
    words: str
    more: str = ""


def of_message(campaign: Campaign) -> list[Check]:
    """What can be told from the message alone: quick enough for every look at the editor."""
    content = campaign.content
    if content is None:
        return [Check("bad", _("There is no message yet"))]
    return [*_words(content), *_ways_out(content), *_links(content), *_sender(campaign, content), *_base()]


def of_all(campaign: Campaign) -> list[Check]:
    """The whole list, with the message tried on real people."""
    checks = of_message(campaign)
    if campaign.content is not None:
        checks += _people(campaign)
    return checks


def blocking(checks: list[Check]) -> list[Check]:
    """Those that nothing leaves before they are mended."""
    return [check for check in checks if check.kind == "bad"]


def _words(content: CampaignContent) -> Iterator[Check]:
    if not content.subject:
        yield Check("bad", _("The subject is missing"))
    if not content.preview_text:
        yield Check("wait", _("No preview text"), _("Mailboxes show the first words of the message instead."))
    unfinished = rules.unfinished(content.blocks)
    if not content.blocks:
        yield Check("bad", _("The message has no blocks"))
    elif unfinished:
        yield Check("bad", _("Some blocks aren’t finished"), ", ".join(unfinished))
    elif content.subject:
        yield Check("ok", _("Subject and message are written"))
    yield (
        Check("ok", _("Text version"), _("Made from the message"))
        if content.text.strip()
        else Check("bad", _("The text version is empty"))
    )


def _ways_out(content: CampaignContent) -> Iterator[Check]:
    if "unsubscribe_url" not in content.html or "unsubscribe_url" not in content.text:
        yield Check("bad", _("The unsubscribe link is missing"))
    elif not settings().postal_address:
        yield Check("bad", _("The shop’s postal address is missing"), _("Whoever runs the portal sets SHOP_ADDRESS."))
    elif settings().postal_address not in content.text:
        yield Check(
            "bad", _("The postal address has changed"), _("Save the message once more, so that it has the new one.")
        )
    else:
        yield Check("ok", _("Unsubscribe link and postal address"))


def _links(content: CampaignContent) -> Iterator[Check]:
    links = rules.links(content.blocks)
    wrong = [link for link in links if not rules.is_link(link)]
    open_ones = [link for link in links if link.startswith("http://")]
    if wrong:
        yield Check("bad", _("A link is no whole address"), ", ".join(wrong)[:200])
    elif open_ones:
        yield Check("wait", _("A link isn’t encrypted"), ", ".join(open_ones)[:200])
    elif links:
        yield Check(
            "ok", plural("%(num)s link is written correctly", "%(num)s links are written correctly", len(links))
        )
    else:
        yield Check("wait", _("No link"), _("There is nothing to press in this message."))


def _sender(campaign: Campaign, content: CampaignContent) -> Iterator[Check]:
    address = wording.sender_of(content)[1]
    standing = domains.of_address(address)
    if not standing.is_real:
        kind = "bad" if settings().production else "wait"
        yield Check(
            kind, _("%(domain)s is nobody’s domain", domain=standing.domain), _("Real mailboxes would refuse it.")
        )
    elif campaign.domain_reason:
        yield Check("wait", _("Sender goes unproven"), campaign.domain_reason)
    elif not standing.is_fresh:
        yield Check("bad", _("Sender’s domain isn’t looked up"), _("Look up %(domain)s below.", domain=standing.domain))
    elif standing.missing:
        names = ", ".join(standing.missing).upper()
        yield Check("bad", _("%(names)s missing for %(domain)s", names=names, domain=standing.domain))
    elif standing.is_silent:
        yield Check("bad", _("No name server answered for %(domain)s", domain=standing.domain), _("Try again later."))
    else:
        yield Check("ok", _("Sender’s domain is set up"), _("The DNS vouches for %(domain)s.", domain=standing.domain))


def _base() -> Iterator[Check]:
    own = settings()
    if not own.secure:
        kind = "bad" if own.production else "wait"
        yield Check(
            kind, _("Links lead to %(address)s", address=own.base_url), _("Mailboxes want https for unsubscribing.")
        )


def _people(campaign: Campaign) -> Iterator[Check]:
    expected = outlook.of(campaign)
    if expected.trouble:
        yield Check("bad", expected.trouble)
    elif expected.queued == 0:
        yield Check("bad", _("Nobody would get this campaign"))
    else:
        words = plural("%(n)s person gets it", "%(n)s people get it", expected.queued, n=f"{expected.queued:,}")
        yield Check("ok", words)
        tried = queries.some_of(recipients.gets_it(campaign))
        yield from _fields(campaign, tried)
        yield _size(campaign, tried)


def _fields(campaign: Campaign, tried: list[Recipient]) -> Iterator[Check]:
    lacking = missing_fields(campaign, tried)
    for name, count in lacking.items():
        words = _("%(field)s is empty for %(n)s of %(all)s people", field=name, n=count, all=len(tried))
        yield Check("bad", words, _("Add what is used then: %(field)s", field=f'{{{{ {name} | default: "…" }}}}'))
    if not lacking:
        yield Check("ok", _("Merge fields"), plural("Tried on %(num)s person", "Tried on %(num)s people", len(tried)))


def missing_fields(campaign: Campaign, people: list[Recipient]) -> Counter[str]:
    """For how many of some people a field without fall-back would stay empty, by the field."""
    content = campaign.content
    if content is None:
        return Counter()
    texts = (content.subject, content.html, content.text)
    parts = [part for text in texts for part in fields.parse(text) if isinstance(part, Field)]
    bare = {part.name for part in parts if not part.fallback and part.name not in (*fields.LINKS, "shop", "email")}
    return Counter(name for one in people for name in bare if not one.values.get(name))


def _size(campaign: Campaign, tried: list[Recipient]) -> Check:
    message = compiling.compiled(campaign.id)
    largest = max((len(message.make(one).data) for one in tried), default=0)
    said = _("%(n)s kB; Gmail cuts at 102 kB", n=f"{largest / 1024:,.0f}")
    return Check("wait", _("The message is long"), said) if largest > CLIPPED else Check("ok", _("Size"), said)
