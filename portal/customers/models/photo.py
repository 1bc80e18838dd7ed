"""CustomerPhoto: two sizes of one picture of somebody."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.foundation.clock import now
from portal.foundation.database import Base
from portal.foundation.files import StoredFile


class CustomerPhoto(Base):
    """At most one row a customer; its files are WebP of our own making, and it goes with them."""

    __tablename__ = "customer_photo"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customer.id", ondelete="CASCADE"), unique=True)
    large_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id", ondelete="CASCADE"))
    small_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id", ondelete="CASCADE"))
    taken_at: Mapped[datetime] = mapped_column(default=now)

    large: Mapped[StoredFile] = relationship(foreign_keys=large_id, lazy="select")
    small: Mapped[StoredFile] = relationship(foreign_keys=small_id, lazy="select")
