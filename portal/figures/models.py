"""DailyFigure: one number of one day."""

from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.database import Base


class Figure(StrEnum):
    """What is counted; those of a moment are taken at the end of the day."""

    REGISTRATIONS = "registrations"  # customers who came to be, but for those of files
    CONFIRMATIONS = "confirmations"  # accounts whose address was confirmed
    WAITING = "waiting"  # applications without a decision at the end of the day
    DECISIONS = "decisions"  # applications approved or declined
    DECISION_SECONDS = "decision-seconds"  # how long those had waited, all together
    SUBSCRIBERS = "subscribers"  # of the newsletter at the end of the day


class DailyFigure(Base):
    """One figure of one day in the shop's time zone; written once and never changed."""

    __tablename__ = "daily_figure"

    day: Mapped[date] = mapped_column(primary_key=True)
    figure: Mapped[Figure] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(sa.BigInteger)
