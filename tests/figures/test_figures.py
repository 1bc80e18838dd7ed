"""Counting days: each once when it is over, in the shop's own days, by any number of workers."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account
from portal.customers.models import Customer, Origin
from portal.figures import queries, rules
from portal.figures.models import DailyFigure, Figure
from portal.figures.queries import SHOWN
from portal.figures.service import fill, filling
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.groups.models import Application, ApplicationState
from portal.newsletter import queries as newsletter
from portal.newsletter.models import Subscription, SubscriptionState
from tests import cast
from tests.work import measured

YESTERDAY = date(2026, 11, 20)  # the clock stands at noon UTC of the 21st, in the evening in India


@pytest.fixture
def came(app, clock):
    """Have customers come to be at a moment."""

    def at(moment, person=cast.ANN):
        customer = cast.customer(person)
        db.session.execute(sa.update(Customer).where(Customer.id == customer.id).values(created_at=moment))
        account = sa.update(Account).where(Account.id == customer.account_id)
        db.session.execute(account.values(email_confirmed_at=moment))
        db.session.commit()
        return customer

    return at


def fill_all():
    while fill():
        pass


def values(day):
    rows = sa.select(DailyFigure.figure, DailyFigure.value).where(DailyFigure.day == day)
    return dict(db.session.execute(rows).tuples().all())


def test_every_day_that_is_over_is_counted_once(came):
    came(datetime(2026, 11, 20, 12, tzinfo=UTC))
    assert fill() == filling.AT_ONCE
    fill_all()
    days = db.session.execute(sa.select(DailyFigure.day, sa.func.count()).group_by(DailyFigure.day)).all()
    assert len(days) == filling.KEPT_UP
    assert {number for _, number in days} == {len(Figure)}
    assert max(day for day, _ in days) == YESTERDAY
    assert values(YESTERDAY)[Figure.REGISTRATIONS] == 1
    assert fill() == 0


def test_a_day_that_was_counted_is_never_counted_anew(came):
    fill_all()
    came(datetime(2026, 11, 20, 12, tzinfo=UTC))
    fill_all()
    filling._fill(YESTERDAY)
    assert values(YESTERDAY)[Figure.REGISTRATIONS] == 0


def test_the_next_day_is_counted_when_it_is_over(came, clock):
    fill_all()
    came(datetime(2026, 11, 21, 12, 30, tzinfo=UTC))
    clock.shift(timedelta(hours=6, minutes=29))  # 23:59 in India
    assert fill() == 0
    clock.shift(timedelta(minutes=2))
    assert fill() == 1
    assert values(date(2026, 11, 21))[Figure.REGISTRATIONS] == 1


def test_a_day_is_one_of_the_shop_and_not_of_the_server(came):
    came(datetime(2026, 11, 19, 18, 29, tzinfo=UTC))
    came(datetime(2026, 11, 19, 18, 30, tzinfo=UTC), cast.BEN)
    fill_all()
    assert values(date(2026, 11, 19))[Figure.REGISTRATIONS] == 1
    assert values(YESTERDAY)[Figure.REGISTRATIONS] == 1
    assert values(YESTERDAY)[Figure.CONFIRMATIONS] == 1


def test_whom_a_file_brings_is_no_new_customer_of_the_day(came):
    came(datetime(2026, 11, 20, 12, tzinfo=UTC)).created_through = Origin.IMPORT
    came(datetime(2026, 11, 20, 12, tzinfo=UTC), cast.BEN)
    fill_all()
    assert values(YESTERDAY)[Figure.REGISTRATIONS] == 1


def test_two_workers_at_the_same_moment_write_a_day_once(app, came, at_once):
    came(datetime(2026, 11, 20, 12, tzinfo=UTC))

    def work():
        with app.app_context():
            return fill()

    at_once(work, work)
    fill_all()
    total = db.session.scalar(sa.select(sa.func.count()).select_from(DailyFigure))
    assert total == filling.KEPT_UP * len(Figure)


def test_applications_wait_until_they_are_decided_and_the_wait_is_kept(app, clock):
    trade = cast.group()
    for person, asked, decided, state in (
        (cast.ANN, 18, 20, ApplicationState.APPROVED),
        (cast.BEN, 19, None, ApplicationState.SUBMITTED),
        (cast.IVY, 20, 20, ApplicationState.WITHDRAWN),
    ):
        row = cast.applicant(person, trade)
        row.submitted_at = datetime(2026, 11, asked, 6, tzinfo=UTC)
        row.state, row.decided_at = state, datetime(2026, 11, decided, 9, tzinfo=UTC) if decided else None
        db.session.commit()
    fill_all()
    assert [values(date(2026, 11, day))[Figure.WAITING] for day in (17, 18, 19, 20)] == [0, 1, 2, 1]
    assert values(YESTERDAY)[Figure.DECISIONS] == 1
    assert values(YESTERDAY)[Figure.DECISION_SECONDS] == (2 * 24 + 3) * 3600
    assert db.session.scalar(sa.select(sa.func.count(Application.id))) == 3


def test_only_who_confirmed_counts_as_a_subscriber(app, clock):
    audience = newsletter.default_audience().id
    for place, state in enumerate((SubscriptionState.ACTIVE, SubscriptionState.PENDING, SubscriptionState.ACTIVE)):
        email = f"reader{place}@demo.example"
        since = now() - timedelta(days=3 * place + 2)
        db.session.add(Subscription(audience_id=audience, email=email, email_key=email, state=state, changed_at=since))
    db.session.commit()
    fill_all()
    assert values(YESTERDAY)[Figure.SUBSCRIBERS] == 2
    assert values(date(2026, 11, 16))[Figure.SUBSCRIBERS] == 1


def test_figures_are_read_in_one_statement(came):
    came(datetime(2026, 11, 20, 12, tzinfo=UTC))
    came(datetime(2026, 10, 1, 12, tzinfo=UTC), cast.BEN)
    fill_all()
    with measured() as work:
        read = queries.read(list(Figure))
    assert len([text for text in work.statements if "SELECT" in text]) == 1
    series = read[Figure.REGISTRATIONS]
    assert (len(series.values), series.total, series.last, series.before) == (SHOWN, 1, 1, 1)
    assert series.days[-1] == YESTERDAY


def test_a_comparison_waits_for_as_many_days_before(came):
    came(datetime(2026, 11, 20, 12, tzinfo=UTC))
    fill()
    assert queries.read([Figure.REGISTRATIONS])[Figure.REGISTRATIONS].before is None


@pytest.mark.parametrize(
    ("after", "before", "words"),
    [
        (12, 10, "20% more than in the 30 days before"),
        (5, 10, "50% fewer than in the 30 days before"),
        (10, 10, "As many as in the 30 days before"),
        (10_001, 10_000, "About as many as in the 30 days before"),
        (7, 2, "5 more than in the 30 days before"),
        (1, 9, "8 fewer than in the 30 days before"),
        (3, 0, "None in the 30 days before"),
        (3, None, "In the last 30 days"),
    ],
)
def test_a_sum_is_compared_in_words(app, after, before, words):
    assert rules.compared(after, before, 30) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(30, "1 minute"), (3600, "60 minutes"), (19 * 3600, "19 hours"), (260_000, "3 days"), (220_000, "2.5 days")],
)
def test_a_wait_is_told_in_the_unit_that_fits(app, seconds, words):
    assert rules.duration(seconds) == words
