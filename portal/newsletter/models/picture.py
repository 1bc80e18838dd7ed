"""LibraryPicture: a picture that campaigns show, and ContentPicture: which wording shows it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.foundation.clock import now
from portal.foundation.database import Base
from portal.foundation.files import StoredFile


class LibraryPicture(Base):
    """A picture of our own making, at a public address that nobody guesses; it stays as long as anything shows it."""

    __tablename__ = "library_picture"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(48), unique=True)  # in its address
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))
    name: Mapped[str] = mapped_column(sa.String(120))
    alt: Mapped[str] = mapped_column(sa.String(255))  # what it shows, in words
    width: Mapped[int]  # pixels
    height: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[str] = mapped_column(sa.String(120), default="")

    file: Mapped[StoredFile] = relationship(lazy="joined")


class ContentPicture(Base):
    """A wording shows a picture: the database keeps the picture while it does."""

    __tablename__ = "content_picture"

    content_id: Mapped[int] = mapped_column(
        sa.ForeignKey("campaign_content.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    picture_id: Mapped[int] = mapped_column(
        sa.ForeignKey("library_picture.id"), primary_key=True, autoincrement=False, index=True
    )
