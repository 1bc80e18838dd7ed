"""/readyz: whether this portal can do its work now, for whoever decides where requests go."""

import functools
import re

import sqlalchemy as sa
from flask import Flask, Response
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from portal.foundation import engines, heartbeat
from portal.foundation.access import public
from portal.foundation.clock import now
from portal.foundation.database import db

# What Alembic asks of its files; to import it would cost every web worker ten megabytes.
REVISION = re.compile(r'^revision = "(.+)"$', re.MULTILINE)
BEFORE = re.compile(r'^down_revision = "(.+)"$', re.MULTILINE)


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
        at, wanted = _revisions(), _heads()
        if at != wanted:
            return [f"migrations: the database is at {_names(at)}, the code needs {_names(wanted)}"]
        seen = heartbeat.newest()
    except SQLAlchemyError as error:
        db.session.rollback()
        return [f"database: {type(error).__name__}"]
    if seen is None or now() - seen > heartbeat.LATE:
        return [f"worker: last seen {seen.isoformat(timespec='seconds') if seen else 'never'}"]
    return []


def _revisions() -> set[str]:
    if not sa.inspect(db.session.connection()).has_table("alembic_version"):
        return set()
    return set(db.session.scalars(sa.text("SELECT version_num FROM alembic_version")))


@functools.cache
def _heads() -> frozenset[str]:
    files = [path.read_text(encoding="utf-8") for path in (engines.MIGRATIONS / "versions").glob("*.py")]
    made = {name for text in files for name in REVISION.findall(text)}
    return frozenset(made - {name for text in files for name in BEFORE.findall(text)})


def _names(revisions: set[str] | frozenset[str]) -> str:
    return ", ".join(sorted(revisions)) or "nothing"
