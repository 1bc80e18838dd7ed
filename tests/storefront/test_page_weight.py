"""The registration page for somebody who was never here: few requests, few bytes, nothing from elsewhere."""

import gzip
import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from tests import cast

MOST_BYTES = 120 * 1024
MOST_REQUESTS = 8
FETCHED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}


class Assets(HTMLParser):
    """What a browser fetches because of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        address = dict(attrs).get(FETCHED.get(tag, ""))
        if address:
            self.addresses.append(address)


def transferred(client, path):
    """The bytes of an answer as they travel, and its text."""
    answer = client.get(path, headers={"Accept-Encoding": "gzip, br"})
    assert answer.status_code == 200, path
    body = answer.get_data()
    if answer.headers.get("Content-Encoding") == "gzip":
        return len(body), gzip.decompress(body).decode("utf-8", "replace")
    return len(body), body.decode("utf-8", "replace")


def test_registering_cold_is_light(client):
    for name in ("Trade", "Club", "Schools"):
        cast.group(name)
    size, html = transferred(client, "/register")
    sizes = {"/register": size}
    for address in Assets(html).addresses:
        assert not urlsplit(address).netloc, f"{address} is from elsewhere"
        sizes[address], text = transferred(client, address)
        if ".css" in address:
            # A font is fetched when a letter needs it; English needs the latin one.
            for font in re.findall(r"url\((?!data:)[\"']?([^)\"']+)", text):
                assert not urlsplit(font).netloc, f"{font} is from elsewhere"
                if "latin-wght" in font:
                    sizes[font] = transferred(client, urljoin(address, font))[0]
    assert len(sizes) <= MOST_REQUESTS, sizes
    assert sum(sizes.values()) <= MOST_BYTES, sizes
    assert len(sizes) >= 5, "the page has its styles, scripts and font"
