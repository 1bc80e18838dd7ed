"""The photo of a customer: two squares of our own making, for staff and the person alone."""

from portal.audit.service import Actor, record
from portal.customers import queries
from portal.customers.errors import PhotoRefused
from portal.customers.models import Customer, CustomerPhoto
from portal.customers.service.records import bump, subject
from portal.foundation import files, pictures
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.files import StoredFile

PURPOSE = "photo"
LARGE, SMALL = 256, 64  # pixels


def made_of(content: bytes) -> list[bytes]:
    """The two squares of an uploaded picture, which takes a moment: call it before anything is written.

    Raises:
        PhotoRefused: the bytes are no picture that is taken; the words are fit for the field.
        Busy: other pictures are being made.
    """
    try:
        return pictures.squares(content, (LARGE, SMALL))
    except pictures.NoPicture as refusal:
        raise PhotoRefused(str(refusal)) from None


def set_photo(customer: Customer, squares: list[bytes], *, by: Actor) -> None:
    """Keep the squares that `made_of` made, instead of those kept before."""
    bump(customer)
    large, small = (_stored(customer, content) for content in squares)
    photo = queries.photo_of(customer.id)
    if photo is None:
        db.session.add(CustomerPhoto(customer_id=customer.id, large_id=large.id, small_id=small.id))
    else:
        old = [photo.large, photo.small]
        photo.large, photo.small, photo.taken_at = large, small, now()
        db.session.flush()
        _forget(old)
    db.session.flush()
    record("customer.photo_changed", subject(customer), by=by)


def remove_photo(customer: Customer, *, by: Actor) -> None:
    """Forget the photo; without one nothing happens."""
    photo = queries.photo_of(customer.id)
    if photo is None:
        return
    bump(customer)
    old = [photo.large, photo.small]
    db.session.delete(photo)
    db.session.flush()
    _forget(old)
    record("customer.photo_removed", subject(customer), by=by)


def file_of(customer: Customer, size: int) -> StoredFile | None:
    """The file of one size."""
    photo = queries.photo_of(customer.id)
    return None if photo is None else photo.small if size <= SMALL else photo.large


def _stored(customer: Customer, content: bytes) -> StoredFile:
    return files.store(content, purpose=PURPOSE, media_type=pictures.MEDIA_TYPE, customer_id=customer.id)


def _forget(old: list[StoredFile]) -> None:
    for row in old:
        files.remove(row)
    db.session.flush()
