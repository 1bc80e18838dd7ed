"""A portal as a shop runs it: `flask serve` on a free port, with an instance folder of its own."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa
from flask import Flask

from portal import config, create_app
from portal.accounts.guards.entrance import HANDLE
from portal.accounts.models import Account, Realm, SessionKind, SignInSession
from portal.accounts.service import sessions
from portal.accounts.service.sessions import Visitor
from portal.foundation import clock, migrations
from portal.foundation.database import db
from tests import migrated, processes

ROOT = Path(__file__).parents[2]
START_WITHIN = 60  # seconds
STOP_WITHIN = 10  # seconds, as the command promises


class Shop:
    """The web server and the worker, both as real processes, and the commands of the same shop.

    The portal stands behind a proxy that is believed, so that each person can come from an address of their own
    and the limits per address do not make one journey the reason of another's refusal.
    """

    def __init__(self, folder: Path, *, database_url: str = "", mail_port: int = 0, more: dict[str, str] | None = None):
        self.folder = folder
        self.port = processes.free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.name = f"http://localhost:{self.port}"  # where browsers give passkeys
        self.log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "FLASK_"))},
            "PORTAL_INSTANCE": str(folder),
            "PORTAL_PORT": str(self.port),
            "PORTAL_DATABASE_URL": database_url,
            "PORTAL_BCRYPT_COST": "10",
            "PORTAL_WORKER_THREADS": "1",  # each asks for mails twice a second, in every shop of the journeys
            "PORTAL_PROXY_HOPS": "1",
            **({"PORTAL_MAIL_SERVER": "127.0.0.1", "PORTAL_MAIL_PORT": str(mail_port)} if mail_port else {}),
            **(more or {}),
        }

    @classmethod
    def demo(cls, folder: Path, **kwargs: Any) -> Self:
        """The demo shop, small, ready to be opened."""
        shop = cls(folder, **kwargs)
        migrations.open_to(shop.application)
        with shop._at_hand():
            migrated.migrate()
        shop.tell("demo", "load", "--customers", "60")
        return shop

    @classmethod
    def copy(cls, demo: Path, folder: Path, **kwargs: Any) -> Self:
        """A shop that begins where the one in the folder `demo` stands; that one must never have been opened."""
        shutil.copytree(demo, folder, dirs_exist_ok=True)
        return cls(folder, **kwargs)

    @cached_property
    def application(self) -> Flask:
        """The same shop in this process, for what needs neither a browser nor a process of its own."""
        return create_app(config.read(self.environment))

    @contextmanager
    def _at_hand(self) -> Iterator[Flask]:
        with self.application.app_context():
            yield self.application
            db.session.remove()
            db.engine.dispose()

    def prove_all(self, ago: timedelta = timedelta(0)) -> None:
        """Have everybody who is signed in proven who they are so long ago, in place of waiting."""
        with self._sessions.begin() as connection:
            connection.execute(sa.update(SignInSession).values(authenticated_at=clock.now() - ago))

    @cached_property
    def _sessions(self) -> sa.Engine:
        url = self.environment["PORTAL_DATABASE_URL"] or f"sqlite:///{self.folder / 'portal.db'}"
        return sa.create_engine(url, poolclass=sa.NullPool)

    def cookie_of_staff(self, email: str) -> str:
        """What the browser of somebody keeps who has just signed in, for stories that begin behind the form."""
        with self._at_hand() as inside:
            who = sa.select(Account).where(Account.realm == Realm.STAFF, Account.email == email)
            handle = sessions.open_session(db.session.scalars(who).one(), SessionKind.STAFF, Visitor())
            db.session.commit()
            client = inside.test_client()
            with client.session_transaction() as kept:
                kept[HANDLE[Realm.STAFF]] = handle
        cookie = client.get_cookie("session")
        assert cookie is not None
        return cookie.value

    def tell(self, *words: str) -> str:
        """Run one of the shop's commands in this process, which has loaded the portal already; give what it prints."""
        with self._at_hand() as inside:
            done = inside.test_cli_runner().invoke(args=words)
        assert done.exit_code == 0, f"flask {' '.join(words)} failed:\n{done.output}"
        return done.stdout

    def flask(self, *words: str) -> str:
        """Run one of the shop's commands as at a shell, in a process of its own; give what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"flask {' '.join(words)} failed:\n{done.stdout}{done.stderr}"
        return done.stdout

    def open(self) -> None:
        """Start the web server and the worker; come back when the first page answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "flask", "--app", "wsgi", "serve"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + START_WITHIN
        while not self._answers():
            assert self._process.poll() is None, f"The portal ended:\n{self.said()}"
            assert time.monotonic() < until, f"The portal did not start:\n{self.said()}"
            time.sleep(0.05)

    def close(self) -> None:
        """End both processes, the way a service manager does it."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                self._process.kill()
                raise

    def said(self) -> str:
        """What the processes have written to their terminal."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def demo_password(self) -> str:
        """The password of everybody in the demo shop."""
        return (self.folder / "demo-password").read_text(encoding="utf-8").strip()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
