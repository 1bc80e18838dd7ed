"""Stores as pages list them, and the one that everybody starts with."""

from collections.abc import Iterable

import sqlalchemy as sa

from portal.foundation.database import LARGEST_ID, db
from portal.stores.models import ONLINE, Store

_IN_ORDER = (Store.code != ONLINE, Store.name, Store.id)


def every() -> list[Store]:
    """All stores by name, "Online" first; those that retired among them, since customers still belong to them."""
    return list(db.session.scalars(sa.select(Store).order_by(*_IN_ORDER)))


def offered() -> list[Store]:
    """The stores that can be chosen: all but those that retired."""
    return [store for store in every() if not store.is_retired]


def by_codes(codes: Iterable[str]) -> list[Store]:
    """The stores with these codes; unknown codes are left out."""
    return list(db.session.scalars(sa.select(Store).where(Store.code.in_(list(codes))).order_by(Store.id)))


def by_id(store_id: int) -> Store | None:
    """The store with this id."""
    return db.session.get(Store, store_id) if 0 < store_id <= LARGEST_ID else None


def online() -> Store:
    """The store that the first migration makes, everybody's default."""
    return db.session.scalars(sa.select(Store).where(Store.code == ONLINE)).one()
