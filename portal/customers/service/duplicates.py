"""Duplicates: found by indexed look-ups for one customer after another, never by comparing all with all."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from portal.audit.service import Actor, record
from portal.customers.models import Address, Customer, DuplicateDue, DuplicateKey, DuplicatePair
from portal.customers.models.duplicate import IS_OPEN, DuplicateProgress
from portal.customers.queries import IS_THERE, comparable
from portal.customers.queries.comparable import BOX, MAILBOX, MOST_ALIKE, NAMESAKE, SOUND, TELEPHONE
from portal.customers.rules import duplicates as rules
from portal.customers.rules import names
from portal.customers.rules.duplicates import Reason
from portal.customers.service.records import subject
from portal.foundation import database, pagination
from portal.foundation.clock import now
from portal.foundation.database import db, insert_of, table_of
from portal.foundation.errors import NotFound
from portal.foundation.pagination import Order, Page, slice_of
from portal.foundation.text import _

SUREST = Order(DuplicatePair.score, DuplicatePair.id, descending=True)
AT_ONCE = 100  # customers that one turn of the worker compares
MOST_NAMESAKES = 5  # a name that more have says nothing by itself


@dataclass(frozen=True, kw_only=True)
class Looks:
    """What somebody is compared by."""

    first_name: str
    last_name: str
    email_key: str = ""
    telephones: tuple[str, ...] = ()  # E.164
    postcodes: tuple[str, ...] = ()
    born_on: date | None = None

    @property
    def name(self) -> str:
        """Folded, as it sorts."""
        return names.sort_name(self.first_name, self.last_name)


def like(looks: Looks, *, besides: int | None = None) -> dict[int, set[Reason]]:
    """Who looks like somebody, by customer id, with the reasons: a few look-ups, each by an index."""
    near = _near(looks)
    others = comparable.those(one for ids in near.values() for one in ids)
    found: dict[int, set[Reason]] = defaultdict(set)
    for customer_id in _unless_many(near[TELEPHONE]):
        found[customer_id].add(Reason.TELEPHONE)
    for customer_id in (*_unless_many(near[BOX]), *_unless_many(near[MAILBOX])):
        found[customer_id].add(Reason.MAILBOX)
    for customer_id, reasons in _like_names(looks, {*near[SOUND], *near[NAMESAKE]}, others).items():
        found[customer_id] |= reasons
    return {one: why for one, why in found.items() if one in others and others[one].is_there and one != besides}


def alike(customer: Customer) -> dict[int, set[Reason]]:
    """Who looks like a customer, by id, with the reasons; who was said to be somebody else is left out."""
    found = like(looks_of(customer), besides=customer.id)
    other = sa.case((DuplicatePair.first_id == customer.id, DuplicatePair.second_id), else_=DuplicatePair.first_id)
    theirs = sa.or_(DuplicatePair.first_id == customer.id, DuplicatePair.second_id == customer.id)
    for other_id in db.session.scalars(sa.select(other).where(theirs, DuplicatePair.dismissed_at.is_not(None))):
        found.pop(other_id, None)
    return found


def find_some(most: int = AT_ONCE) -> int:
    """Compare those who were changed, and those whom nobody compared yet; returns how many.

    Others are looked for in transactions that keep nobody from writing. Who is changed meanwhile is compared once more.
    """
    with database.reading():
        changed, new = _waiting(most)
        looks = _looks({*changed, *new})
    if not (changed or new):
        return 0
    with database.transaction():
        _keep_keys({one: looks[one] for one in _still_there(looks)})
    with database.reading():
        found = {one: like(mine, besides=one) for one, mine in looks.items()}
    with database.transaction():
        _keep_pairs(found)
        fresh = _looks(changed)
        done = [one for one in changed if fresh.get(one) == looks.get(one)]
        db.session.execute(sa.delete(DuplicateDue).where(DuplicateDue.customer_id.in_(done)))
        if new:
            db.session.execute(sa.update(DuplicateProgress).values(customer_id=max(new)))
    return len(changed) + len(new)


def waiting(*, after: str = "", before: str = "", size: int = 50) -> Page[DuplicatePair]:
    """The pairs that nobody has looked at, the surest first."""
    return slice_of(_open_pairs(), SUREST, after=after, before=before, size=size)


def count_waiting() -> int:
    """How many there are, counted as far as pagination counts."""
    return pagination.count_of(_open_pairs())


def _open_pairs() -> "sa.Select[tuple[DuplicatePair]]":
    return sa.select(DuplicatePair).where(IS_OPEN)


def dismiss(pair: DuplicatePair, *, by: Actor) -> None:
    """Say that two records are two people; they are not shown as a pair again."""
    if pair.dismissed_at is not None:
        return
    pair.dismissed_at, pair.dismissed_by = now(), by.name[:120]
    first, second = both(pair)
    changes = {"different_from": (None, second.number)}
    record("customer.not_duplicate", subject(first), by=by, changes=changes)


def pair_of(one: Customer, other: Customer) -> DuplicatePair:
    """The pair of two customers, made where nobody found it."""
    first, second = sorted((one.id, other.id))
    known = sa.select(DuplicatePair).where(DuplicatePair.first_id == first, DuplicatePair.second_id == second)
    pair = db.session.scalar(known)
    if pair is None:
        new = insert_of(DuplicatePair).values(**_pair(first, second, ()))
        db.session.execute(new.on_conflict_do_nothing())
        pair = db.session.scalars(known).one()
    return pair


def both(pair: DuplicatePair) -> tuple[Customer, Customer]:
    """The two customers of a pair.

    Raises:
        NotFound: one of them was merged or erased meanwhile.
    """
    found = [db.session.get(Customer, customer_id) for customer_id in (pair.first_id, pair.second_id)]
    first, second = found
    if first is None or second is None or not (first.is_there and second.is_there):
        raise NotFound(_("One of these customers was merged or erased meanwhile."))
    return first, second


def looks_of(customer: Customer) -> Looks:
    """What a customer is compared by."""
    postcodes = db.session.scalars(sa.select(Address.postcode).where(Address.customer_id == customer.id))
    return _looks_like(customer, postcodes)


def _looks(ids: Collection[int]) -> dict[int, Looks]:
    """What customers are compared by; of those who are there."""
    postcodes: dict[int, list[str]] = defaultdict(list)
    kept = sa.select(Address.customer_id, Address.postcode).where(Address.customer_id.in_(ids)).order_by(Address.id)
    for customer_id, postcode in db.session.execute(kept).tuples():
        postcodes[customer_id].append(postcode)
    there = sa.select(Customer).where(Customer.id.in_(ids), IS_THERE).execution_options(populate_existing=True)
    return {customer.id: _looks_like(customer, postcodes[customer.id]) for customer in db.session.scalars(there)}


def _looks_like(customer: Customer, postcodes: Iterable[str]) -> Looks:
    return Looks(
        first_name=customer.first_name,
        last_name=customer.last_name,
        email_key=customer.email_key or "",
        telephones=tuple(telephone.e164 for telephone in customer.telephones if telephone.e164),
        postcodes=tuple(postcodes),
        born_on=customer.born_on,
    )


def _keep_pairs(found: Mapping[int, Mapping[int, Iterable[Reason]]]) -> None:
    there = _still_there({*found, *(other for others in found.values() for other in others)})
    rows: dict[tuple[int, int], dict[str, Any]] = {}
    for one, others in found.items():
        for other, reasons in others.items():
            if one in there and other in there:
                first, second = sorted((one, other))
                rows[first, second] = _pair(first, second, reasons)
    if rows:
        pair = insert_of(table_of(DuplicatePair))
        fresh = {"reasons": pair.excluded.reasons, "score": pair.excluded.score}
        stored = pair.on_conflict_do_update(index_elements=["first_id", "second_id"], set_=fresh)
        db.session.connection().execute(stored, list(rows.values()))


def _still_there(ids: Collection[int]) -> set[int]:
    """Those of these customers who are there, and stay to the end of the transaction."""
    there = sa.select(Customer.id).where(Customer.id.in_(ids), IS_THERE).order_by(Customer.id)
    return set(db.session.scalars(there.with_for_update(read=True, key_share=True)))


def _pair(first: int, second: int, reasons: Iterable[Reason]) -> dict[str, Any]:
    why = sorted(reasons, key=lambda reason: -rules.POINTS[reason])
    values = {"first_id": first, "second_id": second, "reasons": why, "score": rules.score(why)}
    return {**values, "found_at": now(), "dismissed_by": ""}


def _keep_keys(looks: Mapping[int, Looks]) -> None:
    db.session.execute(sa.delete(DuplicateKey).where(DuplicateKey.customer_id.in_(looks)))
    rows = []
    for customer_id, mine in looks.items():
        box = rules.mailbox(mine.email_key) if mine.email_key else ""
        keys = {SOUND: rules.sound(mine.first_name, mine.last_name), MAILBOX: box if box != mine.email_key else ""}
        rows += [{"customer_id": customer_id, "kind": kind, "key": key} for kind, key in keys.items() if key]
    if rows:
        db.session.execute(sa.insert(DuplicateKey), rows)


def _near(looks: Looks) -> dict[str, list[int]]:
    """Who may be like somebody, by what they were found by."""
    return comparable.near(
        numbers=looks.telephones,
        box=rules.mailbox(looks.email_key) if looks.email_key else None,
        sounds=rules.sound(looks.first_name, looks.last_name),
        name=looks.name,
        codes=looks.postcodes,
        born=looks.born_on,
    )


def _like_names(looks: Looks, ids: Collection[int], others: Mapping[int, sa.Row[Any]]) -> dict[int, set[Reason]]:
    postcodes = comparable.postcodes(ids) if looks.postcodes else {}
    found = {}
    for other in (others[one] for one in ids if one in others):
        born = (looks.born_on, other.born_on)
        near = (looks.postcodes, postcodes.get(other.id, ()))
        if reasons := rules.reasons_of_names(looks.name, other.sort_name, born=born, postcodes=near):
            found[other.id] = reasons
    is_common = len(found) > MOST_NAMESAKES
    return {who: why for who, why in found.items() if not is_common or why - {Reason.SAME_NAME, Reason.SIMILAR_NAME}}


def _unless_many(ids: Sequence[int]) -> Sequence[int]:
    return ids if len(ids) <= MOST_ALIKE else ()


def _waiting(most: int) -> tuple[list[int], list[int]]:
    """Who was changed, and who was never compared."""
    changed = list(db.session.scalars(sa.select(DuplicateDue.customer_id).limit(most)))
    last = db.session.scalar(sa.select(DuplicateProgress.customer_id)) or 0
    new = sa.select(Customer.id).where(Customer.id > last).order_by(Customer.id).limit(most - len(changed))
    return changed, list(db.session.scalars(new))
