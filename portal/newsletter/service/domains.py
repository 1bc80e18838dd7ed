"""What the DNS says of the domain that campaigns come from: mailbox providers believe mail that it vouches for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr

import sqlalchemy as sa

from portal.foundation import emails
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.newsletter.models import Campaign, CampaignContent, CampaignState, SenderDomain

FOUND, MISSING, SILENT, UNASKED = "found", "missing", "silent", "unasked"
PATIENCE = 2.0  # seconds for one question
FRESH = timedelta(days=1)
NEVER_REAL = ("example", "test", "invalid", "localhost")  # RFC 2606: nobody can own these

Ask = Callable[[str], list[str]]  # the TXT records of a name


class Unanswered(Exception):
    """No name server answered."""


@dataclass(frozen=True)
class Standing:
    """How a domain stands, as far as anybody looked."""

    domain: str
    row: SenderDomain | None

    @property
    def is_real(self) -> bool:
        """Whether anybody can own it."""
        return self.domain.rpartition(".")[2] not in NEVER_REAL

    @property
    def is_fresh(self) -> bool:
        """Whether somebody looked lately."""
        return self.row is not None and now() - self.row.checked_at < FRESH

    @property
    def missing(self) -> list[str]:
        """The records that are not there."""
        return [name for name in ("spf", "dkim", "dmarc") if self._said(name) == MISSING]

    @property
    def is_silent(self) -> bool:
        """Whether nobody answered."""
        return any(self._said(name) == SILENT for name in ("spf", "dkim", "dmarc"))

    def _said(self, name: str) -> str:
        return str(getattr(self.row, name)) if self.row is not None else UNASKED


def of_address(address: str) -> Standing:
    """How the domain of an address stands."""
    domain = _domain(address)
    return Standing(domain, db.session.get(SenderDomain, domain))


def unproven() -> list[str]:
    """Addresses that campaigns whose moment has come are from, and whose domains nobody looked up lately."""
    begins = sa.and_(Campaign.state == CampaignState.SCHEDULED, Campaign.send_at <= now(), Campaign.domain_reason == "")
    senders = db.session.scalars(sa.select(CampaignContent.sender).join(Campaign).where(begins).distinct())
    addresses = {parseaddr(sender)[1] for sender in senders}
    standings = {address: of_address(address) for address in addresses}
    return sorted(address for address, found in standings.items() if found.is_real and not found.is_fresh)


def look_up(address: str, selector: str, ask: Ask | None = None) -> Standing:
    """Ask the DNS and keep what it says; takes some seconds where nobody answers.

    Args:
        address: that campaigns come from.
        selector: of the key that mails are signed with; empty where the portal knows of none.
        ask: another way to the records.
    """
    return keep(address, asked(address, selector, ask))


def asked(address: str, selector: str, ask: Ask | None = None) -> dict[str, str]:
    """What the DNS says of the domain of an address, by the record; touches no database, so that nobody waits for it.

    Args:
        address: that campaigns come from.
        selector: of the key that mails are signed with; empty where the portal knows of none.
        ask: another way to the records.
    """
    ask, domain = ask or txt_records, _domain(address)
    return {
        "spf": _has(ask, domain, "v=spf1"),
        "dkim": _has(ask, f"{selector}._domainkey.{domain}", "p=") if selector else UNASKED,
        "dmarc": _has(ask, f"_dmarc.{domain}", "v=DMARC1"),
    }


def keep(address: str, found: Mapping[str, str]) -> Standing:
    """Keep what the DNS said of the domain of an address."""
    db.session.merge(SenderDomain(domain=_domain(address), checked_at=now(), **found))
    db.session.flush()
    return of_address(address)


def keep_what_was_told(address: str, found: Mapping[str, str]) -> Standing:
    """Keep what the DNS said, and where it was silent, what it said before: silence proves nothing to be gone."""
    row = of_address(address).row
    before = {name: getattr(row, name) for name in found} if row is not None else {}
    told = {name: before.get(name, SILENT) if answer == SILENT else answer for name, answer in found.items()}
    return keep(address, told)


def txt_records(name: str) -> list[str]:
    """The TXT records of a name; none where it has none.

    Raises:
        Unanswered: no name server answered in time, or the name is none.
    """
    import dns.exception  # noqa: PLC0415 - some megabytes, for a question a month
    import dns.resolver  # noqa: PLC0415 - as above

    resolver = dns.resolver.Resolver(configure=True)
    try:
        answer = resolver.resolve(name, "TXT", lifetime=PATIENCE)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError) as error:
        raise Unanswered(str(error)) from error
    return ["".join(part.decode("utf-8", "replace") for part in row.strings) for row in answer]


def _domain(address: str) -> str:
    return emails.for_wire(address).rpartition("@")[2].lower()


def _has(ask: Ask, name: str, beginning: str) -> str:
    try:
        records = ask(name)
    except Unanswered:
        return SILENT
    return FOUND if any(beginning.lower() in record.lower() for record in records) else MISSING
