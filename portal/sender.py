"""What sending campaigns needs of the portal, and no more: there is one process for each core, and it stays small."""

from flask import Flask
from flask_babel import Babel

import portal.groups.models
import portal.staff.models  # noqa: F401 - with those that newsletters know themselves, all the tables that rows lead to
from portal import config
from portal.cli import sending
from portal.config import Settings
from portal.foundation import crypto, database, lately, world


def create_app(settings: Settings | None = None) -> Flask:
    """An application without a page, for `flask sender` alone (settings are those of the whole portal).

    Raises:
        ConfigurationError: the settings are not fit to run with.
    """
    settings = settings or config.read()
    app = Flask("portal", static_folder=None)
    app.extensions["portal.settings"] = settings
    world.forget_most()
    Babel(app)
    crypto.init_app(app, settings)
    database.init_app(app, settings)
    lately.init_app(app)
    app.cli.add_command(sending.sender)
    return app
