"""The least that a page can cost here: the same bytes from a Flask application that does nothing else."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask, Response

from bench.visitors import Broken, Visitor
from tests.processes import free_port

PAGE = "BENCH_PAGE"  # names the file that holds the page
START_WITHIN = 30  # seconds


def create_app() -> Flask:
    """One page, read once."""
    app = Flask(__name__, static_folder=None)
    page = Path(os.environ[PAGE]).read_text()

    @app.get("/")
    def show() -> Response:
        return Response(page, mimetype="text/html")

    return app


@contextmanager
def served(page: bytes, threads: int) -> Iterator[tuple[int, int]]:
    """Serve a page with the gunicorn and the options of the portal; gives its port and its process."""
    with tempfile.NamedTemporaryFile() as kept:
        kept.write(page)
        kept.flush()
        port = free_port()
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "bench.bare:create_app()", "--bind", f"127.0.0.1:{port}"),
                *("--worker-class", "gthread", "--workers", "1", "--threads", str(threads)),
                *("--log-level", "warning", "--no-control-socket"),
            ],
            env={**os.environ, PAGE: kept.name},
        )
        try:
            _await(port)
            yield port, server.pid
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()


def _await(port: int) -> None:
    until = time.monotonic() + START_WITHIN
    while True:
        try:
            Visitor(port).get("/").expect(200)
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise Broken("The bare page did not start.") from None
            time.sleep(0.05)
        else:
            return
