"""E-mail addresses: what counts as one, and the form in which two spellings are the same."""

import unicodedata

import idna
from email_validator import EmailNotValidError, validate_email

LONGEST = 254  # RFC 5321 §4.5.3.1.3, with its erratum


def read(text: str) -> str | None:
    """The address as it is written to, None when the text is no address. Nothing is asked of the network."""
    try:
        found = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=True)
    except (EmailNotValidError, UnicodeError):
        return None
    return found.normalized if len(found.normalized) <= LONGEST else None


def key(email: str) -> str:
    """The canonical form: one mailbox, one key. The stored spelling is always the one that is written to.

    Two mailboxes never share a key: small letters only, since folding makes "ß" and "ss" one, which belong to different
    people, and the domain as `for_wire` writes it.
    """
    # PostgreSQL takes no NUL; no address has one, so this is nobody's.
    local, _, domain = email.strip().replace("\0", "\ufffd").rpartition("@")
    return f"{unicodedata.normalize('NFC', local).lower()}@{_ascii(domain.lower())}"


def _ascii(domain: str) -> str:
    """A domain as name servers know it; one that none can know stays as it is, and a long one costs nothing."""
    if domain.isascii() or len(domain) > LONGEST:
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except UnicodeError:
        return domain


def for_wire(email: str) -> str:
    """The address as mail servers take it: the domain in ASCII, the part before it as it is."""
    local, _, domain = email.strip().rpartition("@")
    if not domain.isascii():
        domain = idna.encode(domain, uts46=True).decode("ascii")
    return f"{local}@{domain}"
