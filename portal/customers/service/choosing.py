"""Choosing: in which fields two records of one person differ, and which value is the better one where nobody chooses.

Beside the columns of the customer these are the fields of what somebody has at most once (numbers of the state, the
till's settings, a photo) and the answers in the shop's own fields. A table that only one record has a row in moves as a
whole (see `carrying`), so it is no choice.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.customers import custom_queries, queries
from portal.customers.errors import FieldRefused
from portal.customers.models import COPIES, Customer, CustomerPhoto, FieldValue, PosSettings, Statutory
from portal.customers.rules import tax_ids
from portal.customers.service import custom_values
from portal.customers.service.further import AT_TILL, NAMES, SEALED, STATE
from portal.customers.service.sealing import opened, told
from portal.foundation.database import table_of

# Columns that say nothing about the person, or follow from others.
INTERNAL = frozenset(
    {
        *("id", "account_id", "email_key", "telephone_count", "status", "search_text", "sort_name", "version"),
        *("created_at", "created_by", "created_through", "disabled_at", "disabled_by", "disabled_reason"),
        *("invited_at", "erased_at", "merged_into_id", "locale", *COPIES),
    }
)
NEVER_EMPTY = ("number", "first_name", "last_name")
EMPTY = (None, "")
CREDIT = "allow_credit_sale"
PHOTO = "photo"
OF_PHOTO = ("large_id", "small_id", "taken_at")
ANSWER = "custom-"  # before the id of a field of the shop's own
TOGETHER = ("pan", "gstin", STATE)  # say something about each other

Rewrite = tuple[str, int, dict[str, Any]]  # table, row of the record that stays, and what it gets


@dataclass(frozen=True)
class Difference:
    """A field in which two records differ; the numbers of the state are masked here.

    `called` is its name in the audit log, `is_better` whether the other record's value is taken where nobody chose.
    """

    field: str
    kept: Any
    gone: Any
    called: str
    is_better: bool


def differences(kept: Customer, gone: Customer) -> list[Difference]:
    """Every field of which one value has to be chosen, in the order of a record."""
    return [*_of_record(kept, gone), *_of_the_state(kept, gone), *_of_till_and_face(kept, gone), *_answers(kept, gone)]


def check(kept: Customer, gone: Customer, taken: Collection[str]) -> None:
    """Refuse a choice of which the parts do not go together.

    Raises:
        FieldRefused: the GST number is of another PAN, or of another state.
    """
    mine, theirs = kept.statutory, gone.statutory
    if mine is None or theirs is None or not set(TOGETHER) & set(taken):
        return
    for field, words in _objections(_mixed(mine, theirs, taken)).items():
        raise FieldRefused(words, field=field if field in taken else next(one for one in TOGETHER if one in taken))


def rewrites(kept: Customer, gone: Customer, taken: Collection[str]) -> list[Rewrite]:
    """What has to be written to rows of the record that stays, beside the customer's own."""
    found: list[Rewrite] = []
    for one, other, names in _pairs(kept, gone):
        chosen = (PHOTO in taken and names == OF_PHOTO and names) or [name for name in names if name in taken]
        if chosen:
            found.append((table_of(type(one)).name, one.id, {name: getattr(other, name) for name in chosen}))
    for mine, theirs in _both_answered(kept, gone):
        if f"{ANSWER}{mine.field_id}" in taken:
            values = {name: getattr(theirs, name) for name in ("value", "file_id", "changed_at")}
            found.append((table_of(FieldValue).name, mine.id, values))
    return found


def _pairs(kept: Customer, gone: Customer) -> Iterator[tuple[Any, Any, tuple[str, ...]]]:
    """The rows of which somebody has one at most, where both records have it."""
    rows = (
        (kept.statutory, gone.statutory, (*SEALED, STATE)),
        (kept.pos, gone.pos, AT_TILL),
        (queries.photo_of(kept.id), queries.photo_of(gone.id), OF_PHOTO),
    )
    return ((one, other, names) for one, other, names in rows if one is not None and other is not None)


def _of_record(kept: Customer, gone: Customer) -> Iterator[Difference]:
    follows = {"email"} if kept.account_id is not None or gone.account_id is not None else set[str]()  # the account
    for name in (column.name for column in table_of(Customer).c if column.name not in INTERNAL | follows):
        mine, theirs = getattr(kept, name), getattr(gone, name)
        if mine != theirs:
            called = "customer_number" if name == "number" else NAMES.get(name, name)
            yield Difference(name, mine, theirs, called, mine in EMPTY and name not in NEVER_EMPTY)


def _of_the_state(kept: Customer, gone: Customer) -> Iterator[Difference]:
    mine, theirs = kept.statutory, gone.statutory
    if mine is None or theirs is None:
        return
    better = _better(mine, theirs)
    for name in SEALED:
        before, after = opened(getattr(mine, name)), opened(getattr(theirs, name))
        if before != after:
            yield Difference(name, *told(before, after), name, name in better)
    if mine.state_of_registration != theirs.state_of_registration:
        yield Difference(STATE, mine.state_of_registration, theirs.state_of_registration, STATE, STATE in better)


def _better(mine: Statutory, theirs: Statutory) -> set[str]:
    """What is taken where nobody chose: what is missing, and of two values the one of the row that says more."""
    names = (*SEALED, STATE)
    missing = {name for name in names if not getattr(mine, name) and getattr(theirs, name)}
    of_theirs = {name for name in names if getattr(theirs, name)}
    is_fuller = len(of_theirs) > sum(bool(getattr(mine, name)) for name in names)
    apart = set(names) - set(TOGETHER)
    for choice in ((missing | of_theirs) if is_fuller else missing, missing, missing & apart):
        if not set(TOGETHER) & choice or not _objections(_mixed(mine, theirs, choice)):
            return choice
    return set()


def _mixed(mine: Statutory, theirs: Statutory, taken: Collection[str]) -> dict[str, str]:
    rows = {name: theirs if name in taken else mine for name in TOGETHER}
    return {name: getattr(row, name) if name == STATE else opened(getattr(row, name)) for name, row in rows.items()}


def _objections(mixed: Mapping[str, str]) -> dict[str, str]:
    return tax_ids.objections(mixed, mixed[STATE])


def _of_till_and_face(kept: Customer, gone: Customer) -> Iterator[Difference]:
    """Nobody is allowed more, and no face changes, unless somebody says so."""
    for one, other, names in _pairs(kept, gone):
        if isinstance(one, PosSettings):
            for name in names:
                mine, theirs = getattr(one, name), getattr(other, name)
                if mine != theirs:
                    yield Difference(name, mine, theirs, name, mine in EMPTY)
        if isinstance(one, CustomerPhoto) and one.large.sha256 != other.large.sha256:
            yield Difference(PHOTO, one.taken_at, other.taken_at, PHOTO, is_better=False)


def _answers(kept: Customer, gone: Customer) -> Iterator[Difference]:
    for mine, theirs in _both_answered(kept, gone):
        before, after = custom_values.shown(mine), custom_values.shown(theirs)
        if (before, _bytes_of(mine)) != (after, _bytes_of(theirs)):
            called = f"custom:{mine.field.name}"
            yield Difference(f"{ANSWER}{mine.field_id}", before, after, called, is_better=before == "")


def _bytes_of(answer: FieldValue) -> str:
    return answer.file.sha256 if answer.file is not None else ""


def _both_answered(kept: Customer, gone: Customer) -> list[tuple[FieldValue, FieldValue]]:
    theirs = {row.field_id: row for row in custom_queries.values_of(gone.id)}
    return [(row, theirs[row.field_id]) for row in custom_queries.values_of(kept.id) if row.field_id in theirs]
