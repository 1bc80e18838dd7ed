"""Security headers on every response, and the session cookie."""

from datetime import timedelta

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature, URLSafeTimedSerializer

from portal.config import Settings

# Nothing is inline anywhere, so the policy needs no nonce. `data:` is for the arrows and ticks of the style sheet.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FILE_POLICY = f"{POLICY}; sandbox"  # of what people sent, should a browser open it as a page
FRAMING_POLICY = f"{POLICY}; frame-src 'self'"  # of pages that show a mail in a frame
# Of that frame: a mail carries its style in itself and may show pictures, and nothing else; no page but ours shows it.
FRAMED_POLICY = (
    "default-src 'none'; img-src 'self' data: https:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox"
)
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: forms on https need the Referer for their own check.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "publickey-credentials-create=(self), publickey-credentials-get=(self), accelerometer=(), browsing-topics=(), "
        "camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()"
    ),
    "X-Frame-Options": "DENY",
}
TWO_YEARS = "max-age=63072000; includeSubDomains"


class SessionCookie(SecureCookieSessionInterface):
    """Flask's cookie, signed anew under the newest key when it comes back under an older one.

    Whoever looks in between two changes of keys stays signed in, so a key that is taken away months later ends nothing.
    """

    _made: tuple[tuple[object, ...], URLSafeTimedSerializer | None] | None = None  # by which keys

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        found = super().open_session(app, request)
        if found and app.config["SECRET_KEY_FALLBACKS"] and not request.path.startswith("/static/"):
            newest = super().get_signing_serializer(app)
            if newest is not None:
                newest.secret_keys = newest.secret_keys[-1:]
                try:
                    newest.loads(request.cookies[self.get_cookie_name(app)])
                except BadSignature:
                    found.modified = True
        return found

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """The same signer again and again while the keys are the same; Flask makes two at each request."""
        keys = (app.secret_key, *app.config["SECRET_KEY_FALLBACKS"])
        if self._made is None or self._made[0] != keys:
            self._made = keys, super().get_signing_serializer(app)
        return self._made[1]


def init_app(app: Flask, settings: Settings) -> None:
    """Set the headers and the cookie of this installation."""
    app.config.update(
        SESSION_COOKIE_NAME="__Host-session" if settings.secure else "session",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    app.session_interface = SessionCookie()

    def protect(response: Response) -> Response:
        own = {name.lower() for name, _ in response.headers}
        response.headers.extend({name: value for name, value in ALWAYS.items() if name.lower() not in own})
        if settings.secure:
            response.headers["Strict-Transport-Security"] = TWO_YEARS
        if request.endpoint != "static" or response.status_code >= 400:
            # Every page carries a form's token or somebody's data.
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    app.after_request(protect)
