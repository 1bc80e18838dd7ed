"""Postfix's own smtp-sink and smtp-source: a server that takes every mail fast, and the fastest sender there is."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.visitors import Broken
from tests.processes import free_port

UNPACKED = (
    "BENCH_POSTFIX"  # in the environment, a folder into which Debian's package was unpacked; else PATH is searched
)
BACKLOG = "1000"


@contextmanager
def sink() -> Iterator[int]:
    """Run smtp-sink; its port.

    Raises:
        Broken: there is none, or it does not start.
    """
    port = free_port()
    user = ("-u", "root") if os.geteuid() == 0 else ()
    server = subprocess.Popen(
        [_program("smtp-sink"), *user, f"127.0.0.1:{port}", BACKLOG], env=_environment(), stderr=subprocess.DEVNULL
    )
    try:
        time.sleep(0.5)
        if server.poll() is not None:
            raise Broken("smtp-sink did not start.")
        yield port
    finally:
        server.terminate()
        server.wait()


def source(port: int, mails: int, length: int) -> float:
    """Mails a second of smtp-source over one connection that is kept."""
    words = ("-s", "1", "-d", "-l", str(length), "-m", str(mails), "-f", "a@demo.example", "-t", "b@demo.example")
    start = time.perf_counter()
    subprocess.run([_program("smtp-source"), *words, f"127.0.0.1:{port}"], env=_environment(), check=True)
    return mails / (time.perf_counter() - start)


def _program(name: str) -> str:
    root = os.environ.get(UNPACKED)
    found = shutil.which(name, path=f"{root}/usr/sbin" if root else os.environ.get("PATH", "") + ":/usr/sbin")
    if found is None:
        raise Broken(f"There is no {name}: install postfix, or unpack it and set {UNPACKED} (bench/README.md).")
    return found


def _environment() -> dict[str, str]:
    root = os.environ.get(UNPACKED)
    return dict(os.environ) | ({"LD_LIBRARY_PATH": str(Path(root) / "usr/lib/postfix")} if root else {})
