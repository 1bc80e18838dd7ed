"""Looking changes nothing: everybody opens every page, with links that work and records that exist."""

from datetime import timedelta

import pytest

from tests import surroundings
from tests.hostile import attacks, database, doors
from tests.hostile.world import EVERYBODY

pytestmark = pytest.mark.parametrize("house", ["sqlite"], indirect=True, scope="session")
# What opening a page may note of itself: when the session was last used, who of the staff looked at whom, and that
# people's data left as a file.
NOTED = {("sign_in_session", "seen_at"), ("customer_view", "*")}
AUDIT = {"audit_entry", "audit_link", "audit_head"}
NOTED_BY = dict.fromkeys(
    (
        *("audiences.export", "audiences.export_segment", "customer_export.export", "customer_import.refused"),
        "suppressions.export",
    ),
    AUDIT,
)
NOTED_BY |= dict.fromkeys(("consent_proof.show", "consent_proof.fetch"), AUDIT | {"person_key"})
NOTED_BY["export_permitting.take"] = AUDIT | {"customer_export"}  # when it was taken last
NOTED_BY["my_data.fetch"] = AUDIT | {"person_key"}  # the key that seals her name in the first entry about her


def unexpected(door, changed):
    """The tables and columns that changed and had no reason to."""
    found = {(table, column) for table, columns in changed.items() for column in columns}
    noted = NOTED_BY.get(door.rule.endpoint, set())
    return sorted(pair for pair in found - NOTED if pair[0] not in noted)


@pytest.mark.parametrize("who", EVERYBODY)
def test_no_page_writes_when_it_is_opened(app, world, clock, who):
    clock.shift(timedelta(minutes=2))  # long enough for a session to note that it was used
    client = world.client(who)
    before, wrong = database.rows(), []
    for door in doors.every(app, unsafe=False):
        if not surroundings.in_turn(who, door.name):
            continue
        client.get(doors.address(app, door, world.of_ann), follow_redirects=False)
        after = database.rows()
        found = unexpected(door, database.changed(before, after))
        if not attacks.tried("looking", refused=not found):
            wrong.append((door.name, found))
        before = after
    assert wrong == []


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_asking_about_a_page_writes_nothing_either(app, world, method):
    client = world.client("ann")
    for door in doors.every(app, unsafe=False):
        with database.watched() as found:
            client.open(doors.address(app, door, world.of_ann), method=method)
        assert attacks.tried("looking", refused=not found), (method, door.name, found)


def test_a_page_that_writes_would_be_noticed(app, world):
    door = next(door for door in doors.every(app, unsafe=True) if door.rule.endpoint == "leaving.leave")
    with database.watched() as found:
        world.client("nobody").post(doors.address(app, door, world.of_ann), data={"List-Unsubscribe": "One-Click"})
    assert "subscription" in found
