"""Customer: number, names, contact, and the one word that says how things stand."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Account
from portal.customers.models.channels import Channel
from portal.customers.models.pos_settings import PosSettings
from portal.customers.models.statutory import Statutory
from portal.foundation.clock import now
from portal.foundation.database import Base, partial_index
from portal.stores.models import Store

ONLY_NAME = "-"  # the last name of somebody who has only one name

# Written out, because SQLite takes a partial index only for the very same words.
HAS_OPEN_APPLICATION = sa.text("customer.has_open_application")


class CustomerStatus(StrEnum):
    """One word for how things stand with a customer, kept on the row; `rules.status` says which one fits."""

    CLOSING = "closing"
    DISABLED = "disabled"
    UNCONFIRMED = "unconfirmed"
    WAITING = "waiting"
    DECLINED = "declined"
    NO_ACCOUNT = "no-account"
    ENABLED = "enabled"


class Origin(StrEnum):
    """Through what a customer was made."""

    WEB = "web"
    STAFF = "staff"
    TILL = "till"
    IMPORT = "import"
    DEMO = "demo"


class Gender(StrEnum):
    """What somebody says of themselves; nothing is said by most."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class TelephoneKind(StrEnum):
    """What a telephone is."""

    MOBILE = "mobile"
    HOME = "home"
    WORK = "work"


customer_store = sa.Table(
    "customer_store",
    Base.metadata,
    sa.Column("customer_id", sa.ForeignKey("customer.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("store_id", sa.ForeignKey("store.id"), primary_key=True),
    sa.Index(None, "store_id", "customer_id"),
)


def whole_name(first_name: str, last_name: str) -> str:
    """A name as it is read; somebody with one name has no last one."""
    return first_name if last_name == ONLY_NAME else f"{first_name} {last_name}".strip()


# What triggers keep from other tables (migrations 0007 and 0028): for reading alone.
COPIES = frozenset({"group_id", "has_open_application", "country", "sign_in_is_older"})
_WAITS = sa.text("has_open_application")
_HAS_EXTERNAL = sa.text("external_id IS NOT NULL")  # with the others in it SQLite takes each id for one of thousands
_IS_GONE = sa.text("erased_at IS NOT NULL OR merged_into_id IS NOT NULL")


class Customer(Base):
    """Somebody the shop knows.

    `version` goes up with every edit by a person, so that the second of two editors is told. `search_text` and
    `sort_name` are folded copies that the verbs keep; `COPIES` are what the list filters by.
    """

    __tablename__ = "customer"
    __table_args__ = (
        sa.CheckConstraint("email <> '' OR telephone_count > 0", name="reachable"),
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "sort_name", "id"),
        sa.Index(None, "status", "created_at", "id", "account_id"),
        sa.Index(None, "group_id", "created_at", "id", "account_id"),
        sa.Index(None, "country", "created_at", "id", "account_id"),
        partial_index("ix_customer_gone", "id", where=_IS_GONE),
        partial_index("ix_customer_external_id", "external_id", where=_HAS_EXTERNAL, unique=True),
        sa.Index(None, "status", "sort_name", "id"),
        sa.Index(None, "group_id", "sort_name", "id"),
        sa.Index(None, "country", "sort_name", "id"),
        sa.Index(None, "status", "number", "id"),
        sa.Index(None, "group_id", "number", "id"),
        sa.Index(None, "country", "number", "id"),
        sa.Index(None, "status", "group_id"),
        sa.Index(None, "group_id", "country"),
        sa.Index(None, "country", "status"),
        partial_index("ix_customer_has_open_application", "created_at", "id", where=_WAITS),
        *(
            partial_index(f"ix_customer_waiting_{column}", column, "created_at", "id", where=_WAITS)
            for column in ("status", "group_id", "country")
        ),
        partial_index("ix_customer_waiting_sort_name", "sort_name", "id", where=_WAITS),
        partial_index("ix_customer_waiting_number", "number", "id", where=_WAITS),
        partial_index("ix_customer_sign_in_is_older", "created_at", "id", where=sa.text("sign_in_is_older")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(32), unique=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), unique=True)
    first_name: Mapped[str] = mapped_column(sa.String(64))
    last_name: Mapped[str] = mapped_column(sa.String(64))
    email: Mapped[str] = mapped_column(sa.String(320), default="")
    email_key: Mapped[str | None] = mapped_column(sa.String(320), unique=True)
    telephone_count: Mapped[int] = mapped_column(default=0)
    status: Mapped[CustomerStatus] = mapped_column(default=CustomerStatus.NO_ACCOUNT)
    disabled_at: Mapped[datetime | None]
    disabled_by: Mapped[str] = mapped_column(sa.String(120), default="")
    disabled_reason: Mapped[str] = mapped_column(sa.Text, default="")
    invited_at: Mapped[datetime | None]  # an invitation was mailed; it counts until there is an account
    search_text: Mapped[str] = mapped_column(sa.Text, default="")
    sort_name: Mapped[str] = mapped_column(sa.String(160), default="")
    locale: Mapped[str] = mapped_column(sa.String(16), default="en")
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[str] = mapped_column(sa.String(120), default="")
    created_through: Mapped[Origin]
    version: Mapped[int] = mapped_column(default=1)
    group_id: Mapped[int | None]  # whose terms count
    has_open_application: Mapped[bool] = mapped_column(default=False)
    country: Mapped[str] = mapped_column(sa.String(2), default="")  # where deliveries go
    sign_in_is_older: Mapped[bool] = mapped_column(default=False)  # the last one, than this record: after a merge
    erased_at: Mapped[datetime | None]  # nothing personal is left of them
    merged_into_id: Mapped[int | None]  # the record that this one became part of
    gender: Mapped[Gender | None]
    born_on: Mapped[date | None]
    nationality: Mapped[str] = mapped_column(sa.String(2), default="", server_default="")  # ISO 3166
    anniversary_on: Mapped[date | None]  # the first visit, or another day to remember
    external_id: Mapped[str | None] = mapped_column(sa.String(64))  # of another system
    remarks: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    preferred_channel: Mapped[Channel | None]

    account: Mapped[Account | None] = relationship(lazy="select")
    telephones: Mapped[list["Telephone"]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="Telephone.id"
    )
    statutory: Mapped[Statutory | None] = relationship(lazy="select", cascade="all, delete-orphan")
    pos: Mapped[PosSettings | None] = relationship(lazy="select", cascade="all, delete-orphan")
    stores: Mapped[list[Store]] = relationship(secondary=customer_store, lazy="selectin", order_by=Store.id)

    @property
    def is_there(self) -> bool:
        """Whether this is a customer still: rows of the erased and the merged stay for what refers to them."""
        return self.erased_at is None and self.merged_into_id is None

    @property
    def name(self) -> str:
        return whole_name(self.first_name, self.last_name)

    @property
    def telephone(self) -> "Telephone | None":
        """The primary one."""
        return next((telephone for telephone in self.telephones if telephone.is_primary), None)


class Telephone(Base):
    """One telephone: as typed, and in E.164 for finding it again."""

    __tablename__ = "customer_telephone"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customer.id", ondelete="CASCADE"), index=True)
    kind: Mapped[TelephoneKind] = mapped_column(default=TelephoneKind.MOBILE)
    typed: Mapped[str] = mapped_column(sa.String(64))
    e164: Mapped[str] = mapped_column(sa.String(16), index=True)
    is_primary: Mapped[bool] = mapped_column(default=True)
    verified_at: Mapped[datetime | None]
    verified_by: Mapped[str] = mapped_column(sa.String(120), default="", server_default="")
    verified_where: Mapped[str] = mapped_column(sa.String(120), default="", server_default="")
