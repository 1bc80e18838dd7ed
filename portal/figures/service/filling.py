"""Count every day once when it is over; what was missed, as before the portal was updated, is made good."""

from datetime import date, timedelta

from portal.figures import queries
from portal.figures.models import DailyFigure
from portal.figures.service.counting import count
from portal.foundation import database
from portal.foundation.database import db, insert_of
from portal.foundation.pages import start_of

KEPT_UP = 2 * queries.SHOWN  # days that are made good
AT_ONCE = 6  # days of one sweep


def fill() -> int:
    """Count the newest days that nobody has counted; returns how many. Counting keeps nobody from writing."""
    with database.reading():
        todo = queries.missing(KEPT_UP)[:AT_ONCE]
    for day in todo:
        _fill(day)
    return len(todo)


def _fill(day: date) -> None:
    with database.reading():
        counted = count(start_of(day), start_of(day + timedelta(days=1)))
    rows = [{"day": day, "figure": figure, "value": value} for figure, value in counted.items()]
    with database.transaction():  # of two workers at the same moment one writes them
        db.session.execute(insert_of(DailyFigure).on_conflict_do_nothing(), rows)
