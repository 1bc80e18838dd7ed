"""The whole portal: settings are read, mechanisms started, doors opened here and nowhere else."""

from collections.abc import Callable
from typing import Any

from flask import Flask

import portal.accounts.holdings
import portal.accounts.views
import portal.backoffice.blueprints
import portal.customers.holdings
import portal.customers.service.retention
import portal.customers.views
import portal.groups.holdings
import portal.groups.service.retention
import portal.groups.views
import portal.jobs.holdings
import portal.jobs.service.forgetting
import portal.mail.holdings
import portal.mail.service.retention
import portal.newsletter.bounces.intake
import portal.newsletter.holdings
import portal.newsletter.service.compacting
import portal.newsletter.service.retention
import portal.newsletter.views
import portal.storefront.blueprints
import portal.transfers.holdings
from portal import config
from portal.accounts import guards
from portal.accounts.guards import ceremony
from portal.backoffice import navigation
from portal.config import Settings
from portal.customers import listeners as customer_listeners
from portal.foundation import (
    access,
    assets,
    commands,
    crypto,
    database,
    drawing,
    hashing,
    headers,
    lately,
    limits,
    logs,
    migrations,
    pages,
    readiness,
    routes,
    standing_back,
    strangers,
    web,
)
from portal.groups import listeners as group_listeners
from portal.mail import transport
from portal.mail.views import dev_mail
from portal.newsletter import listeners as newsletter_listeners
from portal.storefront import sections
from portal.transfers import listeners as transfer_listeners

BLUEPRINTS = (
    *portal.accounts.views.blueprints,
    *portal.customers.views.blueprints,
    *portal.groups.views.blueprints,
    *portal.newsletter.views.blueprints,
    *portal.storefront.blueprints.blueprints,
    *portal.backoffice.blueprints.blueprints,
)
COMMANDS: dict[str, str | commands.Maker] = {
    "audit": "portal.cli.audit:audit_group",
    "bounces": "portal.cli.bounces:bounces_group",
    "config": "portal.cli.settings:config_group",
    "consent": "portal.cli.consent:consent_group",
    "customers": "portal.cli.transfers:customers_group",
    "db": migrations.command,
    "demo": "portal.cli.demo:demo_group",
    "installation": "portal.cli.sending:installation_group",
    "keys": "portal.cli.keys:keys_group",
    "privacy": "portal.cli.privacy:privacy_group",
    "sender": "portal.cli.sending:sender",
    "serve": "portal.cli.serving:serve",
    "staff": "portal.cli.staff:staff_group",
    "worker": "portal.worker:command",
}


class Portal(Flask):
    """Calls its functions as they are: none is a coroutine, and Flask asks each of them at every request."""

    url_rule_class = routes.Route

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself."""
        return func


def create_app(settings: Settings | None = None) -> Flask:
    """The whole portal, for one set of settings (read from the environment when none is given).

    Raises:
        ConfigurationError: the settings are not fit to run with.
        RuntimeError: a view declares no right.
    """
    settings = settings or config.read()
    app = Portal("portal", static_folder=None, template_folder="../templates")
    app.jinja_environment = drawing.Environment
    app.extensions["portal.settings"] = settings
    _start_mechanisms(app, settings)
    _open_doors(app, settings)
    access.check(app)
    return app


def _start_mechanisms(app: Flask, settings: Settings) -> None:
    settings.instance.mkdir(parents=True, exist_ok=True, mode=0o700)  # customers and mails are nobody else's
    logs.init_app(app)
    web.init_app(app, settings)
    headers.init_app(app, settings)
    limits.init_app(app, settings)
    web.csrf.init_app(app)  # after the limit, so that forged forms are counted, too
    assets.init_app(app, settings)
    pages.init_app(app, settings)
    strangers.init_app(app)
    crypto.init_app(app, settings)
    database.init_app(app, settings)
    lately.init_app(app)
    standing_back.init_app(app)
    commands.init_app(app, COMMANDS)
    hashing.init_app(app, settings)
    readiness.init_app(app)
    transport.init_app(app, settings)


def _open_doors(app: Flask, settings: Settings) -> None:
    guards.init_app(app)
    ceremony.init_app(app)
    navigation.init_app(app)
    sections.init_app(app)
    customer_listeners.connect()
    group_listeners.connect()
    newsletter_listeners.connect()
    transfer_listeners.connect()
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if settings.env == "development":
        app.register_blueprint(dev_mail)
