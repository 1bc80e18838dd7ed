"""How addresses are written out: as Werkzeug does it, by functions that are made when they are needed."""

from werkzeug.routing import Map

from portal.foundation.routes import Route

ADDRESSES = Map([Route("/r/<route>/<int:page>", endpoint="page"), Route("/plain", endpoint="plain")]).bind("shop.test")


def test_an_address_is_the_same_the_first_time_and_later():
    for _ in range(2):
        assert ADDRESSES.build("page", {"route": "a b", "page": 2}) == "/r/a%20b/2"
        assert ADDRESSES.build("page", {"route": "a", "page": 2, "q": "x y"}) == "/r/a/2?q=x+y"
        assert ADDRESSES.build("page", {"route": "a", "page": 2, "q": "x"}, append_unknown=False) == "/r/a/2"
        assert ADDRESSES.build("plain", {"next": "/r"}) == "/plain?next=/r"


def test_an_address_leads_back_to_what_it_was_made_of():
    assert ADDRESSES.match("/r/a b/2") == ("page", {"route": "a b", "page": 2})
