"""Settings: every knob of the portal, read once from the environment, typed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_type_hints

from flask import current_app

from portal import production

PREFIX = "PORTAL_"
ENVIRONMENTS = ("development", "testing", "production")
INSTANCE = Path("instance")
MOST_HOPS = 5  # proxies; more is a mistake, and each is somebody whose word is taken
YES = {"1", "true", "yes", "on"}
NO = {"0", "false", "no", "off", ""}


class ConfigurationError(Exception):
    """The environment asks for something the portal refuses to run with; the message names the setting."""


def _knob(
    default: object,
    meaning: str,
    *,
    secret: bool = False,
    choices: tuple[str, ...] = (),
) -> Any:
    return field(
        default=default,
        metadata={"meaning": meaning, "secret": secret, "choices": choices},
    )


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a shop may set. The name in the environment is `PORTAL_` and the field's name in capitals."""

    env: str = _knob("development", "Kind of installation.", choices=ENVIRONMENTS)
    instance: Path = _knob(INSTANCE, "Folder for the database, keys and kept mails.")  # noqa: RUF009 - a field, as the others
    secret_keys: tuple[str, ...] = _knob(
        (),
        "Master keys, newest first, 32 characters or more each. Empty: kept in INSTANCE/keys.",
        secret=True,
    )
    database_url: str = _knob("", "Database. Empty: SQLite in INSTANCE/portal.db.", secret=True)
    base_url: str = _knob(
        "http://127.0.0.1:8000",
        "Address of the shop's portal; every mailed link starts with it.",
    )
    trusted_hosts: tuple[str, ...] = _knob((), "Host names answered to, besides the one of BASE_URL.")
    proxy_hops: int = _knob(0, "Proxies in front whose X-Forwarded-For entries are believed.")
    mail_server: str = _knob("", "SMTP server. Empty in development: mails are kept in INSTANCE/mail.")
    mail_port: int = _knob(25, "Port of the SMTP server.")
    mail_username: str = _knob("", "Name at the SMTP server.")
    mail_password: str = _knob("", "Password at the SMTP server.", secret=True)
    mail_use_tls: bool = _knob(default=False, meaning="STARTTLS before anything else is said.")
    mail_default_sender: str = _knob("shop@demo.example", "Address that mails come from.")
    sender_connections: int = _knob(4, "Connections to the SMTP server that one campaign sender keeps.")
    sender_niceness: int = _knob(10, "Niceness of campaign senders, so that pages go first.")
    sender_lease: int = _knob(300, "Seconds that one sender may hold some hundred recipients without a sign of life.")
    dkim_key: str = _knob(
        "", "File with the private key (PEM, RSA or Ed25519) that signs campaigns. Empty: the relay signs."
    )
    dkim_domain: str = _knob("", "Domain in whose name campaigns are signed: the one of their senders.")
    dkim_selector: str = _knob("", "Name under which the public key stands in that domain’s DNS.")
    domain_limits: tuple[str, ...] = _knob(
        (),
        "Mails of campaigns an hour to a mailbox provider, by domain, such as gmail.com=5000. Empty: no limit.",
    )
    bounce_domain: str = _knob(
        "",
        "Domain whose mail reaches `flask bounces`; bounces of campaigns go to signed addresses of it. Empty: to "
        "MAIL_DEFAULT_SENDER, where nobody counts them.",
    )
    bounce_host: str = _knob("127.0.0.1", "Address that `flask bounces listen` listens on.")
    bounce_port: int = _knob(8025, "Port of `flask bounces listen`.")
    bounce_listen: str = _knob(
        "",
        "Have `flask serve` run `flask bounces listen` as well, by this protocol. Empty: not by it.",
        choices=("", "smtp", "lmtp"),
    )
    keep_reports: int = _knob(90, "Days that bounces and complaints stay as they came. 0: for ever.")
    mail_lease: int = _knob(
        120, "Seconds that one worker may hold a mail it has not begun before another takes it over."
    )
    storefront_hosts: tuple[str, ...] = _knob(
        (),
        "Hosts whose pages may hold the newsletter form and be led back to, such as www.shop.example. A form on any "
        "other page leads to the portal’s own.",
    )
    shop_name: str = _knob("Northgate Goods", "Name of the shop, on pages and in mails.")
    shop_contact: str = _knob("", "Address where customers reach the shop; shown on pages and in mails.")
    shop_address: str = _knob("", "Postal address of the shop on one line; newsletters have to name it.")
    shop_country: str = _knob("IN", "Country (ISO 3166, two letters) for telephones and addresses.")
    shop_currency: str = _knob("INR", "Currency (ISO 4217).")
    shop_time_zone: str = _knob("Asia/Kolkata", "Time zone that pages and mails show.")
    shop_locales: tuple[str, ...] = _knob(("en",), "Languages offered, the first is the default.")
    telephone: str = _knob("optional", "Telephone at registration.", choices=("optional", "required"))
    password_min_length: int = _knob(8, "Shortest password of a customer, in characters.")
    breached_passwords: str = _knob(
        "",
        "Where new passwords are looked up: an address such as https://api.pwnedpasswords.com/range/, or a file of "
        "sorted SHA-1 digests in capitals. Empty: nowhere.",
    )
    bcrypt_cost: int = _knob(12, "Cost of a password hash; 12 is about a fifth of a second.")
    hash_threads: int = _knob(0, "Threads that hash at once. 0: as many as cores.")
    hash_niceness: int = _knob(10, "Niceness of hashing threads, so that pages go first.")
    security_question: str = _knob(
        "required",
        "Security question at registration.",
        choices=("required", "optional", "off"),
    )
    application_days: int = _knob(90, "Days after which an application that nobody decided runs out.")
    approval_digest_hour: int = _knob(
        8,
        "Hour of the shop's day from which approvers get their mail of what waits. -1: no such mail.",
    )
    staff_second_factor: str = _knob(
        "",
        "Second factor of staff. Empty: demanded in production, offered elsewhere.",
        choices=("", "offered", "demanded"),
    )
    ratelimit: str = _knob(
        "1200 per minute",
        "Forms and other changes that one network may send, whatever they are. Empty: no limit.",
    )
    ratelimit_storage_uri: str = _knob(
        "memory://",
        "Where those are counted; with several web processes one place for all, such as redis://.",
        secret=True,
    )
    closing_days: int = _knob(14, "Days in which a customer who closed the account can keep it after all.")
    keep_mails: int = _knob(365, "Days that mails stay, in the outbox and as files, after they were sent. 0: for ever.")
    keep_sessions: int = _knob(30, "Days that sign-ins stay on record after they ended.")
    keep_jobs: int = _knob(90, "Days that jobs stay on record, and the rows that they refused. 0: for ever.")
    keep_deliveries: int = _knob(
        31,
        "Days after which the rows of a finished campaign, one for each recipient, are packed; 31 at least. 0: never.",
    )
    keep_networks: int = _knob(
        12, "Months after which network addresses in the ledger of consent are shortened. 0: never."
    )
    keep_consent: int = _knob(
        1095,
        "Days that evidence of consent stays whole after a subscription ended. 0: for ever.",
    )
    privacy_version: str = _knob("1", "Version of the shop's privacy notice, kept beside every consent.")
    sms_secret: str = _knob(
        "",
        "Secret that the SMS gateway signs received texts with, 32 characters or more. Empty: none are taken.",
        secret=True,
    )
    sms_stop_words: tuple[str, ...] = _knob((), "Words by which a text ends SMS marketing, besides STOP and its kind.")
    keep_looks: int = _knob(365, "Days that it stays on record who of the staff looked at a customer. 0: for ever.")
    keep_application_files: int = _knob(
        180,
        "Days that files sent with an application stay after it ended, unless they are the customer's. 0: for ever.",
    )
    export_second_person: int = _knob(
        0,
        "Customers above which an export waits for the word of a second member of staff. 0: none does.",
    )
    worker_threads: int = _knob(4, "Threads of the worker that send mails.")
    web_threads: int = _knob(
        0,
        "Request threads of the web server. 0: the cores and 30 more, so that waiting hashes never take them all.",
    )
    host: str = _knob("127.0.0.1", "Address that the web server listens on.")
    port: int = _knob(8000, "Port of the web server; PORT without prefix works, too.")

    @property
    def postal_address(self) -> str:
        """The shop's postal address; that of the demo shop where nothing is set and nothing is real."""
        return self.shop_address or ("" if self.production else "12 MG Road, Pune 411001, India")

    @property
    def production(self) -> bool:
        return self.env == "production"

    @property
    def demands_second_factor(self) -> bool:
        """Whether staff may do nothing before they have a second factor."""
        return (self.staff_second_factor or ("demanded" if self.production else "offered")) == "demanded"

    @property
    def secure(self) -> bool:
        """Whether browsers reach the portal over https, so that cookies can say so."""
        return self.base_url.startswith("https://")

    @property
    def request_threads(self) -> int:
        """Threads that answer requests: more than can wait for a hash (one for each core, and 16 in the queue)."""
        return self.web_threads or (os.cpu_count() or 1) + 30

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.instance.resolve() / 'portal.db'}"


def read(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read all settings.

    Raises:
        ConfigurationError: a value has the wrong form, or is not fit for production.
    """
    hints = get_type_hints(Settings)
    values = {
        knob.name: _convert(
            PREFIX + knob.name.upper(),
            environ[PREFIX + knob.name.upper()],
            hints[knob.name],
        )
        for knob in fields(Settings)
        if PREFIX + knob.name.upper() in environ
    }
    if "port" not in values and environ.get("PORT"):
        values["port"] = _convert("PORT", environ["PORT"], int)
    if "base_url" not in values:
        values["base_url"] = f"http://127.0.0.1:{values.get('port', 8000)}"
    settings = Settings(**values)
    check(settings, environ)
    return settings


def _convert(name: str, text: str, kind: Any) -> Any:
    text = text.strip()
    if kind is bool:
        if text.lower() in YES | NO:
            return text.lower() in YES
        raise ConfigurationError(f"{name} must be yes or no, not {text!r}.")
    if kind is int:
        try:
            return int(text)
        except ValueError:
            raise ConfigurationError(f"{name} must be a whole number, not {text!r}.") from None
    if kind is Path:
        return Path(text)
    if kind is str:
        return text
    return tuple(part.strip() for part in text.split(",") if part.strip())


def check(settings: Settings, environ: Mapping[str, str] = MappingProxyType({})) -> None:
    """Refuse what cannot work or is not safe.

    Raises:
        ConfigurationError: with the name of the first setting at fault.
    """
    for knob in fields(Settings):
        choices = knob.metadata["choices"]
        value = getattr(settings, knob.name)
        if choices and value not in choices:
            raise ConfigurationError(f"{PREFIX}{knob.name.upper()} must be one of {', '.join(choices)}, not {value!r}.")
    if settings.env != "testing" and settings.bcrypt_cost < 10:
        raise ConfigurationError("PORTAL_BCRYPT_COST must be 10 or more.")
    if settings.database_url and not settings.database_url.startswith(("sqlite:", "postgresql+psycopg:")):
        raise ConfigurationError("PORTAL_DATABASE_URL must start with sqlite: or postgresql+psycopg:")
    _check_approvals(settings)
    _check_breached_passwords(settings.breached_passwords)
    if any(len(key) < 32 for key in settings.secret_keys):
        raise ConfigurationError("PORTAL_SECRET_KEYS: each key needs 32 characters or more.")
    if not 0 <= settings.proxy_hops <= MOST_HOPS:
        raise ConfigurationError(f"PORTAL_PROXY_HOPS must be from 0 to {MOST_HOPS}.")
    if settings.production:
        for fault in production.faults(settings, environ):
            raise ConfigurationError(fault)


def _check_approvals(settings: Settings) -> None:
    if settings.application_days < 1:
        raise ConfigurationError("PORTAL_APPLICATION_DAYS must be 1 or more.")
    if not -1 <= settings.approval_digest_hour <= 23:
        raise ConfigurationError("PORTAL_APPROVAL_DIGEST_HOUR must be from -1 to 23.")
    if settings.export_second_person < 0:
        raise ConfigurationError("PORTAL_EXPORT_SECOND_PERSON must be 0 or more.")


def _check_breached_passwords(source: str) -> None:
    if source.startswith("http"):
        if not source.startswith(("https://", "http://127.0.0.1:", "http://localhost:")) or not source.endswith("/"):
            raise ConfigurationError("PORTAL_BREACHED_PASSWORDS must start with https:// and end with / or be a file.")
    elif source and not Path(source).is_file():
        raise ConfigurationError(f"PORTAL_BREACHED_PASSWORDS: there is no file {source}.")


def settings() -> Settings:
    """The settings of the application at work."""
    found: Settings = current_app.extensions["portal.settings"]
    return found
