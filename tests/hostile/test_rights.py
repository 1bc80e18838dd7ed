"""Everybody at every door with every method: open to those with the right, closed to everybody else."""

import pytest

from portal.foundation import access
from tests import surroundings
from tests.hostile import attacks, doors
from tests.hostile.world import CUSTOMERS, ELSEWHERE, EVERYBODY, NOT_IN, STAFF, rights_of

pytestmark = pytest.mark.parametrize("house", ["sqlite"], indirect=True, scope="session")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
BRIEFLY = {"Accept": "application/json"}  # the same refusal without the page around it


@pytest.fixture
def without_secrets(app):
    """Whoever has a right is asked for it before their form is; the secrets have a family of their own."""
    app.config["WTF_CSRF_ENABLED"] = False
    yield
    app.config["WTF_CSRF_ENABLED"] = True


SIGNED = {"POST /api/v1/sms/inbound"}  # opened by a signature of whoever sends, not by a sign-in


def expected(who, door):
    """What somebody hears at a door: `in`, `no right`, `sign in`, or `waiting`."""
    if door.right == access.PUBLIC:
        return "sign in" if door.name in SIGNED else "in"
    if door.of_staff:
        if who not in (*STAFF, "powerless", *ELSEWHERE):
            return "sign in"
        return "in" if door.right in ("staff", *rights_of(who)) else "no right"
    if who == "applicant":
        return "in" if door.right == "applicant" else "waiting"
    if who in CUSTOMERS:
        return "in" if door.right == "customer" else "overview"
    return "sign in"


def heard(who, answer, door):
    """What an answer says, in the same words."""
    where = answer.location or ""
    if answer.status_code == 401 or where.startswith(("/sign-in?next=", "/staff/sign-in?next=")):
        return "sign in" if (answer.status_code == 401) is (door.method != "GET") else f"{answer.status_code}"
    if answer.status_code == 403:
        return "no right"
    if where == "/waiting" and door.right == "customer":
        return "waiting"
    if where == "/account" and door.right == "applicant" and who != "applicant":
        return "overview"
    return "in" if answer.status_code != 500 else "broken"


def is_own_way_out(door):
    """Doors that end the session with which they are opened, and those that ask for the password again."""
    return door.rule.endpoint.endswith((".leave", ".end_all"))


@pytest.mark.parametrize("who", EVERYBODY)
def test_a_door_opens_for_its_right_and_for_nothing_else(app, world, restore, without_secrets, who):
    wrong, facts = [], doors.unknown(world.of_ann)
    for door in doors.every(app):
        if is_own_way_out(door) and expected(who, door) == "in":
            continue
        path = doors.address(app, door, facts)
        answer = world.client(who).open(path, method=door.method)
        if door.method != "GET" and answer.status_code < 400:
            restore()  # it was let in and has done what it is for
        fits = heard(who, answer, door) == expected(who, door)
        if not attacks.tried("rights", refused=fits):
            wrong.append((door.name, door.right, heard(who, answer, door), expected(who, door), answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("who", EVERYBODY)
def test_no_door_knows_a_method_that_it_does_not_name(app, world, without_secrets, who):
    client = world.client(who)
    facts = doors.unknown(world.of_ann)
    paths = {doors.address(app, door, facts) for door in doors.every(app)}
    wrong, bound = [], app.url_map.bind("localhost")
    for path in sorted(paths):
        for method in METHODS:
            if not surroundings.in_turn(who, method, path) or method in bound.allowed_methods(path):
                continue
            status = client.open(path, method=method, headers=BRIEFLY).status_code
            if not attacks.tried("rights", refused=status in (401, 405)):
                wrong.append((method, path, status))
    assert wrong == []


def test_everybody_is_here_and_there_are_doors_to_try(app, world):
    assert len(doors.every(app)) > 80
    assert set(EVERYBODY) == set(world.cookies)
    assert set(NOT_IN) < set(EVERYBODY)
