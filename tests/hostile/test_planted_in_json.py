"""Every column of every table beside what the script of a page says of a passkey: nothing of it is stored.

Each ceremony is gone through twice as it is, which shows what differs by chance or clock, and once with the extras.
"""

import pytest

from portal.foundation.database import db
from portal.staff.rules import OWNER
from tests import cast
from tests.accounts import passkeying
from tests.accounts.authenticator import Authenticator
from tests.accounts.passkeying import add, enter, options, post, say
from tests.browsing import Browser
from tests.hostile import attacks, database
from tests.hostile.test_planted_columns import PLANTED, extras

pytestmark = pytest.mark.parametrize("house", ["sqlite"], indirect=True, scope="session")
PORTION = 500  # fields of one answer, which may not be longer than a script's
OWN = {"credential", "name", "next", "remember", "id", "type", "response", "user", "challenge"}
DOORS = {"": cast.ANN, "/staff": cast.OTTO}


@pytest.fixture
def people(app):
    """Ann and Otto, each with a passkey on a device; the database as it is then, to come back to."""
    cast.customer(cast.ANN)
    cast.member(cast.OTTO, "owner", set(OWNER))
    devices = {}
    for door, person in DOORS.items():
        browser, devices[door] = Browser(app), Authenticator()
        enter(browser, person, door)
        assert add(browser, devices[door], door).status_code == 200
    db.session.commit()
    kept = database.keep()
    with database.watching():
        yield devices, kept


def planted():
    return extras(OWN)


def told(browser, purpose, credential, door, more):
    return post(browser, f"{door}/passkeys/{purpose}", {"credential": credential, **more})


def adding(app, device, door, more):
    browser = arrived(app, device, door)
    browser.open(passkeying.ADD_PAGE[door])
    made = Authenticator().make(options(browser, "add", door))
    return told(browser, "add", made | more, door, {"name": "Mine"} | more)


def signing_in(app, device, door, more):
    browser = Browser(app)
    browser.open(passkeying.SIGN_IN_PAGE[door])
    return told(browser, "sign-in", device.use(options(browser, "sign-in", door)) | more, door, more)


def confirming(app, device, door, more):
    browser = arrived(app, device, door)
    browser.open("/staff" if door else "/account")
    return told(browser, "confirm", device.use(options(browser, "confirm", door)) | more, door, more)


def arrived(app, device, door):
    browser = Browser(app)
    browser.open(passkeying.SIGN_IN_PAGE[door])
    assert say(browser, "sign-in", device.use(options(browser, "sign-in", door)), door).status_code == 200
    return browser


WAYS = [(way, door) for way in (adding, signing_in, confirming) for door in DOORS]


@pytest.mark.parametrize(("way", "door"), WAYS, ids=lambda one: getattr(one, "__name__", one))
def test_no_ceremony_stores_a_field_that_its_script_does_not_send(app, people, way, door):
    devices, kept = people

    def stored(more):
        database.bring_back(kept)
        answer = way(app, devices[door], door, more)
        assert answer.status_code == 200, answer.text
        return database.rows()

    first, again = stored({}), stored({})
    by_chance, wrong, names = database.changed(first, again), [], sorted(planted().items())
    for start in range(0, len(names), PORTION):
        some = dict(names[start : start + PORTION])
        spoiled = stored(some)
        found = {name: more - by_chance.get(name, set()) for name, more in database.changed(first, spoiled).items()}
        refused = not any(found.values()) and PLANTED not in str(spoiled)
        if not attacks.tried("planted columns", refused=refused, times=2 * len(some)):
            wrong.append(found)
    assert wrong == []
