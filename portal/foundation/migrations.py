"""flask db: Flask-Migrate and Alembic, loaded when they are called.

No web worker ever migrates, and to import Alembic would be a tenth of its memory.
"""

import click
from flask import Flask
from flask.cli import AppGroup

from portal.foundation import engines
from portal.foundation.database import db

COMMAND = "db"


def init_app(app: Flask) -> None:
    """Offer `flask db`; call before other commands are added."""
    app.cli = _Commands(app)


def open_to(app: Flask) -> None:
    """Let Flask-Migrate find the database of an application, and add its commands."""
    from flask_migrate import Migrate  # noqa: PLC0415 - see the module's docstring

    migrate = Migrate(render_as_batch=True, compare_type=True, compare_server_default=False)
    migrate.init_app(app, db, directory=str(engines.MIGRATIONS), command=COMMAND)


def is_of_models(item: object, name: str | None, kind: str, *others: object) -> bool:
    """Whether models say how something in the database is made: text search is written by hand in migrations."""
    del item, others
    by_hand = name is not None and (
        (kind == "table" and "_fts" in name) or (kind == "index" and name.endswith("_trgm"))
    )
    return not by_hand


class _Commands(AppGroup):
    """The commands of an application, `db` made when it is asked for."""

    def __init__(self, app: Flask) -> None:
        super().__init__(name=app.name)
        self._app = app

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), COMMAND})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == COMMAND and COMMAND not in self.commands:
            open_to(self._app)
        return super().get_command(ctx, cmd_name)
