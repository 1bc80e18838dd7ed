"""DeliveryBits: what is left of the ledger of a campaign that ended long ago, beside the rows of what went wrong."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.database import Base


class DeliveryBits(Base):
    """The recipients of one chunk whose mails ended in the same way, in place of a row for each.

    As with the ledger's rows, a bit outlives the subscription that it was for, and then says nothing about anybody.
    """

    __tablename__ = "delivery_bits"

    campaign_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # of the chunk: that of the first bit
    state: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    last_id: Mapped[int]
    at: Mapped[datetime | None]  # of the last of them
    bits: Mapped[bytes] = mapped_column(sa.LargeBinary)  # see rules.bitmaps
