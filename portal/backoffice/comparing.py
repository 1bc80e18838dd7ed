"""Two customers side by side, as the pages of duplicates tell them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa

from portal.backoffice import acts
from portal.backoffice import customer_words as words
from portal.backoffice.values import in_words
from portal.customers.models import Customer, CustomerMerge, DuplicatePair
from portal.customers.rules.duplicates import POINTS, Reason, score
from portal.customers.service import choosing
from portal.customers.service.choosing import EMPTY, Difference
from portal.foundation import holdings
from portal.foundation.database import db
from portal.foundation.holdings import Holding, Person
from portal.foundation.pages import day
from portal.foundation.text import _, lazy
from portal.staff.guards import stores_for
from portal.staff.rules import Permission

OWN, OTHER = "kept", "gone"  # values of the choice between two
REASONS = {
    Reason.MAILBOX: lazy("One mailbox"),
    Reason.TELEPHONE: lazy("Same telephone"),
    Reason.NAME_AND_BIRTH: lazy("Name and date of birth"),
    Reason.NAME_AND_POSTCODE: lazy("Name and postcode"),
    Reason.SAME_NAME: lazy("Same name"),
    Reason.SIMILAR_NAME: lazy("Similar name"),
}
SURE, LIKELY = 75, 40  # points from which a pair is called so


def rows_of(pairs: Sequence[DuplicatePair]) -> list[dict[str, Any]]:
    """Pairs with both customers, loaded at once; one that lost a side meanwhile is left out."""
    known = customers_of([one for pair in pairs for one in (pair.first_id, pair.second_id)])
    return [
        {
            "pair": pair,
            "first": known[pair.first_id],
            "second": known[pair.second_id],
            "reasons": told(pair.reasons),
            "sure": _sure(pair.score),
        }
        for pair in pairs
        if pair.first_id in known and pair.second_id in known
    ]


def rows_of_merges(merges: Sequence[CustomerMerge]) -> list[dict[str, Any]]:
    """Merges with the customers who were kept, loaded at once."""
    known = customers_of([one.kept_id for one in merges])
    return [{"merge": one, "kept": known.get(one.kept_id)} for one in merges]


def choosable(kept: Customer, gone: Customer) -> list[Difference]:
    """The differences that the member at work may decide; selling on credit stays as it is without that right."""
    found = choosing.differences(kept, gone)
    reach = stores_for(Permission.CUSTOMER_CREDIT)
    both = all(reach is None or any(store.id in reach for store in one.stores) for one in (kept, gone))
    return [one for one in found if one.field != choosing.CREDIT or both]


def taken(kept: Customer, gone: Customer, chosen: Mapping[str, str]) -> list[str]:
    """The fields of which the other record's value was chosen, or is the better one where nothing was."""
    return [
        one.field
        for one in choosable(kept, gone)
        if chosen.get(one.field) == OTHER or (chosen.get(one.field) != OWN and one.is_better)
    ]


def side_by_side(kept: Customer, gone: Customer, chosen: Mapping[str, str]) -> dict[str, Any]:
    """What has to be chosen, what is filled in or moves over, and whether one of two accounts has to stay."""
    found = choosable(kept, gone)
    fields = [
        {
            "name": one.field,
            "label": acts.field(one.called),
            "kept": _value(one.kept, one.called) or _("Nothing"),
            "gone": _value(one.gone, one.called),
            "value": chosen.get(one.field) or (OTHER if one.is_better else OWN),
        }
        for one in found
        if one.gone not in EMPTY and not _is_filled(one)
    ]
    filled = [
        {"label": acts.field(one.called), "value": _value(one.gone, one.called)} for one in found if _is_filled(one)
    ]
    accounts = kept.account is not None and gone.account is not None
    facts = [(_facts(customer), customer) for customer in (kept, gone)]
    return {
        "fields": fields,
        "both_sign_in": accounts,
        "both_wait": kept.has_open_application and gone.has_open_application,
        "moves": filled + _moves(kept, gone),
        "facts": facts,
    }


def _is_filled(difference: Difference) -> bool:
    return difference.kept in EMPTY and difference.is_better


def _facts(customer: Customer) -> list[dict[str, str]]:
    return [
        {"label": _("Status"), "value": str(words.STATUS[customer.status][1])},
        {"label": _("Email"), "value": customer.email},
        {"label": _("Telephone"), "value": ", ".join(one.typed for one in customer.telephones)},
        {"label": _("Stores"), "value": ", ".join(store.name for store in customer.stores)},
        {"label": _("Since"), "value": day(customer.created_at)},
    ]


def _moves(kept: Customer, gone: Customer) -> list[dict[str, str]]:
    """Heading by heading how much goes over to the record that stays; not what somebody has once and it has already."""
    found = []
    for holding in holdings.declared():
        is_once = any(holding.rows.c[column].unique for column in holding.by)
        if not (holding.moves and holding.title) or (is_once and _count(holding, kept)):
            continue
        if number := _count(holding, gone):
            found.append({"label": str(holding.title), "value": str(number)})
    return found


def _count(holding: Holding, customer: Customer) -> int:
    counted = sa.select(sa.func.count()).select_from(holding.rows)
    return db.session.scalar(counted.where(holdings.about(holding, Person((customer.id,))))) or 0


def told(reasons: Iterable[str]) -> str:
    """Reasons in words, the strongest first."""
    strongest = sorted(map(Reason, reasons), key=lambda reason: -POINTS[reason])
    return ", ".join(str(REASONS[reason]) for reason in strongest)


def place(reasons: Iterable[Reason]) -> int:
    """The place of somebody among those who look alike: the surest come first."""
    return -score(reasons)


def customers_of(ids: Sequence[int]) -> dict[int, Customer]:
    """Customers by their ids, loaded at once."""
    found = db.session.scalars(sa.select(Customer).where(Customer.id.in_(ids)))
    return {customer.id: customer for customer in found}


def _sure(score: int) -> tuple[str, str]:
    if score >= SURE:
        return "bad", _("Almost certain")
    return ("wait", _("Likely")) if score >= LIKELY else ("off", _("Possible"))


def _value(value: Any, field: str) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Enum):
        return str(in_words(field, str(value.value)))
    if isinstance(value, datetime):
        return day(value)
    plain = value.isoformat() if isinstance(value, date) else "" if value is None else str(value)
    return str(in_words(field, plain))
