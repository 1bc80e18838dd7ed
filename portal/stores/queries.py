"""Stores as pages list them, and the one that everybody starts with."""

from collections.abc import Iterable

import sqlalchemy as sa

from portal.foundation.database import db
from portal.stores.models import ONLINE, Store


def every() -> list[Store]:
    """All stores by name, "Online" first."""
    return list(db.session.scalars(sa.select(Store).order_by(Store.code != ONLINE, Store.name, Store.id)))


def by_codes(codes: Iterable[str]) -> list[Store]:
    """The stores with these codes; unknown codes are left out."""
    return list(db.session.scalars(sa.select(Store).where(Store.code.in_(list(codes))).order_by(Store.id)))


def online() -> Store:
    """The store that the first migration makes, everybody's default."""
    return db.session.scalars(sa.select(Store).where(Store.code == ONLINE)).one()
