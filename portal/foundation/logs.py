"""Logs: one JSON object on each line of stdout, and in development lines for a reader; never a secret or a person.

What may stand in a line beside its words is listed here by name; everything else is dropped. Words lose e-mail
addresses and whatever could be the handle of a session or a mailed link; an exception is told by its kind and its
place, since its own words often repeat what somebody typed.
"""

import json
import logging
import re
import sys
import time
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

from flask import Flask, Response, g, has_request_context, request, request_finished, request_started
from flask.logging import default_handler

from portal.config import Settings
from portal.foundation import trace

Words = dict[str, Any]

ALLOWED = ("method", "endpoint", "status", "ms", "realm", "account", "outcome", "methods", "position", "code", "kind")
FIRST = ("event", "timestamp", "level", "logger")  # of every line
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
UNWATCHED = {"static", "healthz", "readyz"}  # told only when they fail
EMAIL = re.compile(r"[^\s@<>\"'(),:;\[\]]+@[^\s@<>\"'(),:;\[\]]+")
HANDLE = re.compile(r"[A-Za-z0-9_-]{20,}")
ASKED = re.compile(r"'.*'|request /\S*", re.DOTALL)  # what the web server quotes of a request that it could not read
CALLER = re.compile(r"\bip=\S+")  # who sent it, as the web server says
INNERMOST = 12  # frames of an exception

log = logging.getLogger("portal.requests")


def start(settings: Settings, stream: TextIO = sys.stdout) -> None:
    """Send every line of this process, whoever writes it, through here."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Lines(for_reader=settings.env == "development"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING if settings.env == "testing" else logging.INFO)
    logging.captureWarnings(capture=True)
    # No line tells thread, process or place of a call: as the manual says, they are then not looked for.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # noqa: SLF001 - the documented way
    logging.getLogger("portal").removeHandler(default_handler)
    for name in ("gunicorn.error", "gunicorn.access"):
        other = logging.getLogger(name)
        other.handlers[:], other.propagate = [], True
    # One line for each mail, each task of the database and each request is told by us, with less in it.
    for name in ("gunicorn.access", "werkzeug", "alembic", "sqlalchemy.engine"):
        logging.getLogger(name).setLevel(logging.WARNING)


def init_app(app: Flask) -> None:
    """Tell of every request, and of what breaks in one."""
    request_started.connect(_begin, app)
    request_finished.connect(_tell, app)
    app.log_exception = _tell_failure  # type: ignore[method-assign]  # Flask's own names the path, and links are in it


def about(*, realm: str, account: int) -> None:
    """Have the line of this request say who was signed in."""
    if has_request_context():
        g.log_about = {"realm": realm, "account": account}


def _begin(_app: Flask) -> None:
    g.log_begun = time.perf_counter()


def _tell(_app: Flask, response: Response) -> None:
    if not log.isEnabledFor(logging.INFO):
        return
    endpoint = request.endpoint or "none"
    if endpoint in UNWATCHED and response.status_code < 400:
        return
    words = {
        "method": _method(),
        "endpoint": endpoint,
        "status": response.status_code,
        "ms": round((time.perf_counter() - g.log_begun) * 1000, 1),
        **g.get("log_about", {}),
    }
    log.info("answered", extra=words)


def _tell_failure(exc_info: Any) -> None:
    log.error(
        "Something broke.", exc_info=exc_info, extra={"method": _method(), "endpoint": request.endpoint or "none"}
    )


def _method() -> str:
    """The method, unless somebody made one up."""
    return request.method if request.method in METHODS else "other"


class Lines(logging.Formatter):
    """One line for each record: a JSON object, or words for a reader."""

    def __init__(self, *, for_reader: bool) -> None:
        super().__init__()
        self.for_reader = for_reader

    def format(self, record: logging.LogRecord) -> str:
        """What is printed of a record."""
        words = _words_of(record)
        if self.for_reader:
            return self._read(words, record.exc_info)
        if record.exc_info and record.exc_info[1]:
            words["error"], words["raised"] = _failure(record.exc_info[1])
        return json.dumps(words, default=str)

    def _read(self, words: Words, error: Any) -> str:
        more = " ".join(f"{name}={words[name]}" for name in words if name not in FIRST)
        line = f"{words['timestamp'][:19]} {words['level']:<7} {words['event']} {more}".rstrip()
        return f"{line}\n{self.formatException(error)}" if error else line


def _words_of(record: logging.LogRecord) -> Words:
    moment = datetime.fromtimestamp(record.created, UTC)
    words: Words = {
        "event": _scrubbed(record),
        "timestamp": moment.isoformat().replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": record.name,
    }
    words |= {name: getattr(record, name) for name in ALLOWED if hasattr(record, name)}
    # The web server's own lines come between requests, when the number is still that of the last one.
    if not _is_of_the_server(record) and (number := trace.current()):
        words["request"] = number
    return words


def _is_of_the_server(record: logging.LogRecord) -> bool:
    return record.name.startswith("gunicorn")


def _scrubbed(record: logging.LogRecord) -> str:
    """Only what is printed stays, on one line, without addresses and handles."""
    said = record.getMessage()
    if _is_of_the_server(record):
        said = CALLER.sub("[address]", ASKED.sub("[…]", said))
    said = HANDLE.sub("[…]", EMAIL.sub("[address]", said))
    if said.isprintable():
        return said
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in said)


def _failure(found: BaseException) -> tuple[list[str], list[list[str]]]:
    """An exception by its kind and where it was raised, and those that led to it."""
    error: BaseException | None = found
    kinds: list[str] = []
    places: list[list[str]] = []
    while error is not None and len(kinds) < 5:
        kinds.append(type(error).__qualname__)
        places.append(_places(error.__traceback__))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return kinds, places


def _places(found: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(found)[-INNERMOST:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
