"""A form of another site, of another person or of another time is refused at every door, and changes nothing."""

from functools import cache

import pytest

from portal.foundation import access
from tests.browsing import Forms
from tests.hostile import attacks, database, doors
from tests.hostile.world import CUSTOMERS

pytestmark = pytest.mark.parametrize("house", ["sqlite"], indirect=True, scope="session")
ELSEWHERE = {"Origin": "https://evil.example"}
FORGERIES = (
    "no secret",
    "a secret of somebody signed out",
    "a secret of somebody else",
    "a secret from before the sign-in",
    "an origin elsewhere",
    "a site elsewhere",
    "a text instead of a form",
)


def secret_of(client, path):
    """The secret that the first form of a page carries."""
    page = client.get(path, follow_redirects=True).text
    return next(form["fields"]["csrf_token"] for form in Forms(page).forms if "csrf_token" in form["fields"])


def who_may(door):
    """Somebody who would be let in at a door."""
    if door.right == access.PUBLIC:
        return "nobody"
    return {"customer": "ann", "applicant": "applicant"}.get(door.right, "owner")


def home_of(who):
    """A page of theirs that has a form."""
    return {"nobody": "/register", "applicant": "/waiting", "owner": "/staff"}.get(who, "/account")


@pytest.fixture
def at_hand(world):
    """The browser of somebody and the secret of their forms, both asked for once; refused forms change neither."""

    @cache
    def found(who):
        client = world.client(who.removeprefix("a second "))
        return client, secret_of(client, "/sign-in" if who == "signed out" else home_of(who))

    return found


@pytest.fixture
def forge(at_hand):
    """Send a forged form of one kind to an address as somebody."""
    other = {"nobody": "a second nobody", "ann": "ben", "applicant": "ann", "owner": "clerk"}

    def send(kind, who, method, path):
        client, own = at_hand(who)
        headers, data = {}, {}
        if kind == "a secret of somebody signed out":
            data = {"csrf_token": at_hand("signed out")[1]}
        elif kind == "a secret of somebody else":
            data = {"csrf_token": at_hand(other[who])[1]}
        elif kind == "a secret from before the sign-in":
            data = {"csrf_token": at_hand("a second nobody")[1]}
        elif kind == "an origin elsewhere":
            data, headers = {"csrf_token": own}, ELSEWHERE
        elif kind == "a site elsewhere":
            data, headers = {"csrf_token": own}, {"Sec-Fetch-Site": "cross-site"}
        elif kind == "a text instead of a form":
            data, headers = f'{{"csrf_token": "{own}", "x": "="}}', {"Content-Type": "text/plain"}
        return client.open(path, method=method, data=data, headers=headers)

    return send


@pytest.mark.parametrize("kind", FORGERIES)
def test_a_forged_form_is_refused_at_every_door_and_changes_nothing(app, world, at_hand, forge, kind):
    wrong, before = [], database.rows()
    for door in doors.every(app, unsafe=True):
        if doors.takes_forms_of_anybody(app, door):
            continue
        answer = forge(kind, who_may(door), door.method, doors.address(app, door, world.of_ann))
        after = database.rows()
        fits = answer.status_code in (400, 415) and before == after
        if not attacks.tried("forged forms", refused=fits):
            wrong.append((door.name, answer.status_code, database.changed(before, after)))
        before = after
    assert wrong == []
    for who in {who_may(door) for door in doors.every(app, unsafe=True)}:
        assert at_hand(who)[0].get(home_of(who)).status_code == 200, f"{who} is not there any more"


def test_the_forms_would_be_taken_without_the_forgery(app, world, restore):
    """The refusals above are worth something only where the right secret is let through."""
    wrong = []
    for door in doors.every(app, unsafe=True):
        if doors.takes_forms_of_anybody(app, door):
            continue
        client = world.client(who_may(door))
        data = {"csrf_token": secret_of(client, home_of(who_may(door)))}
        answer = client.open(doors.address(app, door, doors.unknown(world.of_ann)), method=door.method, data=data)
        if answer.status_code in (400, 401):  # 415: its secret was right, but it takes no form
            wrong.append((door.name, answer.status_code))
        restore()
    assert wrong == []


def test_only_mailboxes_storefronts_and_the_sms_gateway_are_asked_for_no_secret(app):
    open_doors = {door.name for door in doors.every(app, unsafe=True) if doors.takes_forms_of_anybody(app, door)}
    assert open_doors == {"POST /u/<token>", "POST /newsletter/join", "POST /api/v1/sms/inbound"}
    assert set(CUSTOMERS) == {"ann", "ben"}
