"""What every response of the portal must carry, and its cookies say; the tests’ client holds each answer to it."""

import re
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from portal.foundation import headers

LARGEST_COOKIE = 4096  # bytes that every browser keeps
# A mail in a frame, the pages that frame it, and the pictures of mails, by where they are.
OWN_WAYS = (
    (
        r"/staff/campaigns/\d+/message\.html",
        200,
        {"Content-Security-Policy": headers.FRAMED_POLICY, "X-Frame-Options": "SAMEORIGIN"},
    ),
    (r"/staff/campaigns/\d+(/preview)?", 200, {"Content-Security-Policy": headers.FRAMING_POLICY}),
    (r"/staff/campaigns/\d+", 422, {"Content-Security-Policy": headers.FRAMING_POLICY}),
    (r"/newsletter/archive/\w+", 200, {"Content-Security-Policy": headers.FRAMING_POLICY}),
    (
        r"/newsletter/archive/\w+/mail",
        200,
        {
            "Content-Security-Policy": f"{headers.FRAMED_POLICY} allow-top-navigation-by-user-activation",
            "X-Frame-Options": "SAMEORIGIN",
        },
    ),
    (
        r"/pictures/.*",
        200,
        {"Content-Security-Policy": headers.FILE_POLICY, "Cross-Origin-Resource-Policy": "cross-origin"},
    ),
)
STOREFRONT = "www.shop.example"  # of tests
COOKIES = {"session", "__Host-session", "device", "__Host-device"}
ELSEWHERE = "/c/"  # counted links of newsletters lead to addresses that stand in a table (test_clicks.py)


def faults(answer: TestResponse, *, secure: bool = False) -> list[str]:
    """What is wrong with the headers of an answer, in words; nothing, when it is as it should be."""
    wanted = headers.ALWAYS
    is_sent = (answer.mimetype or "").startswith(("image/", "application/pdf"))  # what people sent, whatever it is
    if is_sent and not answer.request.path.startswith("/static/"):
        wanted = wanted | {"Content-Security-Policy": headers.FILE_POLICY}
    for path, status, own in OWN_WAYS:
        read = answer.request.method in ("GET", "POST", "HEAD")
        if read and answer.status_code == status and re.fullmatch(path, answer.request.path):
            wanted = wanted | own
    found = [
        f"{name}: {answer.headers.getlist(name)}"
        for name, value in wanted.items()
        if answer.headers.getlist(name) != [value]
    ]
    if secure and answer.headers.get("Strict-Transport-Security") != headers.TWO_YEARS:
        found.append("Strict-Transport-Security is missing")
    is_kept = answer.request.path.startswith(("/static/", "/pictures/")) or answer.request.path.endswith("/feed.xml")
    is_file = is_kept and answer.status_code in (200, 304)
    if not is_file and answer.headers.get("Cache-Control") != "no-store":
        found.append(f"Cache-Control: {answer.headers.get('Cache-Control')}")
    if is_file and "Set-Cookie" in answer.headers:
        found.append("a file that is kept brings a cookie")
    if not re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", answer.headers.get("X-Request-Number", "")):
        found.append("X-Request-Number is missing")
    location = answer.headers.get("Location")
    leads_on = answer.request.path.startswith(ELSEWHERE)
    if location is not None and not leads_on and not _leads_home(answer, location):
        found.append(f"Location: {location}")
    found += [fault for line in answer.headers.getlist("Set-Cookie") for fault in _cookie_faults(line, secure=secure)]
    return found


def _leads_home(answer: TestResponse, location: str) -> bool:
    """Whether a redirect stays here; the form of a storefront alone leads back to a page of that."""
    if answer.request.path == "/newsletter/join" and location.startswith(f"https://{STOREFRONT}/"):
        return True
    return not urlsplit(location).netloc and re.match(r"/(?![/\\])", location) is not None


def _cookie_faults(line: str, *, secure: bool) -> list[str]:
    pair, *rest = (part.strip() for part in line.split(";"))
    name, said = pair.split("=")[0], {part.lower() for part in rest}
    wanted = {"httponly", "samesite=lax", "path=/"} | ({"secure"} if secure else set())
    found = [f"cookie {name} lacks {one}" for one in wanted - said]
    if name not in COOKIES or name.startswith("__Host-") is not secure:
        found.append(f"a cookie of an unknown name: {name}")
    if any(one.startswith("domain") for one in said):
        found.append(f"cookie {name} is for other hosts, too")
    if len(line) > LARGEST_COOKIE:
        found.append(f"cookie {name} is too large")
    return found
