"""What a mail server's refusal says of a mailbox: it is not there, it took nothing this time, or it minds the sender.

By the enhanced status code of RFC 3463 where the server gives one. Servers that give none, or one that says nothing
(x.0.0), are read by the few phrases that the common ones use.
"""

import re

from portal.newsletter.models import EventKind

# RFC 3463 3.2 and the registry it opened: no such mailbox, no such domain, bad syntax, moved away, null MX.
GONE = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}
# Codes that are given for much: any failure of a kind, and no way to a host, of which some never were.
UNTELLING = {"5.0.0", "5.1.0", "5.4.0", "5.4.4", "5.5.0"}
STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([245])\d\d(?=[ -])")
_POLICY = re.compile(
    r"\bspam\b|spamhaus|black\s?list|block\s?list|blocked|\bdnsbl\b|reputation|\bdmarc\b|\bspf\b|\bdkim\b|"
    r"policy|banned|unsolicited|bulk mail|prohibited|not authori[sz]ed",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"user (?:is )?unknown|unknown (?:user|recipient|local|mailbox|address)|no such (?:user|recipient|mailbox|address)|"
    r"no mailbox here|(?:user|mailbox|recipient|address|account)[^.\n]{0,60}(?:does not|doesn.t) (?:exist|have)|"
    r"(?:user|mailbox|recipient|address|account)[^.\n]{0,40}not found|(?:host|domain) (?:name )?not found|"
    r"recipient address rejected: (?:undeliverable|user)|not a valid (?:user|mailbox|recipient)|invalid recipient|"
    r"account (?:has been|is) (?:closed|disabled|inactive|deactivated)|nosuchuser|unrouteable address|no route to host",
    re.IGNORECASE,
)


def status_of(text: str) -> str:
    """The enhanced code in what a server said; else the class of its reply code with nothing behind; empty for none.

    The first code that says more than its class wins.
    """
    codes = [".".join(found.groups()) for found in STATUS.finditer(text)]
    telling = next((code for code in codes if not code.endswith(".0.0")), "")
    reply = _REPLY.search(text)
    return telling or (codes[0] if codes else f"{reply[1]}.0.0" if reply else "")


def kind_of(status: str, text: str = "") -> EventKind | None:
    """What a refusal is.

    Args:
        status: the enhanced code, such as 5.1.1.
        text: what the server said beside it, for codes that say nothing.

    Returns:
        hard, soft or policy; None where nothing was refused.
    """
    if not status or status.startswith("2"):
        return None
    if status.startswith("5.7."):
        return EventKind.POLICY
    if status in GONE:
        return EventKind.HARD
    if status in UNTELLING:
        return EventKind.POLICY if _POLICY.search(text) else EventKind.HARD if _GONE.search(text) else EventKind.SOFT
    return EventKind.SOFT


def kind_of_reply(said: str) -> EventKind:
    """The same of the answer to RCPT or DATA, such as `550 5.1.1 nobody here`."""
    return kind_of(status_of(said), said) or EventKind.SOFT
