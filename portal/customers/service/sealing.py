"""Texts of customers that nobody reads by chance: encrypted in the database, masked on pages."""

import logging

from portal.customers.rules.tax_ids import masked
from portal.foundation import crypto

PURPOSE = "customer"

log = logging.getLogger(__name__)


def seal(text: str) -> str | None:
    """What is stored of a text; nothing of an empty one."""
    return crypto.encrypt(PURPOSE, text) if text else None


def opened(sealed: str | None) -> str:
    """The text that was sealed; empty where there is none, and where its key has left the ring."""
    if not sealed:
        return ""
    try:
        return crypto.decrypt(PURPOSE, sealed)
    except crypto.Unreadable:
        log.warning("A sealed text of a customer cannot be opened: its key has left the ring.")
        return ""


def mask(sealed: str | None) -> str:
    """What is shown of a sealed text to who did not ask for it with a reason."""
    return masked(opened(sealed)) or ("••••" if sealed else "")


def told(before: str, after: str) -> tuple[str, str]:
    """Two texts as an audit entry tells their change: masked, and never alike where they are not."""
    old, new = masked(before), masked(after)
    return old, f"{new} *" if old == new and before != after else new
