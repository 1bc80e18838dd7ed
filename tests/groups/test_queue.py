"""The queue: oldest first, found and counted by one predicate, paged by key."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.customers.models import Customer
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.groups import queries
from portal.groups.models import ApplicationState, Approval
from portal.groups.queries import Wanted
from portal.groups.service import applications
from tests import cast
from tests.cast import Person
from tests.groups.conftest import CLARA


def line_up():
    """25 applicants, one an hour; every fifth for the Club, the others for Trade."""
    trade, club = cast.group("Trade"), cast.group("Club", Approval.UPGRADE)
    rows = []
    for number in range(25):
        person = Person(f"Zoë{number:02}", "Müller" if number % 2 else "O’Brien", f"z{number:02}@demo.example")
        row = cast.applicant(person, trade if number % 5 else club)
        row.submitted_at = now() - timedelta(hours=25 - number)
        db.session.commit()
        rows.append(row)
    return rows


@pytest.fixture
def queue(app):
    """Them, for tests that decide about some."""
    return line_up()


@pytest.fixture
def seen_queue(only_read):
    """Them, lined up once for all tests that only look."""
    only_read(line_up)


def test_the_oldest_is_first_and_pages_follow_without_a_gap(queue):
    first = queries.waiting()
    second = queries.waiting(after=first.after)
    assert [row.id for row in (*first.rows, *second.rows)] == [row.id for row in queue]
    assert (first.before, second.after) == ("", "")
    assert [row.id for row in queries.waiting(before=second.before).rows] == [row.id for row in first.rows]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), 25),
        (Wanted("mueller"), 0),
        (Wanted("muller"), 12),
        (Wanted("brien zoe"), 13),
        (Wanted("z07@demo"), 1),
        (Wanted("%"), 0),
        (Wanted(group_id=424242), 0),
        (Wanted(group_id=2**62), 0),
    ],
)
def test_list_and_count_agree(seen_queue, wanted, found):
    assert queries.count_waiting(wanted) == found
    assert len(queries.waiting(wanted).rows) == min(found, queries.queue.IN_QUEUE)


def test_list_and_count_agree_after_every_kind_of_end(queue):
    applications.approve(queue[0].id, by=CLARA)
    applications.decline(queue[1].id, reason="No.", by=CLARA)
    applications.withdraw(queue[2], by=CLARA)
    applications.close_by_hand(queue[3].customer, by=CLARA)
    queue[4].state = ApplicationState.NEEDS_INFORMATION
    assert queries.count_waiting() == 21
    page = queries.waiting()
    assert page.rows[0].id == queue[4].id
    assert len(page.rows) + len(queries.waiting(after=page.after).rows) == 21
    assert sum(queries.waiting_by_group().values()) == 21
    assert len(db.session.scalars(sa.select(Customer.id).where(queries.has_open_application())).all()) == 21


def test_next_is_the_one_behind_and_at_the_end_the_oldest(queue):
    assert queries.next_waiting(applications.approve(queue[3].id, by=CLARA)).id == queue[4].id
    assert queries.next_waiting(applications.approve(queue[-1].id, by=CLARA)).id == queue[0].id


def test_next_keeps_to_what_was_looked_for(queue):
    club = Wanted(group_id=queue[0].group_id)
    assert queries.next_waiting(queue[0], club).id == queue[5].id
    assert queries.next_waiting(queue[0], Wanted("nobody")) is None
