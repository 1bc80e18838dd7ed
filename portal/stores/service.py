"""Stores open, change, retire, and open again; none is ever deleted, since customers belong to them."""

from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.audit.service import Actor, Changes, Subject, record
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.stores.errors import CodeTaken, OnlineStays, RetiredAlready, StoreChangedMeanwhile
from portal.stores.models import ONLINE, Store


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a shop says of a store."""

    name: str
    address: str = ""
    time_zone: str
    currency: str


def add_store(code: str, facts: Facts, *, by: Actor) -> Store:
    """Open a store; its code stays its own for ever, since addresses and tills name it by that.

    Raises:
        CodeTaken: another store has the code.
    """
    store = Store(code=code, **asdict(facts))
    try:
        with db.session.begin_nested():
            db.session.add(store)
    except IntegrityError:
        raise CodeTaken(_("Another store has the code %(code)s. Choose another one.", code=code)) from None
    _record(
        "store.added", store, by, {"code": (None, code)} | {name: (None, fact) for name, fact in asdict(facts).items()}
    )
    return store


def change_store(store_id: int, facts: Facts, *, version: int, by: Actor) -> Store:
    """Change a store.

    Raises:
        NotFound: there is no such store.
        StoreChangedMeanwhile: `version` is not the one on record.
    """
    store = _held(store_id)
    if store.version != version:
        raise StoreChangedMeanwhile(_("Somebody saved this store while you were editing it. Both versions are below."))
    after = asdict(facts)
    before = {name: getattr(store, name) for name in after}
    if before == after:
        return store
    for name, value in after.items():
        setattr(store, name, value)
    store.version += 1
    db.session.flush()
    _record("store.changed", store, by, {name: (before[name], after[name]) for name in after})
    return store


def retire(store_id: int, *, by: Actor) -> Store:
    """Offer a store no more; its customers keep it, roles that were given for it alone bring nothing.

    Raises:
        NotFound: there is no such store.
        OnlineStays: it is everybody's default, so one store is always open.
        RetiredAlready: it is retired.
    """
    store = _held(store_id)
    if store.code == ONLINE:
        raise OnlineStays(_("%(name)s is every customer’s first store, so it stays open.", name=store.name))
    if store.is_retired:
        raise RetiredAlready(_("%(name)s is retired already.", name=store.name))
    store.retired_at = now()
    store.version += 1
    _record("store.retired", store, by, {})
    return store


def reopen(store_id: int, *, by: Actor) -> Store:
    """Offer a retired store again; roles that were given for it count again.

    Raises:
        NotFound: there is no such store.
        RetiredAlready: it is open.
    """
    store = _held(store_id)
    if not store.is_retired:
        raise RetiredAlready(_("%(name)s is open already.", name=store.name))
    store.retired_at = None
    store.version += 1
    _record("store.reopened", store, by, {})
    return store


def _held(store_id: int) -> Store:
    """A store, while nobody else changes it."""
    row = sa.select(Store).where(Store.id == store_id).with_for_update()
    store = db.session.scalar(row, execution_options={"populate_existing": True})
    if store is None:
        raise NotFound(_("This store doesn’t exist. Look in the list of stores."))
    return store


def _record(verb: str, store: Store, by: Actor, changes: Changes) -> None:
    record(verb, Subject("store", store.id, store.name), by=by, changes=changes)
