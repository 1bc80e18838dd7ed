"""Weight: the registration page in a browser that was never there, and the processes that serve it."""

from playwright.sync_api import Request, sync_playwright

from bench import people, processes, shops
from bench.figures import Figure, at_most
from bench.shops import Portal
from bench.visitors import Visitor
from tests.journeys.person import launch

PAGE = "/register"
VISITS = 100  # before the memory of a process is looked at


def run(size: int) -> list[Figure]:
    """On SQLite: what a browser gets does not depend on the database."""
    with shops.opened("sqlite", size) as portal:
        idle = [
            Figure("memory of the web worker, idle", processes.memory(portal.web()), "MB", at_most(75)),
            Figure("memory of the mail worker, idle", processes.memory(portal.worker()), "MB", at_most(75)),
        ]
        return [*_page(portal), *idle, *_memory(portal)]


def _page(portal: Portal) -> list[Figure]:
    asked: list[Request] = []
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(base_url=portal.shop.address)
        page.on("requestfinished", lambda request: asked.append(request))  # noqa: PLW0108 - Playwright marks its listeners
        page.goto(PAGE, wait_until="networkidle")
        sizes = [request.sizes() for request in asked]
        elsewhere = [request for request in asked if not request.url.startswith(portal.shop.address)]
        browser.close()
    bodies = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
    return [
        Figure(f"{PAGE} cold, as sent", bodies / 1000, "kB", at_most(120), note="headers included"),
        Figure(f"{PAGE} cold, requests", len(asked), "requests", at_most(8)),
        Figure(f"{PAGE} cold, requests to elsewhere", len(elsewhere), "requests", at_most(0)),
    ]


def _memory(portal: Portal) -> list[Figure]:
    visitor = Visitor(portal.port)
    for _ in range(VISITS):
        visitor.get(PAGE).expect(200)
    owner = people.owner(portal)
    owner.get("/staff/customers").expect(200)
    return [
        Figure("memory of the web worker, after work", processes.memory(portal.web()), "MB", at_most(95)),
        Figure("memory of the mail worker, after work", processes.memory(portal.worker()), "MB", at_most(95)),
    ]
