"""What every request has: a number, one transaction, and a page for every refusal."""

import logging
from typing import Any

from flask import Flask, Response, abort, current_app, g, make_response, render_template, request
from flask.json.provider import DefaultJSONProvider
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map
from werkzeug.sansio.utils import host_is_trusted

from portal.config import Settings
from portal.foundation import database, pages, problems, trace, turning_away, uploads
from portal.foundation.access import public
from portal.foundation.errors import Busy, Conflict, DomainError, Expired, NotAllowed, NotFound, TooMany
from portal.foundation.text import _

STATUS: dict[type[DomainError], int] = {
    NotFound: 404,
    NotAllowed: 403,
    Conflict: 409,
    Expired: 410,
    TooMany: 429,
    Busy: 503,
}
RETRY_AFTER = 5  # seconds, where nothing better is known of a wait
BODY = 5 * 1024 * 1024  # bytes of a request
FORM = 256 * 1024  # bytes of a form's text
QUERY = 4096  # bytes behind the question mark of an address; the web server takes twice as much
SAFE = {"GET", "HEAD", "OPTIONS"}


class Protection(CSRFProtect):  # type: ignore[misc]  # Flask-WTF ships no types
    """Asks for the secret of the form, and where the browser says from which site it comes, for ours."""

    def protect(self, apply_exemptions: bool = False) -> None:  # noqa: FBT001, FBT002 - as Flask-WTF calls it
        """Let a form pass that has its secret and was sent by a page of ours.

        Raises:
            CSRFError: the secret is missing or not this browser's, or the page of another site sent it.
        """
        super().protect(apply_exemptions)
        if g.get("csrf_valid") and _is_from_elsewhere():  # what is exempt was not found valid either
            raise CSRFError


csrf = Protection()
log = logging.getLogger(__name__)


class Json(DefaultJSONProvider):
    """Refuses what is nested deeper than Python reads, as it refuses what is no JSON."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """What a text says.

        Raises:
            ValueError: it is no JSON, or nested too deep.
        """
        try:
            return super().loads(s, **kwargs)
        except RecursionError:
            raise ValueError("Nested too deep.") from None


class RowIdConverter(IntegerConverter):
    """An id in an address; one that no row can have is an unknown address."""

    def __init__(self, map: Map) -> None:  # noqa: A002 - werkzeug's name
        super().__init__(map, min=1, max=database.LARGEST_ID)


def init_app(app: Flask, settings: Settings) -> None:
    """Give every request its frame; call before anything else adds hooks, so that the commit runs last."""
    app.after_request(_commit)
    app.before_request(_begin)
    turning_away.init_app(app)
    app.register_error_handler(DomainError, _refuse)
    app.register_error_handler(HTTPException, _fail)
    app.register_error_handler(DataError, _misfit)
    app.url_map.converters["int"] = RowIdConverter
    app.json = Json(app)
    app.config.update(
        MAX_CONTENT_LENGTH=BODY,
        MAX_FORM_MEMORY_SIZE=FORM,
        MAX_FORM_PARTS=200,
        TRUSTED_HOSTS=_hosts(settings),
        WTF_CSRF_TIME_LIMIT=None,  # lives as long as the session, so a form may stay open
        WTF_I18N_ENABLED=False,  # every message is ours; WTForms would read its own catalogue at every request
    )
    if settings.proxy_hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxy_hops, x_proto=1, x_host=0)  # type: ignore[method-assign]
    app.add_url_rule("/healthz", endpoint="healthz", view_func=healthz)


def client_address() -> str:
    """The network address of the caller, as the trusted proxies tell it."""
    return request.remote_addr or ""


@public
def healthz() -> ResponseReturnValue:
    """The process is up."""
    return Response("ok\n", mimetype="text/plain")


def _hosts(settings: Settings) -> list[str]:
    own = settings.base_url.split("://", 1)[-1].split("/")[0].rsplit(":", 1)[0]
    local = [] if settings.production else ["localhost", "127.0.0.1"]
    return list(dict.fromkeys([own, *local, *settings.trusted_hosts]))


def _is_from_elsewhere() -> bool:
    """Whether a browser says that another site sends this; one that says nothing, as over http, is asked for Origin."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        return site not in ("same-origin", "none")
    if origin is None:
        return False
    host = origin.partition("://")[2]
    return not host_is_trusted(host, current_app.config["TRUSTED_HOSTS"])


def _begin() -> None:
    trace.start()
    uploads.allow()
    if request.mimetype == "application/x-www-form-urlencoded":
        request.max_content_length = FORM  # werkzeug reads these at once, whatever MAX_FORM_MEMORY_SIZE says
    if len(request.query_string) > QUERY:
        abort(414)
    if request.method in SAFE and request.endpoint != "static":
        database.read_only()


def _commit(response: Response) -> Response:
    """A view that returns has finished its work; one that raised was rolled back."""
    database.commit()
    response.headers["X-Request-Number"] = trace.current()
    return response


def _refuse(error: DomainError) -> ResponseReturnValue:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    return error_page(status, str(error), wait=error.seconds if isinstance(error, TooMany) else None)


def _fail(error: HTTPException) -> ResponseReturnValue:
    if error.code is not None and error.code < 400:
        return error
    if isinstance(error, InternalServerError):
        return error_page(500, _("It’s been recorded. Try again in a minute."))
    page = error_page(error.code or 500, _words(error.code))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        page.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return page


def refuse_form() -> Response:
    """The page for a form that came without its secret."""
    words = _("This page was open too long, or cookies are off. Go back, load it again and send the form once more.")
    return error_page(400, words)


def _misfit(error: DataError) -> ResponseReturnValue:
    """A value that no column holds, such as a number with thirty digits, never got past the database."""
    kind = type(error.orig).__name__  # its words repeat what was sent
    log.warning("A value that no column holds was refused by the database.", extra={"kind": kind})
    return error_page(400, _words(400))


def error_page(
    status: int,
    message: str,
    way: tuple[str, str] | None = None,
    *,
    wait: int | None = None,
    template: str = "errors/refused.html",
    **known: object,
) -> Response:
    """The page of a refusal, after everything that was begun is rolled back; who asks in JSON is answered in it.

    Args:
        status: of the answer.
        message: what happened and what to do.
        way: a link on and its words.
        wait: seconds until it helps to ask again.
        template: another page than that of every refusal.
        **known: what that page shows besides.
    """
    database.rollback()
    words = {
        "status": status,
        "title": _title(status),
        "message": message,
        "request_number": trace.current(),
        "way": way,
        **known,
    }
    page: str | Response
    if problems.are_wanted():
        page = problems.document(status, _title(status), message, way)
    elif status == 500:
        page = current_app.jinja_env.get_template("errors/failed.html").render(words | pages.language())
    else:
        page = render_template(template, **words)
    return retry_later(make_response(page, status), wait)


def retry_later(response: Response, wait: int | None) -> Response:
    """Tell programs, too, in how many seconds it helps to ask again."""
    if wait is None and response.status_code == 503:
        wait = RETRY_AFTER
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response


def _title(status: int) -> str:
    return {
        400: _("That didn’t arrive in one piece"),
        401: _("You’re signed out"),
        403: _("You can’t open this"),
        404: _("We can’t find that page"),
        405: _("That can’t be done here"),
        409: _("That’s changed meanwhile"),
        410: _("This link no longer works"),
        413: _("That’s too large"),
        414: _("That address is too long"),
        429: _("Too many tries"),
        500: _("Something broke on our side"),
        503: _("Busy right now"),
    }.get(status, _("That didn’t work"))


def _words(status: int | None) -> str:
    return {
        400: _("Go back and try once more."),
        404: _("Check the address, or go to the start page."),
        405: _("Go back and use the buttons of the page."),
        413: _("Send less text, or a smaller file."),
        414: _("Go back and search for less at once."),
    }.get(status or 0, _("Go back and try once more."))
