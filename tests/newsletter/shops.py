"""Shops of their own for processes that send: a migrated database, people in it, and a campaign on its way."""

from collections.abc import Callable
from pathlib import Path

from flask import Flask

from portal import create_app
from portal.config import Settings
from portal.foundation import migrations
from tests import migrated, surroundings
from tests.house import fresh_database

KEY = "the only key of a shop that sends and long enough for anyone"
DATABASES = surroundings.DATABASES


def opened(folder: Path, server: str, **more: object) -> Flask:
    """A shop in a folder; on PostgreSQL when a server is given."""
    url = fresh_database(server) if server else ""
    told = {"bcrypt_cost": 4, "base_url": "http://localhost", "secret_keys": (KEY,), "sender_connections": 4} | more
    app = create_app(Settings(env="testing", instance=folder, database_url=url, **told))  # type: ignore[arg-type]
    with app.app_context():
        migrations.open_to(app)
        migrated.migrate()
    return app


def knobs(app: Flask) -> dict[str, object]:
    """The settings that a process of this shop needs besides its database."""
    own: Settings = app.extensions["portal.settings"]
    names = ("bcrypt_cost", "base_url", "mail_server", "mail_port", "sender_connections")
    return {"secret_keys": KEY} | {name: getattr(own, name) for name in names}


Opens = Callable[..., Flask]
