"""What the address of a mailbox tells about who reads it; told to people who decide, never decided by."""

from enum import StrEnum
from pathlib import Path

# From the package disposable-email-domains 0.0.293 (tools/throwaway_domains.py); begins and ends with an empty line.
LIST = Path(__file__).with_name("throwaway_domains.txt")
OPEN = frozenset(
    {
        "aol.com", "fastmail.com", "free.fr", "gmail.com", "gmx.at", "gmx.ch", "gmx.com", "gmx.de", "gmx.net",
        "googlemail.com", "hotmail.co.uk", "hotmail.com", "hotmail.fr", "icloud.com", "laposte.net", "libero.it",
        "live.com", "mac.com", "mail.com", "mail.ru", "me.com", "msn.com", "naver.com", "orange.fr", "outlook.com",
        "pm.me", "proton.me", "protonmail.com", "qq.com", "rediffmail.com", "rocketmail.com", "sina.com",
        "t-online.de", "tuta.com", "tutanota.com", "web.de", "yahoo.co.in", "yahoo.co.jp", "yahoo.co.uk", "yahoo.com",
        "yahoo.de", "yahoo.fr", "yahoo.in", "yandex.ru", "ymail.com", "zoho.com", "zohomail.in", "163.com", "126.com",
    }
)  # fmt: skip
ROLES = frozenset(
    {
        "accounts", "admin", "billing", "contact", "enquiries", "enquiry", "finance", "hello", "help", "hr", "info",
        "kontakt", "mail", "marketing", "noreply", "no-reply", "office", "orders", "postmaster", "purchase",
        "purchasing", "reception", "sales", "service", "support", "team", "webmaster",
    }
)  # fmt: skip


class Domain(StrEnum):
    """Who gets an address of a mail domain."""

    THROWAWAY = "throwaway"  # anybody, for an hour
    OPEN = "open"  # anybody, for good
    OWN = "own"  # people of a firm, mostly


def domain_of(email: str) -> str:
    """What stands behind the @."""
    return email.rpartition("@")[2].lower()


def kind_of(email: str) -> Domain:
    """Who gets an address like this one; a domain below one that is thrown away is thrown away with it."""
    domain = domain_of(email)
    if domain in OPEN:
        return Domain.OPEN
    parts = domain.split(".")
    known = LIST.read_text(encoding="utf-8")  # for approvers alone: not worth keeping in every process
    if any(f"\n{'.'.join(parts[start:])}\n" in known for start in range(len(parts) - 1)):
        return Domain.THROWAWAY
    return Domain.OWN


def is_role(email: str) -> bool:
    """Whether an address is that of a desk and not of a person."""
    return email.rpartition("@")[0].partition("+")[0].lower() in ROLES
