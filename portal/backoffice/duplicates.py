"""Duplicates: the queue of pairs, two records side by side, merging them, and taking that back."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.accounts.guards import fresh_sign_in_required
from portal.backoffice import comparing, listing
from portal.backoffice.customers import reach
from portal.backoffice.customers.editing import find
from portal.customers.errors import FieldRefused
from portal.customers.models import Customer, DuplicatePair
from portal.customers.rules import numbers
from portal.customers.service import carrying, merging
from portal.customers.service import duplicates as service
from portal.foundation.database import LARGEST_ID, db
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.groups.service import own
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission

PATH = "/staff/duplicates"
NOTHING: Mapping[str, str] = MappingProxyType({})
duplicates = Blueprint("duplicates", __name__, url_prefix=PATH)


@duplicates.get("")
@staff_required(Permission.CUSTOMER_MERGE)
def show() -> ResponseReturnValue:
    page = service.waiting(after=request.args.get("after", ""), before=request.args.get("before", ""))
    return render_template(
        "backoffice/duplicates/list.html",
        rows=[row for row in comparing.rows_of(page.rows) if _is_reached(row["first"], row["second"])],
        **listing.neighbours(PATH, {}, page),
    )


@duplicates.get("/merged")
@staff_required(Permission.CUSTOMER_MERGE)
def show_merged() -> ResponseReturnValue:
    page = merging.merges(after=request.args.get("after", ""), before=request.args.get("before", ""))
    return render_template(
        "backoffice/duplicates/merged.html",
        rows=[row for row in comparing.rows_of_merges(page.rows) if row["kept"] and _is_reached(row["kept"])],
        **listing.neighbours(f"{PATH}/merged", {}, page),
    )


@duplicates.get("/<int:pair_id>")
@staff_required(Permission.CUSTOMER_MERGE)
@fresh_sign_in_required
def compare(pair_id: int) -> ResponseReturnValue:
    return _page(_pair(pair_id), request.args.get("keep", ""))


@duplicates.post("/<int:pair_id>/merge")
@staff_required(Permission.CUSTOMER_MERGE)
@fresh_sign_in_required
def merge(pair_id: int) -> ResponseReturnValue:
    pair = _pair(pair_id)
    kept, gone = _sides(pair, request.form.get("keep", ""))
    _refuse_own(kept, gone)
    taken = comparing.taken(kept, gone, request.form)
    takes_account = request.form.get("account") == comparing.OTHER
    try:
        merging.merge(kept, gone, taken=taken, takes_account=takes_account, by=acting_member())
    except FieldRefused as refusal:
        return _page(pair, kept.number, request.form, {refusal.field: str(refusal)}), 422
    flash(_("Both are one record now. You can undo it as long as nothing of it is changed."), "ok")
    return redirect(f"/staff/customers/{kept.number}", 303)


@duplicates.post("/<int:pair_id>/dismiss")
@staff_required(Permission.CUSTOMER_MERGE)
def dismiss(pair_id: int) -> ResponseReturnValue:
    service.dismiss(_pair(pair_id), by=acting_member())
    flash(_("They are two people. They won’t be shown as a pair again."), "ok")
    return redirect(PATH, 303)


@duplicates.post("/merged/<int:merge_id>/undo")
@staff_required(Permission.CUSTOMER_MERGE)
@fresh_sign_in_required
def undo(merge_id: int) -> ResponseReturnValue:
    done = merging.find(merge_id)
    kept = db.session.get(Customer, done.kept_id)
    if kept is None or not _is_reached(kept):
        raise NotFound(_("There is no such merge, or its customer was erased."))
    _refuse_own(kept)
    for side in (carrying.KEPT, carrying.GONE):  # who was put aside has no address meanwhile; the merge remembers it
        own.refuse_address(done.before[side]["email_key"], acting_member())
    merging.undo(done, by=acting_member())
    flash(_("Both records are as they were."), "ok")
    return redirect(f"{PATH}/merged", 303)


@duplicates.post("/pair")
@staff_required(Permission.CUSTOMER_MERGE)
def pair_up() -> ResponseReturnValue:
    """Two customers whom somebody knows to be one, by their numbers."""
    one, other = find(request.form.get("number", "")), find(request.form.get("other_number", ""))
    if one.id == other.id:
        raise NotFound(_("This is one record already."))
    return redirect(f"{PATH}/{service.pair_of(one, other).id}?keep={one.number}", 303)


def _pair(pair_id: int) -> DuplicatePair:
    pair = db.session.get(DuplicatePair, pair_id) if pair_id <= LARGEST_ID else None
    if pair is None or not _is_reached(*service.both(pair)):
        raise NotFound(_("This pair was merged, or one of the two is no longer there."))
    return pair


def _is_reached(*customers: Customer) -> bool:
    """Whether the member at work has a say about every store of these customers."""
    return not any(reach.out_of_reach(customer) for customer in customers)


def _refuse_own(*customers: Customer) -> None:
    """Staff who are customers, too, merge nothing into their own record: the other one may have better terms."""
    for customer in customers:
        own.refuse(customer, acting_member())


def _sides(pair: DuplicatePair, keep: str) -> tuple[Customer, Customer]:
    """The record that stays and the other one: the older one stays, unless the other's number is asked for."""
    first, second = service.both(pair)
    return (second, first) if numbers.read(keep) == second.number else (first, second)


def _page(
    pair: DuplicatePair, keep: str, chosen: Mapping[str, str] = NOTHING, errors: Mapping[str, str] = NOTHING
) -> str:
    kept, gone = _sides(pair, keep)
    told: dict[str, Any] = comparing.side_by_side(kept, gone, chosen)
    page = "backoffice/duplicates/compare.html"
    return render_template(page, pair=pair, kept=kept, gone=gone, path=PATH, chosen=chosen, errors=errors, **told)
