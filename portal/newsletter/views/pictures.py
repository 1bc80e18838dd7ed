"""Pictures of mails: anybody who has a mail may see them, and nobody finds them without."""

from flask import Blueprint, Response, abort
from flask.typing import ResponseReturnValue

from portal.foundation import files
from portal.foundation.access import public
from portal.foundation.assets import FOR_EVER
from portal.foundation.headers import FILE_POLICY
from portal.newsletter.queries import campaigns as queries

pictures = Blueprint("mail_pictures", __name__, url_prefix="/pictures")


@pictures.get("/<file>")
@public
def show(file: str) -> ResponseReturnValue:
    """One picture; what it is called never changes, so it is kept for ever."""
    picture = queries.picture_by_key(file.partition(".")[0])
    if picture is None:
        abort(404)
    try:
        content = b"".join(files.pieces(picture.file))
    except FileNotFoundError:
        abort(404)
    response = Response(content, mimetype=picture.file.media_type)
    response.headers["Cache-Control"] = FOR_EVER
    response.headers["Content-Security-Policy"] = FILE_POLICY
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # mail programs on the web show it
    return response
