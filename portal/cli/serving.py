"""flask serve: web server, worker and listener for bounces as children of one parent, started again when they die."""

import ctypes
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import click
from flask.cli import ScriptInfo

from portal.config import Settings

LOOK = 0.1  # seconds between two looks at the children
FAREWELL = 9.0  # seconds until a child that was told to end is killed
GRACE = 7  # seconds that gunicorn gives requests in hand
SHORT_LIFE = 5.0  # seconds; who dies younger is started again after a pause that grows
LONGEST_PAUSE = 30.0
MEMORY = {"MALLOC_ARENA_MAX": "2"}  # else glibc keeps freed memory for each of forty threads apart
PYTHON = (sys.executable, "-OO")  # without docstrings, which nobody reads here: five megabytes less of each process
PR_SET_PDEATHSIG = 1  # linux/prctl.h
DEMO = ("owner@demo.example", "clerk@demo.example", "marketing@demo.example")
DEMO_CUSTOMER = "ann@demo.example"


@dataclass
class Child:
    """A process that is started again when it ends."""

    name: str
    words: tuple[str, ...]
    files: tuple[int, ...] = ()
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    pause: float = field(default=0.0)
    due: float = 0.0

    def start(self) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches the parent alone."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.words,
            pass_fds=self.files,
            start_new_session=True,
            env=MEMORY | os.environ,
            preexec_fn=_end_with(os.getpid()),  # noqa: PLW1509 - the parent has one thread, so nothing is locked
        )

    def look_after(self) -> None:
        """Start it, or start it again: at once when it lived for a while, else after a pause that grows."""
        moment = time.monotonic()
        if self.process is None:
            if moment >= self.due:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            return
        lived = moment - self.started
        self.pause = min(max(self.pause * 2, 0.5), LONGEST_PAUSE) if lived < SHORT_LIFE else 0.0
        click.echo(f"The {self.name} ended ({code}); it starts again.", err=True)
        self.process, self.due = None, moment + self.pause

    def tell_to_end(self) -> None:
        """Ask it to end."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def see_off(self, until: float) -> None:
        """Wait for its end, and past `until` (of the monotonic clock) end it with all that it started."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@click.command("serve")
@click.pass_context
def serve(context: click.Context) -> None:
    """Serve the portal: web server, worker and whatever else is set to run, until Ctrl-C."""
    info = context.ensure_object(ScriptInfo)
    own: Settings = info.load_app().extensions["portal.settings"]
    module = info.app_import_path or "wsgi"
    door = _open_door(own)
    _compile(list(sys.modules.values()))
    children = _children(module, own, door.fileno())
    stop = threading.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: stop.set())
    click.echo(_welcome(own))
    while not stop.is_set():
        for child in children:
            child.look_after()
        stop.wait(LOOK)
    until = time.monotonic() + FAREWELL
    for child in children:
        child.tell_to_end()
    for child in children:
        child.see_off(until)


def _compile(loaded: Iterable[ModuleType]) -> None:
    """Have a process of its own make the bytecode that the children lack: who makes it stays seven megabytes larger."""
    lacking = [] if sys.dont_write_bytecode else [*_uncompiled(loaded)]
    gunicorn = importlib.util.find_spec("gunicorn")  # which the parent itself never loads
    if lacking and gunicorn is not None:
        lacking += gunicorn.submodule_search_locations or ()
        # One that can't be kept, where nobody may write, is made by each child as before.
        words = (sys.executable, "-m", "compileall", "-qq", "-o", "2", "-i", "-")
        subprocess.run(words, input="\n".join(lacking), text=True, check=False)


def _uncompiled(loaded: Iterable[ModuleType]) -> Iterator[str]:
    """Sources of modules whose bytecode without docstrings is absent, or older."""
    for module in loaded:
        spec = getattr(module, "__spec__", None)
        source = Path(spec.origin) if spec is not None and spec.has_location and spec.origin else None
        if source is None or source.suffix != ".py" or not source.exists():
            continue
        made = Path(importlib.util.cache_from_source(str(source), optimization=2))
        if not made.exists() or made.stat().st_mtime < source.stat().st_mtime:
            yield str(source)


def _children(module: str, own: Settings, door: int) -> list[Child]:
    portal = (*PYTHON, "-m", "portal", module)
    children = [Child("web server", _gunicorn(module, own, door), (door,)), Child("worker", (*portal, "worker"))]
    if own.bounce_domain and own.bounce_listen:
        by = ("--lmtp",) if own.bounce_listen == "lmtp" else ()
        children.append(Child("listener for bounces", (*portal, "bounces", "listen", *by)))
    return children


def _open_door(own: Settings) -> socket.socket:
    """Listen in the parent: a port that is taken is found here, and callers wait while a child starts again."""
    door = socket.socket(socket.AF_INET6 if ":" in own.host else socket.AF_INET)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((own.host, own.port))
        door.listen(512)
    except OSError as error:
        raise click.ClickException(
            f"Port {own.port} of {own.host} can’t be used ({error.strerror}). Set PORT to another one."
        ) from error
    return door


def _gunicorn(module: str, own: Settings, door: int) -> tuple[str, ...]:
    return (
        *(*PYTHON, "-m", "gunicorn", f"{module}:app", "--bind", f"fd://{door}"),
        *("--worker-class", "gthread", "--workers", "1", "--threads", str(own.request_threads)),
        *("--limit-request-line", "8190"),  # its most: what is too long is refused by the portal, with a page
        *("--graceful-timeout", str(GRACE), "--log-level", "warning", "--no-control-socket"),
        *("--forwarded-allow-ips", ""),  # what proxies say is read in one place, and that is the portal
    )


def _end_with(parent: int) -> Callable[[], None]:
    """Have the kernel end a child when the parent dies, even by kill -9 (Linux only)."""
    kernel = ctypes.CDLL(None) if sys.platform == "linux" else None

    def bind() -> None:
        if kernel is not None:
            kernel.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

    return bind


def _welcome(own: Settings) -> str:
    lines = ["", f"  {own.shop_name}: {own.base_url}", ""]
    kept = own.instance / "demo-password"
    if kept.is_file():
        lines += [
            f"  Staff      {own.base_url}/staff/sign-in   {', '.join(DEMO)}",
            f"  Customer   {own.base_url}/sign-in   {DEMO_CUSTOMER}",
            f"  demo password: {kept.read_text().strip()}",
            "",
        ]
    if own.mail_server:
        lines.append(f"  Mails leave through {own.mail_server}:{own.mail_port}.")
    else:
        lines.append(f"  Mails are kept in {own.instance / 'mail'}; read them at {own.base_url}/dev/mail")
    return "\n".join([*lines, "", "  Ctrl-C ends everything.", ""])
