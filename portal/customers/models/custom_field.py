"""CustomField: a question of the shop's own, which groups ask it, and what was answered."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.foundation.clock import now
from portal.foundation.database import Base
from portal.foundation.files import StoredFile


class FieldKind(StrEnum):
    """What an answer is."""

    TEXT = "text"
    LONG_TEXT = "long-text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes-no"
    LINK = "link"
    FILE = "file"


class CustomField(Base):
    """One question; key and kind stay what they were when it was made, because answers rest on them."""

    __tablename__ = "custom_field"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    name_key: Mapped[str] = mapped_column(sa.String(200), unique=True)  # folded
    kind: Mapped[FieldKind]
    help: Mapped[str] = mapped_column(sa.String(200), default="")
    example: Mapped[str] = mapped_column(sa.String(120), default="")
    pattern: Mapped[str] = mapped_column(sa.String(200), default="")  # of a text alone; see rules/patterns.py
    choices: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    sort_order: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    groups: Mapped[list["FieldGroup"]] = relationship(
        lazy="select", cascade="all, delete-orphan", order_by="FieldGroup.group_id"
    )


class FieldGroup(Base):
    """A group that asks a question, and whether it insists on an answer."""

    __tablename__ = "custom_field_group"

    field_id: Mapped[int] = mapped_column(sa.ForeignKey("custom_field.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(
        sa.ForeignKey("customer_group.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    is_required: Mapped[bool] = mapped_column(default=False)


class FieldValue(Base):
    """What is known of a customer in one field; a field without an answer has no row."""

    __tablename__ = "custom_value"
    __table_args__ = (sa.UniqueConstraint("customer_id", "field_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customer.id", ondelete="CASCADE"))
    field_id: Mapped[int] = mapped_column(sa.ForeignKey("custom_field.id"), index=True)
    value: Mapped[Any] = mapped_column(sa.JSON)  # a text, true or false, or a list of texts; of a file its name
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id", ondelete="SET NULL"), index=True)
    changed_at: Mapped[datetime] = mapped_column(default=now)

    field: Mapped[CustomField] = relationship(lazy="joined")
    file: Mapped[StoredFile | None] = relationship(lazy="select")


class ApplicationAnswer(Base):
    """What an applicant answered: as it was sent, whatever is changed on the customer later."""

    __tablename__ = "application_answer"
    __table_args__ = (sa.UniqueConstraint("application_id", "field_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("application.id", ondelete="CASCADE"))
    field_id: Mapped[int] = mapped_column(sa.ForeignKey("custom_field.id"), index=True)
    value: Mapped[Any] = mapped_column(sa.JSON)
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id", ondelete="SET NULL"), index=True)

    field: Mapped[CustomField] = relationship(lazy="joined")
    file: Mapped[StoredFile | None] = relationship(lazy="select")
