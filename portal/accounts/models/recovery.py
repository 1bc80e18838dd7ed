"""SecurityAnswer: the chosen question and the hash of its answer."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.clock import now
from portal.foundation.database import Base


class SecurityAnswer(Base):
    """The question as its reader sees it: a key of the list, or their own words."""

    __tablename__ = "security_answer"

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    question: Mapped[str] = mapped_column(sa.String(255))
    answer_hash: Mapped[str] = mapped_column(sa.String(128))
    changed_at: Mapped[datetime] = mapped_column(default=now)
