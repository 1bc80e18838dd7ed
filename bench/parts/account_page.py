"""The account page of a customer, beside a bare page of the same size on the same web server."""

from bench import beside, people, shops
from bench.figures import Figure, at_most, median, percentile

PAGE = "/account"


def run(size: int) -> list[Figure]:
    """On both databases, or the one asked for."""
    return [figure for database in shops.chosen() for figure in _on(database, size)]


def _on(database: str, size: int) -> list[Figure]:
    with shops.opened(database, size) as portal:
        portal.wait_until_idle()
        customer = people.ann(portal)
        body = customer.get(PAGE).expect(200).body
        found = beside.interleaved(portal, customer, body, {PAGE: PAGE})[PAGE]
        note = f"page {median(found.work):.2f} ms, bare page {median(found.bare_work):.2f} ms"
        return [
            Figure(f"{PAGE}: p95", percentile(found.pages, 95) * 1000, "ms", database=database),
            Figure(f"{PAGE}: processor beyond the bare page", found.beyond, "ms", at_most(1.5), database, note),
        ]
