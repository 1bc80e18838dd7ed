"""Views that take files: how large a request they read, and a stored file as an answer that no browser runs."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

from flask import Response, current_app, request
from werkzeug.wsgi import FileWrapper

from portal.foundation import files
from portal.foundation.files import StoredFile
from portal.foundation.headers import FILE_POLICY

View = TypeVar("View", bound=Callable[..., Any])


def takes_files(most: int) -> Callable[[View], View]:
    """Have a view read requests of so many bytes; every other one reads what `web` allows."""

    def declare(view: View) -> View:
        view.portal_body = most  # type: ignore[attr-defined]  # functions take attributes, their type does not say so
        return view

    return declare


def allow() -> None:
    """Read as much of this request as its view declared."""
    most = getattr(current_app.view_functions.get(request.endpoint or ""), "portal_body", 0)
    if most and request.mimetype == "multipart/form-data":
        request.max_content_length = most


def attachment(row: StoredFile) -> Response:
    """A stored file to be saved, never shown: as what it was found to be, under the name that its owner gave it."""
    file = files.open_bytes(row)  # at once: a response is read when nothing knows the settings any more
    response = Response(FileWrapper(file, files.CHUNK), mimetype=row.media_type, direct_passthrough=True)
    response.call_on_close(file.close)
    response.content_length = row.size
    response.headers.set("Content-Disposition", "attachment", **_names(row.name))
    response.headers["Content-Security-Policy"] = FILE_POLICY
    return response


def _names(name: str) -> dict[str, str]:
    """A file's name for every browser: in plain letters, and as it is where it has others."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return {"filename": plain} if plain == name else {"filename": plain, "filename*": f"UTF-8''{quote(name, safe='')}"}
