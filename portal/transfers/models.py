"""Import, and its rows: what a file said, what it means, what stood there before."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.clock import now
from portal.foundation.database import Base


class Stage(StrEnum):
    """How far an import is."""

    MATCH = "match"  # uploaded; somebody says which column is what
    CHECK = "check"  # a job reads and compares the rows
    READY = "ready"
    IMPORT = "import"  # a job writes them
    DONE = "done"
    UNDONE = "undone"


class Outcome(StrEnum):
    """What a row of the file comes to."""

    NEW = "new"
    CHANGE = "change"
    SAME = "same"
    PROBLEM = "problem"


class Import(Base):
    """One file of customers on its way in; `file_id` is the upload as CSV in UTF-8, whatever it came as.

    `rows` is a guess by the number of lines until the check has counted them.
    """

    __tablename__ = "customer_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id", ondelete="SET NULL"))
    name: Mapped[str] = mapped_column(sa.String(255))
    size: Mapped[int]  # bytes of the upload
    read_as: Mapped[str] = mapped_column(sa.String(64))  # encoding and separator, in words
    rows: Mapped[int]
    columns: Mapped[list[str]] = mapped_column(sa.JSON)  # heads of the file in its order
    mapping: Mapped[list[str]] = mapped_column(sa.JSON)  # for each column our field, empty: left out
    key: Mapped[str] = mapped_column(sa.String(32), default="auto")
    stage: Mapped[Stage] = mapped_column(default=Stage.MATCH)
    owner_id: Mapped[int | None] = mapped_column(index=True)
    owner_name: Mapped[str] = mapped_column(sa.String(120))
    check_id: Mapped[int | None]  # the jobs
    job_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    counts: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)


class ImportRow(Base):
    """One row of a file: the whole customer as it will be, `before` what a change puts away, `raw` refused cells.

    `more` is what goes beside the customer and has no column here: tags, telephones, a second address, numbers of the
    state (sealed), the till, the shop's own fields; of a customer on record also group, stores, address and status, as
    far as they change.
    """

    __tablename__ = "customer_import_row"
    __table_args__ = (
        sa.Index(None, "import_id", "outcome", "line"),
        sa.Index(None, "email_key", "import_id"),
        sa.Index(None, "number", "import_id"),
        sa.Index(None, "customer_id"),
    )

    import_id: Mapped[int] = mapped_column(sa.ForeignKey("customer_import.id", ondelete="CASCADE"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    outcome: Mapped[str] = mapped_column(sa.String(8))
    customer_id: Mapped[int | None]
    version: Mapped[int | None]  # of the customer, when it was compared; after the import, as the import left it
    found_by: Mapped[str] = mapped_column(sa.String(32), default="")
    number: Mapped[str | None] = mapped_column(sa.String(32))
    first_name: Mapped[str] = mapped_column(sa.String(64), default="")
    last_name: Mapped[str] = mapped_column(sa.String(64), default="")
    email: Mapped[str] = mapped_column(sa.String(320), default="")
    email_key: Mapped[str | None] = mapped_column(sa.String(320))
    telephone: Mapped[str] = mapped_column(sa.String(64), default="")
    e164: Mapped[str] = mapped_column(sa.String(16), default="")
    external_id: Mapped[str | None] = mapped_column(sa.String(64))
    gender: Mapped[str | None] = mapped_column(sa.String(32))
    born_on: Mapped[date | None]
    nationality: Mapped[str] = mapped_column(sa.String(2), default="")
    anniversary_on: Mapped[date | None]
    preferred_channel: Mapped[str | None] = mapped_column(sa.String(32))
    remarks: Mapped[str] = mapped_column(sa.Text, default="")
    search_text: Mapped[str] = mapped_column(sa.Text, default="")
    sort_name: Mapped[str] = mapped_column(sa.String(160), default="")
    telephone_count: Mapped[int] = mapped_column(default=0)
    is_disabled: Mapped[bool] = mapped_column(default=False)
    group_id: Mapped[int | None]
    stores: Mapped[str] = mapped_column(sa.Text, default="")  # ids between commas
    address: Mapped[str] = mapped_column(sa.Text, default="")  # parts, as JSON
    password_hash: Mapped[str] = mapped_column(sa.String(128), default="")
    consent_at: Mapped[datetime | None]
    consent_source: Mapped[str] = mapped_column(sa.String(120), default="")
    before: Mapped[str] = mapped_column(sa.Text, default="")  # JSON
    more: Mapped[str] = mapped_column(sa.Text, default="", server_default="")  # JSON
    raw: Mapped[str] = mapped_column(sa.Text, default="")  # JSON
    column: Mapped[str] = mapped_column(sa.String(120), default="")
    value: Mapped[str] = mapped_column(sa.Text, default="")
    reason: Mapped[str] = mapped_column(sa.Text, default="")


class ExportState(StrEnum):
    """What a second member of staff said; after `expires_at` neither word counts any more."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"


class Export(Base):
    """A file of customers that somebody asked for with a reason, and the word of a second member where that is needed.

    Nothing of the file is kept: it is written when it is taken, of those who fit then.
    """

    __tablename__ = "customer_export"
    __table_args__ = (sa.Index(None, "state", "expires_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_by: Mapped[int]  # a member of staff
    asked_name: Mapped[str] = mapped_column(sa.String(120))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    wanted: Mapped[dict[str, str]] = mapped_column(sa.JSON)  # the filter, or ids, as it stands in addresses
    said: Mapped[str] = mapped_column(sa.Text, default="")  # the same in words; empty: everybody
    format: Mapped[str] = mapped_column(sa.String(4))
    is_revealing: Mapped[bool] = mapped_column(default=False)  # with what is masked elsewhere
    rows: Mapped[int]  # when it was asked for
    reason: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[ExportState] = mapped_column(default=ExportState.WAITING)
    decided_by: Mapped[int | None]  # empty where nobody had to decide
    decided_name: Mapped[str] = mapped_column(sa.String(120), default="")
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(sa.Text, default="")  # why it was declined
    expires_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]  # the last time

    @property
    def is_over(self) -> bool:
        """Whether nobody decides or takes it any more."""
        return self.expires_at <= now()
