"""Static files: addressed by their content, so that browsers keep them for ever, and compressed once."""

import gzip
import hashlib
import os
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from flask import Flask, Response, request, send_file, send_from_directory

from portal.config import Settings
from portal.foundation.access import public

STATIC = Path(__file__).parents[2] / "static"
FOR_EVER = "public, max-age=31536000, immutable"
TEXTS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def init_app(app: Flask, settings: Settings) -> None:
    """Serve static/; only where files change under a running portal is each looked at for every page."""
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=serve)
    app.jinja_env.globals["asset"] = address if settings.env == "development" else cache(address)


def address(filename: str) -> str:
    """The address of a static file, which changes with its content."""
    # Not url_for: an error page needs it, too, when the host of the request is not ours and nothing can be built.
    return f"/static/{filename}?v={_version(filename, _changed(filename))}"


@public
def serve(filename: str) -> Response:
    """One static file."""
    response = send_from_directory(STATIC, filename)
    kind = TEXTS.get(Path(filename).suffix)
    if kind and response.status_code == 200 and request.accept_encodings.quality("gzip") > 0:
        response.close()
        changed = _changed(filename)
        packed = BytesIO(_compressed(filename, changed))
        response = send_file(packed, mimetype=kind, etag=f"{_version(filename, changed)}-gzip")
        response.headers["Content-Encoding"] = "gzip"
    if kind:
        response.vary.add("Accept-Encoding")
    if "v" in request.args:
        response.headers["Cache-Control"] = FOR_EVER
    return response


def _changed(filename: str) -> int:
    return os.stat(f"{STATIC}/{filename}").st_mtime_ns  # noqa: PTH116 - a path takes four times as long to make


@lru_cache(maxsize=64)
def _version(filename: str, changed: int) -> str:
    del changed
    return hashlib.sha256((STATIC / filename).read_bytes()).hexdigest()[:10]


@lru_cache(maxsize=64)
def _compressed(filename: str, changed: int) -> bytes:
    del changed
    return gzip.compress((STATIC / filename).read_bytes(), mtime=0)
