"""/dev/mail: the mails that a development machine keeps instead of sending them; registered nowhere else."""

import ipaddress
from email.message import EmailMessage

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from portal.config import settings
from portal.foundation.access import public
from portal.foundation.headers import POLICY
from portal.foundation.web import client_address
from portal.mail.transport import Folder

MOST = 200
INNER = ("MIME-Version", "Content-Type")  # say how a mail is put together: its raw form shows them
PARTS = ("html", "text", "raw")
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'self'; "
    "sandbox allow-top-navigation-by-user-activation"
)

dev_mail = Blueprint("dev_mail", __name__, url_prefix="/dev/mail")


@dev_mail.before_request
def keep_out() -> None:
    """Show nobody from the internet the mails, with their links, of a machine that is not said to be production."""
    if _is_outside(client_address()):
        abort(404)


@dev_mail.get("")
@public
def show() -> ResponseReturnValue:
    mails = [_facts(name, message) for name, message in _folder().newest(MOST)]
    return render_template("dev/mails.html", mails=mails)


@dev_mail.get("/<name>")
@public
def show_one(name: str) -> ResponseReturnValue:
    message = _find(name)
    part = request.args.get("show", "html")
    mail = _facts(name, message) | {
        "headers": [(header, str(value)) for header, value in message.items() if header not in INNER],
        "text": _part(message, "plain"),
        "raw": message.as_string(),
        "has_html": True,
    }
    page = render_template("dev/mail.html", mail=mail, show=part if part in PARTS else "html")
    return Response(page, headers={"Content-Security-Policy": f"{POLICY}; frame-src 'self'"})


@dev_mail.get("/<name>/html")
@public
def show_html(name: str) -> ResponseReturnValue:
    # In a frame, a link of the mail opens in the window around it.
    page = _part(_find(name), "html").replace("<head>", '<head><base target="_top">', 1)
    return Response(page, headers={"Content-Security-Policy": LETTER_POLICY, "X-Frame-Options": "SAMEORIGIN"})


@dev_mail.get("/<name>/text")
@public
def show_text(name: str) -> ResponseReturnValue:
    return Response(_part(_find(name), "plain"), mimetype="text/plain")


@dev_mail.get("/<name>/raw")
@public
def show_raw(name: str) -> ResponseReturnValue:
    return Response(_find(name).as_bytes(), mimetype="text/plain")


def _is_outside(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return bool(address)
    return (getattr(found, "ipv4_mapped", None) or found).is_global


def _folder() -> Folder:
    return Folder(settings().instance / "mail")


def _find(name: str) -> EmailMessage:
    message = _folder().find(name)
    if message is None:
        abort(404)
    return message


def _facts(name: str, message: EmailMessage) -> dict[str, object]:
    return {
        "id": name,
        "subject": str(message["Subject"]),
        "to": str(message["To"]),
        "sender": str(message["From"]),
        "at": message["Date"].datetime,
        "href": f"/dev/mail/{name}",
    }


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""
