"""The first page of a newcomer is light, and all of it comes from the shop itself."""

BYTES = 120_000
REQUESTS = 8


def test_the_registration_page_is_small_and_comes_from_nowhere_else(somebody, shop):
    visitor = somebody()
    asked = []
    visitor.context.on("requestfinished", lambda request: asked.append(request))  # noqa: PLW0108 - playwright takes no method of C
    visitor.page.goto("/register", wait_until="networkidle")

    assert len(asked) <= REQUESTS, [request.url for request in asked]
    assert [request.url for request in asked if not request.url.startswith(shop.address)] == []
    sizes = {
        request.url: sum(request.sizes()[part] for part in ("responseBodySize", "responseHeadersSize"))
        for request in asked
    }
    assert sum(sizes.values()) <= BYTES, sizes
