"""Requests that a proxy and the web server could read differently: the web server refuses them, as it is started."""

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import ParseException
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser

from portal.cli import serving
from portal.config import Settings
from tests.hostile.attacks import tried

SECOND = b"GET /account HTTP/1.1\r\nHost: shop.example\r\n\r\n"
AMBIGUOUS = {
    "a length and chunks": b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
    "two lengths": b"Content-Length: 6\r\nContent-Length: 5\r\n",
    "a list of lengths": b"Content-Length: 6, 6\r\n",
    "a length with a sign": b"Content-Length: +6\r\n",
    "a length below nothing": b"Content-Length: -1\r\n",
    "a length of other digits": b"Content-Length: \xd9\xa6\r\n",
    "a space before the colon": b"Content-Length : 6\r\n",
    "a coding that is none": b"Transfer-Encoding: xchunked\r\n",
    "chunks before another coding": b"Transfer-Encoding: chunked, identity\r\n",
    "a line that goes on": b"X-First: 1\r\n Content-Length: 6\r\n",
    "two hosts": b"Host: evil.example\r\n",
    "a line end of one sign": b"X-First: 1\nContent-Length: 6\r\n",
    "a NUL": b"X-First: a\0b\r\n",
}


def as_started() -> Config:
    """The settings of the web server under `flask serve`."""
    started = serving._gunicorn("wsgi", Settings(), 3)
    known = Config()
    told = known.parser().parse_args(started[started.index("gunicorn") + 1 :])
    for name, value in vars(told).items():
        if value is not None and name in known.settings:
            known.set(name, value)
    return known


def read(lines: bytes) -> Request:
    """What the web server makes of a request with these lines, behind which another one could hide."""
    raw = b"POST /sign-in HTTP/1.1\r\nHost: shop.example\r\n" + lines + b"\r\n0\r\n\r\n" + SECOND
    return next(RequestParser(as_started(), iter([raw]), ("192.0.2.1", 1)))


@pytest.mark.parametrize("kind", AMBIGUOUS)
def test_a_request_of_two_meanings_is_refused(kind):
    with pytest.raises(ParseException):
        read(AMBIGUOUS[kind])
    tried("headers", refused=True)


def test_a_name_that_only_looks_like_a_forwarded_one_is_dropped():
    names = [name for name, _ in read(b"Content-Length: 5\r\nX_Forwarded_For: 192.0.2.9\r\n").headers]
    assert names == ["HOST", "CONTENT-LENGTH"]


def test_a_plain_request_is_read():
    assert dict(read(b"Content-Length: 5\r\n").headers)["CONTENT-LENGTH"] == "5"
