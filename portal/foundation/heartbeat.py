"""Signs of life: workers write down that they run, and whoever watches the portal reads it."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.clock import now
from portal.foundation.database import Base, db

EVERY = 10.0  # seconds
LATE = timedelta(minutes=1)
KEPT = timedelta(days=1)


class Heartbeat(Base):
    """When a worker was last seen alive."""

    __tablename__ = "heartbeat"

    worker: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    at: Mapped[datetime]


def beat(worker: str) -> None:
    """Write down that a worker runs."""
    db.session.merge(Heartbeat(worker=worker[:120], at=now()))


def newest() -> datetime | None:
    """When any worker was last seen alive."""
    return db.session.scalar(sa.select(sa.func.max(Heartbeat.at)))


def sweep() -> None:
    """Forget workers that are gone."""
    db.session.execute(sa.delete(Heartbeat).where(Heartbeat.at <= now() - KEPT))
