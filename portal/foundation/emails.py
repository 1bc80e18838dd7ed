"""E-mail addresses: what counts as one, and the form in which two spellings are the same."""

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
    """The canonical form: one mailbox, one key. The stored spelling is always the one that is written to."""
    # PostgreSQL takes no NUL; no address has one, so this is nobody's.
    local, _, domain = email.strip().replace("\0", "\ufffd").rpartition("@")
    try:
        domain = domain.casefold().encode("idna").decode("ascii")
    except UnicodeError:
        domain = domain.casefold()
    return f"{local.casefold()}@{domain}"


def for_wire(email: str) -> str:
    """The address as mail servers take it: the domain in ASCII, the part before it as it is."""
    local, _, domain = email.strip().rpartition("@")
    if not domain.isascii():
        domain = idna.encode(domain, uts46=True).decode("ascii")
    return f"{local}@{domain}"
