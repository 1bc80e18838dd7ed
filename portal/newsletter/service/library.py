"""The library of pictures: made anew from what is uploaded, shown to everybody, kept while campaigns show them."""

import secrets

from sqlalchemy.exc import IntegrityError

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.foundation import files, pictures
from portal.foundation.database import db
from portal.foundation.text import _
from portal.newsletter.errors import PictureRefused, PictureShown
from portal.newsletter.models import LibraryPicture

PURPOSE = "campaign-picture"
WIDTH = 1200  # pixels: twice what a mail shows, for sharp screens


def made_of(content: bytes) -> bytes:
    """What is kept of an uploaded picture, which takes a moment: call it before anything is written.

    Raises:
        PictureRefused: the bytes are no picture that is taken; the words are fit for the field.
        Busy: other pictures are being made.
    """
    try:
        return pictures.within(content, WIDTH)
    except pictures.NoPicture as refusal:
        raise PictureRefused(str(refusal)) from None


def add(content: bytes, name: str, alt: str, *, by: Actor) -> LibraryPicture:
    """Keep a picture that `made_of` made; `alt` says what it shows."""
    kind = "image/png" if content.startswith(b"\x89PNG") else "image/jpeg"
    file = files.store(content, purpose=PURPOSE, media_type=kind, name=name)
    width, height = pictures.size_of(content)
    row = LibraryPicture(
        key=secrets.token_urlsafe(18),
        file_id=file.id,
        name=name,
        alt=alt,
        width=width,
        height=height,
        created_by=by.name[:120],
    )
    db.session.add(row)
    db.session.flush()
    audit.record("newsletter.picture_added", Subject("picture", row.id, name), by=by)
    return row


def remove(picture: LibraryPicture, *, by: Actor) -> str:
    """Forget a picture; returns its name.

    Raises:
        PictureShown: a campaign shows it, sent or not.
    """
    name, file = picture.name, picture.file
    subject = Subject("picture", picture.id, name)
    try:
        with db.session.begin_nested():
            db.session.delete(picture)
    except IntegrityError:
        raise PictureShown(_("Campaigns show “%(name)s”, so it stays.", name=name)) from None
    files.remove(file)
    db.session.flush()
    audit.record("newsletter.picture_removed", subject, by=by)
    return name
