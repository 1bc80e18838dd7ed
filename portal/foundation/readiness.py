"""/readyz: whether this portal can do its work now, for whoever decides where requests go."""

import functools

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, Response
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from portal.foundation import engines, heartbeat
from portal.foundation.access import public
from portal.foundation.clock import now
from portal.foundation.database import db


def init_app(app: Flask) -> None:
    """Answer at /readyz."""
    app.add_url_rule("/readyz", endpoint="readyz", view_func=readyz)


@public
def readyz() -> ResponseReturnValue:
    """Ready, or 503 with one reason on each line."""
    reasons = _reasons()
    return Response(
        "".join(f"{reason}\n" for reason in reasons or ["ready"]), 503 if reasons else 200, mimetype="text/plain"
    )


def _reasons() -> list[str]:
    try:
        at, wanted = set(MigrationContext.configure(db.session.connection()).get_current_heads()), _heads()
        if at != wanted:
            return [f"migrations: the database is at {_names(at)}, the code needs {_names(wanted)}"]
        seen = heartbeat.newest()
    except SQLAlchemyError as error:
        db.session.rollback()
        return [f"database: {type(error).__name__}"]
    if seen is None or now() - seen > heartbeat.LATE:
        return [f"worker: last seen {seen.isoformat(timespec='seconds') if seen else 'never'}"]
    return []


@functools.cache
def _heads() -> frozenset[str]:
    return frozenset(ScriptDirectory(str(engines.MIGRATIONS)).get_heads())


def _names(revisions: set[str] | frozenset[str]) -> str:
    return ", ".join(sorted(revisions)) or "nothing"
