"""flask db: Flask-Migrate and Alembic, loaded when they are called.

No web worker ever migrates, and to import Alembic would be a tenth of its memory.
"""

import click
from flask import Flask

from portal.foundation import engines
from portal.foundation.database import db

COMMAND = "db"


def command(app: Flask) -> click.Command:
    """`flask db`."""
    open_to(app)
    return app.cli.commands[COMMAND]


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
