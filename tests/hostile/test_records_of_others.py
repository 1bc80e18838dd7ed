"""Ann's records at every address that names one: for anybody who may not have them they are as if they were not."""

import re

import pytest

from portal.foundation import access
from tests.hostile import attacks, database, doors
from tests.hostile.long_work import OF_OTTO
from tests.hostile.world import ELSEWHERE, EVERYBODY, rights_of
from tests.work import SECRETS

pytestmark = pytest.mark.parametrize("house", ["sqlite"], indirect=True, scope="session")
# A group is the shop's own: it is known to all staff, who find the customers of their stores among its members.
MEMBERS = "/staff/groups/<int:group_id>/members"
OF_GROUPS = tuple(f"/account/groups/<int:group_id>/{act}" for act in ("join", "prefer", "leave"))


@pytest.fixture
def without_secrets(app):
    """The secrets of forms have a family of their own."""
    app.config["WTF_CSRF_ENABLED"] = False
    yield
    app.config["WTF_CSRF_ENABLED"] = True


def guarded(app):
    """Every door whose address names a record and that asks for a right."""
    return [door for door in doors.every(app) if door.arguments and door.right != access.PUBLIC]


def may_have(who, door):
    """Whether somebody may open Ann's records at a door: she herself, and staff with the right."""
    if door.rule.rule.startswith("/staff/me/"):
        return False  # what staff have of their own; these are Ann's
    if door.rule.rule.startswith(OF_OTTO):
        return who == "owner"
    if who in ELSEWHERE and ".customer." in door.right:
        # Ann buys in another store; a group is nobody's record, and its list has customers within reach alone.
        return door.rule.rule == MEMBERS and door.right in rights_of(who)
    if door.of_staff:
        return door.right == "staff" or door.right in rights_of(who)
    return who == "ann"


def told(answer, path):
    """Everything that a browser hears, without what was asked and what is random."""
    body = SECRETS.sub(r"\1", answer.text).replace(path, "ASKED")
    number = answer.headers.get("X-Request-Number", "none")
    body = body.replace(number, "NUMBER") if number else body
    location = (answer.location or "").replace(path, "ASKED")
    headers = sorted((name, len(answer.headers.getlist(name))) for name in answer.headers.keys())  # noqa: SIM118 - repeats count
    return answer.status_code, location, headers, re.sub(r"\b987654\b|\bx-?\w+\b(?=</bdi>)", "ID", body)


@pytest.mark.parametrize("who", EVERYBODY)
def test_a_record_of_somebody_else_is_answered_as_one_that_does_not_exist(app, world, without_secrets, who):
    wrong, before = [], database.rows()
    for door in guarded(app):
        if may_have(who, door):
            continue
        real = doors.address(app, door, world.of_ann)
        known = {"group_id": world.of_ann["group_id"]} if door.rule.rule.startswith(f"{MEMBERS}/") else {}
        made_up = doors.address(app, door, doors.unknown(world.of_ann) | known)
        answers = [told(world.client(who).open(path, method=door.method), path) for path in (made_up, real)]
        same = answers[0] == answers[1] and database.rows() == before
        # A group is nobody's record: joining one that takes nobody so answers 409, whether it is there or not.
        refused = answers[1][0] in (303, 401, 403, 404) or (door.rule.rule in OF_GROUPS and answers[1][0] == 409)
        if not attacks.tried("records of others", refused=same and refused):
            wrong.append((door.name, answers[1][0], answers[0][0], database.changed(before, database.rows())))
    assert wrong == []


def test_ann_herself_and_the_owner_of_the_shop_do_find_them(app, world, without_secrets):
    """Nothing above would mean a thing if these records were not there."""
    lost = []
    for door in guarded(app):
        who = "owner" if door.of_staff else "ann"
        if door.method != "GET" or not may_have(who, door):
            continue
        status = world.client(who).get(doors.address(app, door, world.of_ann)).status_code
        if status not in (200, 303, 409, 410):
            lost.append((door.name, status))
    assert lost == []
