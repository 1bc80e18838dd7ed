"""How migrations reach the database: through the application's own engine, one transaction for all."""

from typing import Any

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app

from portal.foundation.database import WHERE, UtcDateTime, db
from portal.foundation.migrations import is_of_models


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | bool:
    """Write moments as the plain type, so that old migrations never depend on the portal's code."""
    del autogen
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def say_which_rows() -> None:
    """Tell each dialect's option of partial indexes, so that a new migration holds them (see `partial_index`)."""
    for table in db.metadata.tables.values():
        for index in table.indexes:
            if WHERE in index.info:
                for dialect in ("sqlite", "postgresql"):
                    index.dialect_options[dialect]["where"] = index.info[WHERE]


def run() -> None:
    say_which_rows()
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # A table that is rebuilt is dropped meanwhile; its references must survive that.
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.rollback()
        configured = current_app.extensions["migrate"].configure_args
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_item=render_item,
            include_object=is_of_models,
            **configured,
        )
        with context.begin_transaction():
            context.run_migrations()
        if connection.dialect.name == "sqlite":
            broken = connection.execute(sa.text("PRAGMA foreign_key_check")).all()
            if broken:
                raise RuntimeError(f"References broken by this migration: {broken}")
        connection.commit()


run()
