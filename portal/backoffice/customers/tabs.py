"""The tabs of one customer: each its name in the address, its words, and what it shows; features add theirs here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.audit import queries as audit
from portal.backoffice import customer_words as words
from portal.backoffice.customers import details, fields, security, timeline
from portal.backoffice.mail_kinds import in_words
from portal.config import settings
from portal.customers import queries as customers
from portal.customers.fields import CHANNELS, GENDERS, TELEPHONE_KINDS
from portal.customers.models import Address, Channel, ChannelAction, ChannelConsent, Customer
from portal.customers.pages.reaching import primary_first
from portal.customers.queries import mailed
from portal.customers.rules import addresses, telephones
from portal.customers.service import known_by
from portal.customers.service.channels import KEPT_HERE
from portal.customers.service.sealing import mask
from portal.foundation.holdings import Person
from portal.foundation.text import _, language_name, lazy, locale
from portal.groups import queries as groups
from portal.groups import rules as group_rules
from portal.groups.service import adding
from portal.newsletter import queries as newsletter
from portal.newsletter import rules as newsletter_rules
from portal.newsletter.queries import Line
from portal.staff.guards import may_here
from portal.staff.rules import Permission

Shown = dict[str, Any]
LATELY, ALL = 5, 200  # entries of the history beside the profile, and on its own tab


@dataclass(frozen=True)
class Tab:
    """One tab: its template is `backoffice/customers/tabs/<name>.html`, filled with what `shown` gives.

    With a permission it is there only for those who have it.
    """

    name: str
    label: str
    shown: Callable[[Customer], Shown]
    permission: Permission | None = None


def visible() -> list[Tab]:
    """The tabs that the member at work may open."""
    return [tab for tab in TABS if tab.permission is None or may_here(tab.permission)]


def _profile(customer: Customer) -> Shown:
    book = customers.addresses(customer.id)
    state = newsletter.state_of(customer.email) if customer.email else None
    return {
        "history": _history(known_by.all_of(customer), LATELY),
        "address": book[0] if book else None,
        "address_lines": address_lines,
        "newsletter": (newsletter_rules.STATE_KINDS[state], newsletter_rules.STATE_WORDS[state]) if state else None,
        "account": customer.account,
        "waits_for": groups.open_application(customer.id),
        "gender": dict(GENDERS).get(customer.gender or "", ""),
        "nationality": addresses.country_name(customer.nationality, locale()) if customer.nationality else "",
        "channel": dict(CHANNELS).get(customer.preferred_channel or "", ""),
        "language": "" if settings().shop_locales == (customer.locale,) else language_name(customer.locale),
    }


def _statutory(customer: Customer) -> Shown:
    return {"masks": details.masks(customer), "statutory": customer.statutory, "pos": customer.pos}


def _contact(customer: Customer) -> Shown:
    home = settings().shop_country
    return {
        "telephones": [(row, telephones.shown(row, home)) for row in primary_first(customer)],
        "kinds": dict(TELEPHONE_KINDS),
        "kind_options": TELEPHONE_KINDS,
        "channel": dict(CHANNELS).get(customer.preferred_channel or "", ""),
    }


def _addresses(customer: Customer) -> Shown:
    return {"book": customers.addresses(customer.id), "address_lines": address_lines, "mask": mask}


def _groups(customer: Customer) -> Shown:
    return {
        "memberships": groups.memberships(customer.id),
        "addable": [(str(group.id), group.name) for group in adding.addable(customer)],
        "applications": groups.applications(customer.id),
        "kinds": group_rules.KINDS,
        "said": group_rules.STATES,
    }


def _remarks(_customer: Customer) -> Shown:
    return {}


def _consent(customer: Customer) -> Shown:
    stands = customers.channel_states(customer.id)
    person = known_by.all_of(customer)
    ledger = newsletter.history_of(*person.emails) if person.emails else []
    steps = [_step(line, customer) for line in customers.channel_history(customer.id, also=person.customers)]
    return {
        "subscriptions": newsletter.of_customer(customer),
        "state_words": newsletter_rules.STATE_WORDS,
        "state_kinds": newsletter_rules.STATE_KINDS,
        "ledger": sorted([*ledger, *steps], key=lambda line: line.when, reverse=True),
        "channel_options": [(one.value, words.CHANNEL[one]) for one in KEPT_HERE],
        "texts": stands.get(Channel.SMS),
        "channels": [(words.CHANNEL[one], stands.get(one), one.value) for one in KEPT_HERE],
    }


def _step(line: ChannelConsent, customer: Customer) -> Line:
    """A step of consent to a channel as the newsletter's are told.

    One on a record that became part of this one is said to be: merging gives nobody a consent of the other record.
    """
    agreed = line.action is ChannelAction.GRANT
    channel = words.CHANNEL[line.channel]
    where = "" if line.customer_id == customer.id else _("on the record that became part of this one")
    return Line(
        what=_("%(channel)s: agreed", channel=channel) if agreed else _("%(channel)s: no longer", channel=channel),
        when=line.at,
        kind="ok" if agreed else "off",
        who=" · ".join(filter(None, (line.who or _("The customer"), where))),
        quote=line.words,
        address="",
        browser="",
    )


def _mails(customer: Customer) -> Shown:
    """Those to addresses of before are among them, so that a merge hides nothing."""
    return {"mails": mailed.of(known_by.all_of(customer)), "in_words": in_words}


def _audit(customer: Customer) -> Shown:
    person = known_by.all_of(customer)
    return {
        "history": _history(person, ALL),
        "looks": customers.looks_at(customer.id, also=person.customers),
    }


def _history(person: Person, most: int) -> list[Shown]:
    """What happened to a customer and their accounts, newest first, as the timeline takes it."""
    trail = audit.trail_of({"customer": person.customers, "account": person.accounts}, most=most)
    return timeline.entries_told(trail)


def address_lines(address: Address) -> list[str]:
    """An address line by line, states and country in words."""
    return addresses.lines(address, locale())


TABS: list[Tab] = [
    Tab("profile", lazy("Profile"), _profile),
    Tab("timeline", lazy("Timeline"), timeline.shown),
    Tab("statutory", lazy("Statutory"), _statutory),
    Tab("contact", lazy("Contact"), _contact),
    Tab("addresses", lazy("Addresses"), _addresses),
    Tab("groups", lazy("Groups"), _groups),
    Tab("details", lazy("More details"), fields.shown),
    Tab("remarks", lazy("Remarks"), _remarks),
    Tab("consent", lazy("Consent"), _consent),
    Tab("mails", lazy("Mails"), _mails),
    Tab("security", lazy("Security"), security.shown),
    Tab("audit", lazy("Audit"), _audit),
]
