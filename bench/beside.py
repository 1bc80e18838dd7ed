"""Pages of the portal beside a bare page of the same size on the same web server, a few of each in turn."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench import bare, processes
from bench.figures import median
from bench.shops import Portal
from bench.visitors import Visitor

ROUNDS = 5
PAGES = 20  # of each kind in a round


@dataclass
class Measured:
    """Seconds of each page and of each bare one beside it, and processor time per page, by round."""

    pages: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    bare_work: list[float] = field(default_factory=list)

    @property
    def beyond(self) -> float:
        """Ms of processor time that a page takes beyond a bare one."""
        return median([work - beside for work, beside in zip(self.work, self.bare_work, strict=True)])


@contextmanager
def bare_server(portal: Portal, body: bytes) -> Iterator[tuple[Visitor, list[int]]]:
    """A visitor of a page with this body on a server like the portal's, and that server's processes."""
    with bare.served(body, portal.app.extensions["portal.settings"].request_threads) as (port, server):
        yield Visitor(port), processes.named(server, "gunicorn")


def interleaved(portal: Portal, visitor: Visitor, body: bytes, paths: dict[str, str]) -> dict[str, Measured]:
    """Open pages by their names, a few of one kind and as many bare ones, and again."""
    measured = {name: Measured() for name in paths}
    web = portal.web()
    with bare_server(portal, body) as (stranger, bare_web):
        for path in paths.values():
            opened(visitor, path, web)
            opened(stranger, "/", bare_web)
        for _ in range(ROUNDS):
            for name, path in paths.items():
                pages, work = opened(visitor, path, web)
                beside, bare_work = opened(stranger, "/", bare_web)
                found = measured[name]
                found.pages += pages
                found.bare += beside
                found.ratios.append(median(pages) / median(beside))
                found.work.append(work)
                found.bare_work.append(bare_work)
    return measured


def opened(visitor: Visitor, path: str, pids: list[int], pages: int = PAGES) -> tuple[list[float], float]:
    """Seconds of each of some pages, and ms of processor time of the web server for one."""
    before = processes.used(pids)
    seconds = [visitor.get(path).expect(200).seconds for _ in range(pages)]
    spent = processes.used(pids) - before
    return seconds, spent.working * 1000 / pages
