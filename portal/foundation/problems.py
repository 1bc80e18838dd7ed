"""Refusals for whoever asks in JSON: problem documents (RFC 9457) in place of pages."""

from flask import Response, jsonify, request

from portal.foundation import trace

PROBLEM = "application/problem+json"


def are_wanted() -> bool:
    """Whether the request speaks JSON, or asks for nothing but JSON."""
    return (
        request.is_json or request.accept_mimetypes.best_match(("text/html", "application/json")) == "application/json"
    )


def document(status: int, title: str, detail: str, way: tuple[str, str] | None = None) -> Response:
    """A problem document; `way` is a link on and its words."""
    told: dict[str, object] = {"title": title, "status": status, "detail": detail, "instance": trace.current()}
    if way is not None:
        told["way"] = {"href": way[0], "words": way[1]}
    response = jsonify(told)
    response.status_code, response.mimetype = status, PROBLEM
    return response
