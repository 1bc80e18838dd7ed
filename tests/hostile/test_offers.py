"""For roles by chance: whatever a page offers is let through, and what is let through is offered by the menu."""

import random
import re

import pytest
from werkzeug.exceptions import HTTPException

from portal.foundation import access
from portal.foundation.database import db
from portal.staff import queries
from portal.staff.rules import OF_A_STORE, Permission, completed
from portal.stores.queries import online
from tests import cast, surroundings
from tests.backoffice.desk import seated
from tests.browsing import Browser, Forms
from tests.cast import Person
from tests.hostile import attacks, doors

pytestmark = pytest.mark.parametrize("house", ["sqlite"], indirect=True, scope="session")
ROLES_BY_CHANCE = 16 if surroundings.EVERY_ATTACK else 6
LINK = re.compile(r'href="(/staff[^"#]*)"')


def rights_by_chance(seed):
    """A few rights, many, or one; in all stores or in the one where Ann buys."""
    chance = random.Random(seed)
    share = chance.choice((0.15, 0.5, 0.85))
    return completed(right for right in Permission if chance.random() < share), chance.random() < 0.4


@pytest.fixture(params=range(ROLES_BY_CHANCE))
def somebody(request, app, world):
    """A member with a role by chance, at a browser, and the rights that it brings."""
    granted, in_one_store = rights_by_chance(request.param)
    who = Person("Chance", "Member", "chance@demo.example")
    browser = seated(Browser(app), cast.member(who, "chance", granted, online() if in_one_store else None))
    db.session.commit()
    return browser.client, granted & OF_A_STORE if in_one_store else granted


def right_behind(app, method, path):
    """The right that an address asks for; empty when it is no address of ours."""
    try:
        endpoint, _values = app.url_map.bind("localhost").match(path.split("?")[0], method=method)
    except HTTPException:
        return ""
    return access.right_of(app.view_functions[endpoint])


def offered(page):
    """The links and the forms of a page, as method and address."""
    own = page.request.path
    forms = {(form["method"].upper(), form["action"] or own) for form in Forms(page.text).forms}
    return {("GET", path) for path in LINK.findall(page.text)} | forms


def test_what_the_page_offers_is_what_the_door_lets_through(app, world, somebody):
    client, rights = somebody
    wrong, seen = [], 0
    for door in doors.every(app, unsafe=False):
        if not door.of_staff or door.right not in (*rights, "staff"):
            continue
        page = client.get(doors.address(app, door, world.of_ann))
        if page.status_code != 200 or page.mimetype != "text/html":
            continue
        for method, path in offered(page):
            right = right_behind(app, method, path)
            seen += 1
            if not attacks.tried("rights", refused=right in (*rights, "staff", access.PUBLIC)):
                wrong.append((door.name, method, path, right))
    assert wrong == []
    assert seen > 5


def test_what_the_page_offers_opens(app, world, somebody):
    """Not only the door: behind it, too, the member finds what a link promised them."""
    client, _rights = somebody
    links = {path for method, path in offered(client.get("/staff")) if method == "GET"}
    number = world.of_ann["number"]
    customer = client.get(f"/staff/customers/{number}")
    if customer.status_code == 200:
        links |= {path for method, path in offered(customer) if method == "GET" and number in path}
    assert {
        path: client.get(path).status_code for path in links if client.get(path).status_code not in (200, 303)
    } == {}


def test_what_the_tree_offers_is_what_the_verb_takes(app, world):
    """Each tick of the role editor, sent alone: taken where it was offered, refused where it was not."""
    mine = {Permission.ROLE_VIEW, Permission.ROLE_MODIFY, Permission.CUSTOMER_VIEW, Permission.OUTBOX_VIEW}
    browser = seated(Browser(app), cast.member(Person("Chance", "Member", "chance@demo.example"), "chance", mine))
    page = browser.open("/staff/roles/new").text
    ticks = set(re.findall(r'name="permission" value="([^"]+)"', page))
    assert ticks == mine
    for right in Permission:
        browser.open("/staff/roles/new")
        answer = browser.send(name=f"With {right}"[:64], permission=[right.value])
        assert attacks.tried("rights", refused=(answer.status_code == 200) is (right in ticks)), right
    made = {right for role in queries.roles() if role.name.startswith("With") for right in queries.grants_of(role)}
    assert made == mine
