"""The next customer number, each given out once."""

import sqlalchemy as sa

from portal.customers.models import NumberSequence
from portal.customers.rules import numbers
from portal.foundation.database import db


def next_number() -> str:
    """Take the next number; of many at once each gets another."""
    taken = sa.update(NumberSequence).values(last=NumberSequence.last + 1).returning(NumberSequence.last)
    return numbers.with_check_digit(int(db.session.execute(taken).scalar_one()))
