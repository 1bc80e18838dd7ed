"""Texts that the SMS gateway received: signed by it, answered at once and alike, whoever sent them."""

import json
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from portal.customers.service import texting as service
from portal.foundation.access import public
from portal.foundation.limits import unlimited
from portal.foundation.web import csrf

SIGNATURE = "X-Signature"  # t=<seconds since 1970>,v1=<hex>
LARGEST = 16_384  # bytes of a request
PROBLEM = "application/problem+json"  # RFC 9457

texting = Blueprint("texting", __name__, url_prefix="/api/v1/sms")


@texting.post("/inbound")
@public
@unlimited
def receive() -> ResponseReturnValue:
    """Take a text: `id`, `from` and `text`, as JSON or as a form."""
    body = request.get_data(cache=True)
    parts = dict(part.strip().partition("=")[::2] for part in request.headers.get(SIGNATURE, "").split(","))
    if len(body) > LARGEST or not service.is_signed(parts.get("t", ""), parts.get("v1", ""), body):
        return _problem(401, "The signature is missing, wrong or too old.")
    sent = _fields()
    if sent is None:
        return _problem(422, "A text needs an id, a from and a text.")
    service.receive(*sent)
    return Response('{"received": true}\n', mimetype="application/json")


csrf.exempt(receive)


def _fields() -> tuple[str, str, str] | None:
    found: Any = request.get_json(silent=True) if request.is_json else request.form
    if not hasattr(found, "get"):
        return None
    name, number, text = (found.get(key) for key in ("id", "from", "text"))
    if not all(isinstance(value, str) for value in (name, number, text)) or not name:
        return None
    return name, number, text


def _problem(status: int, title: str) -> Response:
    told = {"type": "about:blank", "title": title, "status": status}
    return Response(json.dumps(told) + "\n", status, mimetype=PROBLEM)
