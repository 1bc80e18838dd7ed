"""What production refuses to run with, and what it runs with but somebody should know of."""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from portal.config import Settings

PAST = "past."  # begins what is left of a key that was taken away, see foundation.crypto
FEWEST_SIGNS = 10  # different ones; hexadecimal text of 32 has that many but for one in millions
EXAMPLES = ("change", "example", "default", "password", "secret", "insert", "your-", "your_", "replace", "todo", "xxx")
ON = {"1", "true", "t", "yes", "y", "on"}  # as Flask reads FLASK_DEBUG


def faults(settings: "Settings", environ: Mapping[str, str]) -> Iterator[str]:
    """Every reason not to start, each a sentence that names the setting."""
    yield from _keys(settings.secret_keys)
    yield from _address(settings.base_url)
    if not settings.trusted_hosts:
        yield "PORTAL_TRUSTED_HOSTS must be set in production."
    if any("*" in host or host.startswith(".") for host in settings.trusted_hosts):
        yield "PORTAL_TRUSTED_HOSTS must name each host: a pattern answers to whoever can make up a name."
    if not settings.mail_server:
        yield "PORTAL_MAIL_SERVER must be set in production: mails would go nowhere."
    if settings.password_min_length < 8:
        yield "PORTAL_PASSWORD_MIN_LENGTH must be 8 or more in production."
    if environ.get("FLASK_DEBUG", "").strip().lower() in ON:
        yield "FLASK_DEBUG must be off in production: a page that breaks would show the code and what it works on."


def warnings(settings: "Settings") -> Iterator[str]:
    """What is allowed, and weaker than it could be."""
    if not settings.demands_second_factor:
        yield "PORTAL_STAFF_SECOND_FACTOR is not demanded: a password alone opens the back office."
    if settings.bcrypt_cost < 12:
        yield "PORTAL_BCRYPT_COST is below 12: a stolen table of hashes is tried faster."
    if settings.mail_username and not settings.mail_use_tls and settings.mail_port != 465:
        yield "PORTAL_MAIL_USE_TLS is off: the password of the mail server travels in clear."
    if settings.mail_default_sender.endswith("@demo.example"):
        yield "PORTAL_MAIL_DEFAULT_SENDER is that of the demo shop: mails would be refused or lost."


def _keys(keys: tuple[str, ...]) -> Iterator[str]:
    masters = [key for key in keys if not key.startswith(PAST)]
    if not masters:
        yield "PORTAL_SECRET_KEYS must be set in production."
    elif keys[0] != masters[0]:
        yield "PORTAL_SECRET_KEYS must begin with a master key; what is left of old ones stands behind."
    if len(set(keys)) < len(keys):
        yield "PORTAL_SECRET_KEYS: each key may stand there only once."
    if any(len(set(key)) < FEWEST_SIGNS for key in masters):
        yield "PORTAL_SECRET_KEYS: a key with so few different signs is guessed; `flask keys rotate` makes one."
    if any(word in key.lower() for key in masters for word in EXAMPLES):
        yield "PORTAL_SECRET_KEYS: this is the text of an example, not a key; `flask keys rotate` makes one."


def _address(base_url: str) -> Iterator[str]:
    if not base_url.startswith("https://"):
        yield "PORTAL_BASE_URL must start with https:// in production."
        return
    try:
        parts = urlsplit(base_url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    if not host or "@" in parts.netloc or parts.path not in ("", "/") or parts.query or parts.fragment:
        yield "PORTAL_BASE_URL must be https:// and a host name, and nothing else."
    elif _is_local(host):
        yield "PORTAL_BASE_URL must have the name that customers know the shop by, not an address or a local name."


def _is_local(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".invalid"))
    return True
