"""StaffMember, Role, and which member has which role where."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Account
from portal.foundation.clock import now
from portal.foundation.database import Base, partial_index
from portal.stores.models import Store


class Role(Base):
    """A named set of grants from the registry in rules.py; `name_key` is one for every spelling of a name."""

    __tablename__ = "role"
    __table_args__ = (sa.Index(None, "name_key", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name_key: Mapped[str] = mapped_column(sa.String(160))
    version: Mapped[int] = mapped_column(default=1)

    grants: Mapped[list["RoleGrant"]] = relationship(lazy="selectin", cascade="all, delete-orphan")


class RoleGrant(Base):
    """One permission of a role, by its name in the registry."""

    __tablename__ = "role_grant"

    role_id: Mapped[int] = mapped_column(sa.ForeignKey("role.id", ondelete="CASCADE"), primary_key=True)
    permission: Mapped[str] = mapped_column(sa.String(96), primary_key=True)


class StaffMember(Base):
    """Somebody who works here; without an account until the invitation is used."""

    __tablename__ = "staff_member"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    email: Mapped[str] = mapped_column(sa.String(320))
    email_key: Mapped[str] = mapped_column(sa.String(320), unique=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), unique=True)
    invited_at: Mapped[datetime] = mapped_column(default=now)
    dismissed_at: Mapped[datetime | None]
    list_columns: Mapped[str] = mapped_column(sa.String(255), default="")  # of the customer list; empty: as it comes
    version: Mapped[int] = mapped_column(default=1)

    account: Mapped[Account | None] = relationship(lazy="joined")
    roles: Mapped[list["StaffRole"]] = relationship(lazy="selectin", cascade="all, delete-orphan")


class StaffRole(Base):
    """A role of a member in one store, or in all where no store is named."""

    __tablename__ = "staff_role"
    __table_args__ = (
        sa.UniqueConstraint("staff_member_id", "role_id", "store_id"),
        partial_index(
            "ix_staff_role_in_all_stores",
            "staff_member_id",
            "role_id",
            where=sa.text("store_id IS NULL"),
            unique=True,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_member_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id", ondelete="CASCADE"))
    role_id: Mapped[int] = mapped_column(sa.ForeignKey("role.id"))
    store_id: Mapped[int | None] = mapped_column(sa.ForeignKey("store.id"))

    role: Mapped[Role] = relationship(lazy="joined")
    store: Mapped[Store | None] = relationship(lazy="joined")


class SavedView(Base):
    """What a member looks for again and again in the list of customers: filters by a name, with their columns."""

    __tablename__ = "saved_view"
    __table_args__ = (sa.UniqueConstraint("staff_member_id", "name_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_member_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.String(40))
    name_key: Mapped[str] = mapped_column(sa.String(80))  # folded
    query: Mapped[str] = mapped_column(sa.String(1000))
    columns: Mapped[str] = mapped_column(sa.String(255), default="")
