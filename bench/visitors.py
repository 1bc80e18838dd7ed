"""People at the portal over real HTTP, each with a cookie jar and a network address of their own; crowds of them."""

import http.client
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from itertools import count
from typing import Self
from urllib.parse import urlencode

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
FORM = "application/x-www-form-urlencoded"
PATIENCE = 60  # seconds
_networks = count(1)


class Broken(Exception):
    """The portal did something else than what is measured; the message says what."""


@dataclass(frozen=True)
class Answer:
    """What came back, and after how many seconds."""

    status: int
    body: bytes
    seconds: float
    leads_to: str = ""

    def expect(self, status: int) -> Self:
        """Go on only with this status.

        Raises:
            Broken: it is another.
        """
        if self.status != status:
            words = re.sub(r"<[^>]+>|\s+", " ", self.body.decode(errors="replace"))
            raise Broken(f"{self.status} instead of {status}: {' '.join(words.split())[:400]}")
        return self


@dataclass(frozen=True)
class Download:
    """A file that was taken: seconds to its first byte and to its last, and how large it was."""

    status: int
    first: float
    seconds: float
    size: int
    lines: int


class Visitor:
    """One connection that is kept, cookies, and the hidden fields of the page that was opened last."""

    def __init__(self, port: int) -> None:
        number = next(_networks)
        # A proxy of its own for each, as far as the portal can tell, so that limits per network stay as they are.
        self._network = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._jar = SimpleCookie()
        self._hidden: dict[str, str] = {}

    def get(self, path: str) -> Answer:
        """Open a page."""
        answer = self._ask("GET", path)
        self._hidden = dict(HIDDEN.findall(answer.body.decode(errors="replace")))
        return answer

    def post(self, path: str, **fields: str) -> Answer:
        """Send the form of the page that was opened last."""
        return self._ask("POST", path, urlencode(self._hidden | fields))

    def send_file(self, path: str, name: str, content: bytes) -> Answer:
        """Send the form of the page that was opened last, with a file in its field `name`."""
        edge = uuid.uuid4().hex
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in self._hidden.items()
        ]
        parts.append(f'--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="customers.csv"\r\n\r\n')
        body = "".join(parts).encode() + content + f"\r\n--{edge}--\r\n".encode()
        return self._ask("POST", path, body, f"multipart/form-data; boundary={edge}")

    def download(self, path: str, piece: int = 1 << 16) -> Download:
        """Take a file and keep none of it, whatever its size."""
        self._connection.close()
        start = time.perf_counter()
        self._connection.request("GET", path, headers={"X-Forwarded-For": self._network, "Cookie": self.cookies})
        response = self._connection.getresponse()
        size, lines = 0, 0
        first = response.read(1)
        first_after = time.perf_counter() - start
        content = first
        while content:
            size, lines = size + len(content), lines + content.count(b"\n")
            content = response.read(piece)
        return Download(response.status, first_after, time.perf_counter() - start, size, lines)

    @property
    def cookies(self) -> str:
        """The jar, as it is sent."""
        return "; ".join(f"{name}={morsel.value}" for name, morsel in self._jar.items())

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _ask(self, method: str, path: str, body: str | bytes | None = None, kind: str = FORM) -> Answer:
        headers = {
            "X-Forwarded-For": self._network,
            "Cookie": self.cookies,
            **({"Content-Type": kind} if body is not None else {}),
        }
        start = time.perf_counter()
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # The server closes a connection that was quiet for a while; browsers open another one, too.
            self._connection.close()
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
        content = response.read()
        seconds = time.perf_counter() - start
        for cookie in response.headers.get_all("Set-Cookie") or []:
            self._jar.load(cookie)
        return Answer(response.status, content, seconds, response.headers.get("Location", ""))


@dataclass
class Tally:
    """What a crowd got done while it was counted: when each act ended, and how long it took."""

    ends: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    all: int = 0  # acts, those before and after the counting included
    problem: Exception | None = None

    @property
    def rate(self) -> float:
        """Acts per second, from the end of the first to the end of the last."""
        if len(self.ends) < 2:
            raise Broken("Nothing was finished in the time of a round.")
        return (len(self.ends) - 1) / (max(self.ends) - min(self.ends))


@contextmanager
def crowd(size: int, act: Callable[[], object], *, settle: float) -> Iterator[Tally]:
    """So many people who do something again and again; counted from `settle` seconds on to the end of the block.

    On a busy machine it goes on until as many acts were counted as there are people.

    Raises:
        Broken: what the act raised.
    """
    tally, lock, counting, over = Tally(), threading.Lock(), threading.Event(), threading.Event()

    def live() -> None:
        while not over.is_set():
            start = time.perf_counter()
            try:
                act()
            except Exception as problem:  # noqa: BLE001 - told by the thread that waits for us
                tally.problem = problem
                return
            end = time.perf_counter()
            with lock:
                tally.all += 1
            if counting.is_set() and not over.is_set():
                tally.ends.append(end)
                tally.seconds.append(end - start)

    people = [threading.Thread(target=live) for _ in range(size)]
    for person in people:
        person.start()
    try:
        time.sleep(settle)
        counting.set()
        yield tally
        _wait_for_all(tally, people)
    finally:
        over.set()
        for person in people:
            person.join()
    if tally.problem is not None:
        raise Broken(str(tally.problem)) from tally.problem


def _wait_for_all(tally: Tally, people: list[threading.Thread]) -> None:
    until = time.monotonic() + PATIENCE
    while len(tally.ends) < len(people) and tally.problem is None and time.monotonic() < until:
        time.sleep(0.05)
