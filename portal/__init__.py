"""The storefront account portal: settings are read, mechanisms started, doors opened here and nowhere else."""

from flask import Flask

from portal import config, worker
from portal.accounts import guards as account_guards
from portal.accounts.views import recovery, security, signing_in
from portal.audit import models as _audit  # noqa: F401 - tables are known once imported
from portal.backoffice import approvals, door, home, navigation, outbox, registrations
from portal.backoffice import audiences as audience_pages
from portal.backoffice import audit as audit_pages
from portal.backoffice import customers as customer_desk
from portal.backoffice import groups as group_pages
from portal.cli import demo, serving, staff
from portal.cli import settings as settings_commands
from portal.config import Settings
from portal.customers import listeners as _customer_listeners  # noqa: F401 - they connect once imported
from portal.customers import views as customer_pages
from portal.foundation import access, assets, crypto, database, hashing, headers, pages, readiness, web
from portal.foundation import form_keys as _form_keys  # noqa: F401 - tables
from portal.foundation import throttle as _throttle  # noqa: F401 - tables
from portal.foundation import tokens as _tokens  # noqa: F401 - tables
from portal.mail import transport as mail_transport
from portal.mail import views as mail_views
from portal.newsletter import views as newsletter_pages
from portal.staff import models as _staff  # noqa: F401 - tables
from portal.storefront import confirmation, invitation, overview, registration, sections, start, waiting, words

__all__ = ["create_app"]


def create_app(settings: Settings | None = None) -> Flask:
    """The whole portal, for one set of settings (read from the environment when none is given).

    Raises:
        ConfigurationError: the settings are not fit to run with.
        RuntimeError: a view declares no right.
    """
    settings = settings or config.read()
    app = Flask(__name__, static_folder=None, template_folder="../templates")
    app.extensions["portal.settings"] = settings
    _start_mechanisms(app, settings)
    _open_doors(app, settings)
    access.check(app)
    return app


def _start_mechanisms(app: Flask, settings: Settings) -> None:
    settings.instance.mkdir(parents=True, exist_ok=True, mode=0o700)  # customers and mails are nobody else's
    web.init_app(app, settings)
    headers.init_app(app, settings)
    assets.init_app(app)
    pages.init_app(app, settings)
    crypto.init_app(app, settings)
    database.init_app(app, settings)
    hashing.init_app(app, settings)
    readiness.init_app(app)
    mail_transport.init_app(app, settings)


def _open_doors(app: Flask, settings: Settings) -> None:
    account_guards.init_app(app)
    navigation.init_app(app)
    sections.init_app(app)
    for blueprint in (
        approvals.approvals,
        audience_pages.audiences,
        audit_pages.audit,
        confirmation.confirmation,
        *customer_desk.doors,
        *customer_pages.blueprints,
        door.staff_door,
        group_pages.groups,
        home.home,
        invitation.invitation,
        *newsletter_pages.blueprints,
        outbox.outbox,
        overview.overview,
        recovery,
        registration.registration,
        registrations.registrations,
        security,
        signing_in,
        start.start,
        waiting.waiting,
        words.words,
    ):
        app.register_blueprint(blueprint)
    if settings.env == "development":
        app.register_blueprint(mail_views.dev_mail)
    for command in (
        demo.demo_group,
        serving.serve,
        settings_commands.config_group,
        staff.staff_group,
        worker.command,
    ):
        app.cli.add_command(command)
