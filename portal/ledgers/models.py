"""LedgerLink: the place of a line in the chain; its head, its anchors, and what of before still waits for a place."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.clock import now
from portal.foundation.database import Base


class LedgerLink(Base):
    """One line's place in the chain: a keyed hash over the link before it and everything the line says."""

    __tablename__ = "ledger_link"
    __table_args__ = (sa.UniqueConstraint("ledger", "line_id"),)

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 1, 2, 3 … without a gap
    ledger: Mapped[str] = mapped_column(sa.String(16))
    line_id: Mapped[int]
    key_id: Mapped[str] = mapped_column(sa.String(8))
    marks: Mapped[str] = mapped_column(sa.String(255))  # of what may be emptied later, so that it can be told from else
    code: Mapped[str] = mapped_column(sa.String(64))


class LedgerHead(Base):
    """The end of the chain, in one row: held while links are added, so that two never take one place."""

    __tablename__ = "ledger_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]
    code: Mapped[str] = mapped_column(sa.String(64))


class LedgerBacklog(Base):
    """Lines of before there was a chain; the worker seals them, some thousand at a time, and then the row goes."""

    __tablename__ = "ledger_backlog"

    ledger: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    next_id: Mapped[int]
    last_id: Mapped[int]


class LedgerAnchor(Base):
    """How far the chain had come at a moment; the same goes to the log and to a file, out of the database's reach."""

    __tablename__ = "ledger_anchor"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    position: Mapped[int]
    code: Mapped[str] = mapped_column(sa.String(64))
