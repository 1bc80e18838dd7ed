"""NumberSequence: where the next customer number comes from."""

from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.database import Base


class NumberSequence(Base):
    """One row: the last number given out, without its check digit."""

    __tablename__ = "customer_number_sequence"

    id: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
