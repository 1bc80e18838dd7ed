"""Acts on many customers as jobs: note whom, do it to one after the other, and take it back."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from portal.audit.service import Actor
from portal.backoffice import job_kinds, listing
from portal.backoffice.customers import bulk, selection
from portal.backoffice.customers.bulk import Act, Choice
from portal.backoffice.customers.finding import PATH
from portal.backoffice.customers.selection import Selection
from portal.customers.models import Customer
from portal.foundation.database import db
from portal.foundation.errors import DomainError
from portal.foundation.text import _, plural
from portal.jobs import queries, service
from portal.jobs.models import Job, Outcome
from portal.jobs.service import Settled
from portal.staff.rules import Permission, Reach
from portal.staff.service import owning

KIND, UNDO = "customers.bulk", "customers.bulk_undo"
BATCH = 50  # customers of one step


def begin(act: Act, choice: Choice, chosen: Selection, by: Actor) -> Job:
    """Do an act to ticked customers at once, and to all that match as a job over the filter as it is now."""
    told = {"act": act.name, "choice": choice, "said": list(chosen.said)}
    if chosen.is_all:
        return service.start(KIND, {**told, "filter": dict(chosen.values)}, by=by)
    job = service.start(KIND, {**told, "ids": list(chosen.ids)}, by=by)
    service.do_now(job)
    return job


@service.runs(KIND)
def step(job: Job) -> bool:
    """Note the next customers that fit, and when all are noted act on the next of them."""
    by, reach = _owner(job)
    if not job.cursor.get("noted"):
        return _note(job, reach)
    after = job.cursor.get("after", 0)
    ids = service.take(job, after, BATCH)
    found = _customers(ids, job, reach)
    settled = [_act(job, thing_id, found.get(thing_id), by) for thing_id in ids]
    service.settle(job, settled)
    _count(job, [outcome is Outcome.CHANGED for _id, outcome, _before in settled if outcome is not Outcome.REFUSED])
    _move(job, ids)
    return len(ids) == BATCH


@service.runs(UNDO)
def undo_step(job: Job) -> bool:
    """Take the act back from the next customers whom it changed."""
    first = queries.by_id(job.parameters["of"])
    by, reach = _owner(job)
    rows = service.changed(first, job.cursor.get("after", 0), BATCH) if first else []
    ids = [thing_id for thing_id, _before in rows]
    found = {customer.id: customer for customer in _locked(ids, *selection.within(reach))}
    act, choice = bulk.BY_NAME[job.parameters["act"]], job.parameters["choice"]
    back: list[bool] = []
    for thing_id, before in rows:
        customer = found.get(thing_id)
        if customer is None or act.undo is None:
            service.problem(job, _("This customer is gone, or out of reach of your role."), subject=str(thing_id))
            continue
        try:
            with db.session.begin_nested():
                back.append(act.undo(customer, choice, before, by))
        except DomainError as refusal:
            service.problem(job, str(refusal), subject=_subject(customer))
    _count(job, back)
    _move(job, ids)
    return len(ids) == BATCH


def begin_undo(job: Job, by: Actor) -> Job:
    """Take back what an act did, from exactly those whom it changed.

    Raises:
        Conflict: it is taken back already.
    """
    told = {"act": job.parameters["act"], "choice": job.parameters["choice"], "of": job.id}
    undoing = service.start(UNDO, told, by=by, total=job.result["changed"], undoes=job)
    if job.result["changed"] <= selection.MOST:
        service.do_now(undoing)
    return undoing


def _note(job: Job, reach: Reach) -> bool:
    ids = job.parameters.get("ids")
    query = Selection(reach, tuple(ids or ()), ids is None, job.parameters.get("filter", {})).query
    number, last = service.note(job, query, after=job.cursor.get("last", 0))
    job.total = (job.total or 0) + number
    job.cursor = {"last": last, "noted": number < service.AT_ONCE}
    return True


def _customers(ids: Sequence[int], job: Job, reach: Reach) -> dict[int, Customer]:
    """Those who still fit the filter, locked in the order of their ids; who stopped to is left alone."""
    values = job.parameters.get("filter")
    fits = [*selection.within(reach), *(selection.conditions(values) if values else ())]
    return {customer.id: customer for customer in _locked(ids, *fits)}


def _locked(ids: Sequence[int], *conditions: sa.ColumnElement[bool]) -> Sequence[Customer]:
    query = sa.select(Customer).where(Customer.id.in_(ids), *conditions).order_by(Customer.id)
    held = query.options(selectinload(Customer.account)).with_for_update(of=Customer)
    held = held.execution_options(populate_existing=True)
    return db.session.scalars(held).all() if ids else []


def _act(job: Job, thing_id: int, customer: Customer | None, by: Actor) -> Settled:
    if customer is None:
        words = _("No longer matches the filter, so nothing was changed.")
        return _refuse(job, thing_id, _name_of(thing_id), words)
    act, before = bulk.BY_NAME[job.parameters["act"]], None
    try:
        with db.session.begin_nested():
            before = act.do(customer, job.parameters["choice"], by)
    except DomainError as refusal:
        return _refuse(job, thing_id, _subject(customer), str(refusal))
    return thing_id, Outcome.UNCHANGED if before is None else Outcome.CHANGED, before


def _refuse(job: Job, thing_id: int, subject: str, words: str) -> Settled:
    service.problem(job, words, subject=subject)
    return thing_id, Outcome.REFUSED, None


def _count(job: Job, changed: Sequence[bool]) -> None:
    for name, number in (("changed", changed.count(True)), ("unchanged", changed.count(False))):
        if number:
            job.result = {**job.result, name: job.result.get(name, 0) + number}


def _move(job: Job, ids: Sequence[int]) -> None:
    if ids:
        job.cursor, job.done = {**job.cursor, "after": ids[-1]}, job.done + len(ids)


def _owner(job: Job) -> tuple[Actor, Reach]:
    """Whoever began it, as long as they may, and whom their right reaches now."""
    reach = owning.reach_of(job, bulk.BY_NAME[job.parameters["act"]].permission)
    return Actor(job.owner_kind, job.owner_id, job.owner_name), reach


def _subject(customer: Customer) -> str:
    return f"{customer.number} {customer.name}"


def _name_of(customer_id: int) -> str:
    customer = db.session.get(Customer, customer_id)
    return _subject(customer) if customer else _("A customer who is gone")


def _name(job: Job) -> str:
    """The act, and on whom where a filter says it."""
    label, said = str(bulk.BY_NAME[job.parameters["act"]].label), ", ".join(job.parameters.get("said", ()))
    return _("%(act)s, %(filters)s", act=label, filters=said) if "filter" in job.parameters and said else label


def _result(job: Job) -> list[str]:
    act, choice, counts = bulk.BY_NAME[job.parameters["act"]], job.parameters["choice"], job.result
    same, refused = counts.get("unchanged", 0), job.refused
    said = [act.done(counts.get("changed", 0), choice)]
    if same:
        said.append(plural("%(n)s was so already.", "%(n)s were so already.", same, n=f"{same:,}"))
    if refused:
        said.append(plural("%(n)s was refused.", "%(n)s were refused.", refused, n=f"{refused:,}"))
    return said


def _undo_result(job: Job) -> list[str]:
    back, same = job.result.get("changed", 0), job.result.get("unchanged", 0)
    said = [plural("Taken back from %(n)s customer.", "Taken back from %(n)s customers.", back, n=f"{back:,}")]
    if same:
        words = plural(
            "%(n)s was changed again since and stays so.", "%(n)s were changed again since and stay so.", same, n=same
        )
        said.append(words)
    return said


def _back(job: Job) -> tuple[str, str]:
    return listing.address(PATH, job.parameters.get("filter", {})), _("Customers")


def _can_undo(job: Job) -> bool:
    return bool(job.result.get("changed")) and bulk.BY_NAME[job.parameters["act"]].undo is not None


def _undo_effects(job: Job) -> list[str]:
    number = job.result["changed"]
    about = plural("This is about %(n)s customer.", "This is about %(n)s customers.", number, n=f"{number:,}")
    return [about, *bulk.BY_NAME[job.parameters["act"]].undone()]


job_kinds.register(
    KIND,
    job_kinds.Kind(
        _name,
        _result,
        permission=Permission.CUSTOMER_MODIFY,
        back=_back,
        undo=job_kinds.Undo(begin_undo, _undo_effects, _can_undo),
    ),
)
job_kinds.register(
    UNDO,
    job_kinds.Kind(
        lambda job: _("Undo: %(name)s", name=_name(job)),
        _undo_result,
        permission=Permission.CUSTOMER_MODIFY,
        back=_back,
    ),
)
