"""Static files: addressed by their content, so that browsers keep them for ever."""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, abort, request, send_from_directory

from portal.foundation.access import public

STATIC = Path(__file__).parents[2] / "static"
FOR_EVER = "public, max-age=31536000, immutable"


def init_app(app: Flask) -> None:
    """Serve static/, compressed where a `.gz` lies beside the file."""
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=serve)
    app.jinja_env.globals["asset"] = address


def address(filename: str) -> str:
    """The address of a static file, which changes with its content."""
    # Not url_for: an error page needs it, too, when the host of the request is not ours and nothing can be built.
    return f"/static/{filename}?v={_version(filename)}"


@public
def serve(filename: str) -> Response:
    """One static file."""
    if filename.endswith(".gz"):
        abort(404)
    compressed = request.accept_encodings.quality("gzip") > 0 and (STATIC / f"{filename}.gz").is_file()
    response = send_from_directory(STATIC, f"{filename}.gz" if compressed else filename, etag=True)
    if compressed:
        response.headers["Content-Encoding"] = "gzip"
        response.mimetype = TYPES.get(Path(filename).suffix, "application/octet-stream")
    response.vary.add("Accept-Encoding")
    if "v" in request.args:
        response.headers["Cache-Control"] = FOR_EVER
    return response


TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".md": "text/markdown"}


@lru_cache(maxsize=256)
def _version(filename: str) -> str:
    return hashlib.sha256((STATIC / filename).read_bytes()).hexdigest()[:10]
