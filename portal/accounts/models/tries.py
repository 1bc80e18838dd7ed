"""SignInTries: wrong tries in a row on one identifier, whether or not it belongs to anybody."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.database import Base


class SignInTries(Base):
    """Counted by the keyed hash of what was typed, so the table holds no address; a right password deletes the row."""

    __tablename__ = "sign_in_tries"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    failures: Mapped[int]  # in a row
    window_ends_at: Mapped[datetime]
    in_window: Mapped[int]
    blocked_until: Mapped[datetime | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)
