"""Photos over the web: what was uploaded, and how one is sent."""

import logging

from flask import Request, Response, abort

from portal.foundation import files, pictures
from portal.foundation.files import StoredFile
from portal.foundation.headers import FILE_POLICY

BODY = pictures.LARGEST + 1024 * 1024  # bytes of a request: what is a little too large is told at the field

log = logging.getLogger(__name__)


def uploaded(request: Request) -> bytes:
    """The bytes sent as `photo`, one more than is taken at most; empty where none were."""
    file = request.files.get("photo")
    return file.stream.read(pictures.LARGEST + 1) if file is not None else b""


def sent(row: StoredFile) -> Response:
    """A photo as a response of its own: a picture and nothing else, whatever a browser makes of it."""
    try:
        content = b"".join(files.pieces(row))
    except FileNotFoundError:
        log.warning("The bytes of a photo are gone.")
        abort(404)
    answer = Response(content, mimetype=row.media_type)
    answer.headers["Content-Security-Policy"] = FILE_POLICY
    answer.headers["Content-Disposition"] = 'inline; filename="photo.webp"'
    return answer
