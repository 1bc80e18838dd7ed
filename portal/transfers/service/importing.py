"""The second half of an import: staged rows become customers, a batch in each transaction, with few statements."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.customers.models import Customer, CustomerStatus, DuplicateDue, Origin
from portal.foundation.clock import now
from portal.foundation.database import db, insert_of, table_of
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.groups import queries as groups
from portal.jobs import service as jobs
from portal.jobs.models import Job
from portal.transfers import queries
from portal.transfers.models import Import, Outcome, Stage
from portal.transfers.service import applying, belongings, consenting, staging

KIND = "customers.import"
CHANGED = (
    *("first_name", "last_name", "email", "email_key", "external_id", "gender", "born_on", "nationality"),
    *("anniversary_on", "preferred_channel", "remarks", "search_text", "sort_name", "telephone_count"),
)
customer, row = table_of(Customer), staging.TABLE


@jobs.runs(KIND)
def step(job: Job) -> bool:
    """Write the next staged rows; the import is done after the last."""
    wanted = queries.by_id(job.parameters["import"])
    if wanted is None:
        raise NotFound(_("This import is gone."))
    after, moment = job.cursor.get("after", 0), now()
    number, last = _next(wanted.id, after)
    if number:
        mine = sa.and_(row.c.import_id == wanted.id, row.c.line > after, row.c.line <= last)
        refused = _write(wanted, mine, moment, Actor(job.owner_kind, job.owner_id, job.owner_name))
        _tell(job, mine)
        for line, of_whom, reason in refused:
            jobs.problem(job, reason, line=line, subject=of_whom)
        job.cursor = {"after": last}
        job.done += number
    if number == staging.batch():
        return True
    _finish(job, wanted)
    return False


def _next(import_id: int, after: int) -> tuple[int, int]:
    """How many rows the next step writes, and the line of the last."""
    todo = row.c.outcome.in_((Outcome.NEW, Outcome.CHANGE))
    some = sa.select(row.c.line).where(row.c.import_id == import_id, todo, row.c.line > after)
    lines = some.order_by(row.c.line).limit(staging.batch()).subquery()
    number, last = db.session.execute(sa.select(sa.func.count(), sa.func.max(lines.c.line))).one()
    return number, last or after


def _write(wanted: Import, mine: sa.ColumnElement[bool], moment: datetime, by: Actor) -> list[applying.Refusal]:
    if wanted.counts.get(Outcome.CHANGE):
        _refuse_outdated(mine)
    if wanted.counts.get(Outcome.NEW):
        new = sa.and_(mine, row.c.outcome == Outcome.NEW)
        _give_ids(new)
        _insert(new, moment, by.name)
        _refuse_new(new)
        belongings.give(new, moment, by, named=wanted.mapping)
    if "consent_at" in wanted.mapping:
        consenting.subscribe(mine, by.name)
    if wanted.counts.get(Outcome.CHANGE):
        _update(mine)
        return applying.change(sa.and_(mine, row.c.outcome == Outcome.CHANGE), by)
    return []


def _refuse_outdated(mine: sa.ColumnElement[bool]) -> None:
    """Leave out changes of customers whom somebody changed since the check, or whose new address somebody took."""
    changes = sa.and_(mine, row.c.outcome == Outcome.CHANGE)
    db.session.execute(
        sa.select(customer.c.id)
        .where(customer.c.id.in_(sa.select(row.c.customer_id).where(changes)))
        .order_by(customer.c.id)
        .with_for_update()
    )
    same = sa.exists().where(customer.c.id == row.c.customer_id, customer.c.version == row.c.version)
    _refuse(sa.and_(changes, ~same), _("Somebody changed this customer since the check"))
    taken = sa.exists().where(
        customer.c.id != row.c.customer_id,
        sa.or_(customer.c.email_key == row.c.email_key, customer.c.external_id == row.c.external_id),
    )
    _refuse(sa.and_(changes, taken), _("Another customer has this by now"))


def _give_ids(new: sa.ColumnElement[bool]) -> None:
    """Say which ids new customers get where the check could not: SQLite, which writes one transaction at a time."""
    if db.engine.dialect.name == "postgresql":
        return
    last = sa.select(sa.func.coalesce(sa.func.max(customer.c.id), 0)).scalar_subquery()
    place = sa.func.row_number().over(order_by=row.c.line)
    counted = sa.select(row.c.import_id, row.c.line, place.label("place")).where(new).subquery()
    same = (row.c.import_id == counted.c.import_id, row.c.line == counted.c.line)
    db.session.execute(sa.update(row).where(*same).values(customer_id=last + counted.c.place))


def _refuse_new(new: sa.ColumnElement[bool]) -> None:
    """Leave out new customers whose number or address somebody took since the check."""
    made = sa.exists().where(customer.c.id == row.c.customer_id, customer.c.number == row.c.number)
    _refuse(sa.and_(new, ~made), _("Another customer has this by now"), customer_id=None)


def _refuse(which: sa.ColumnElement[bool], reason: str, **values: Any) -> None:
    outcome = {"outcome": Outcome.PROBLEM.value, "reason": reason, "value": row.c.email, **values}
    db.session.execute(sa.update(row).where(which).values(outcome))


def _insert(new: sa.ColumnElement[bool], moment: datetime, by: str) -> None:
    """The rows of new customers, with the copies that triggers keep: they find nothing to put right then."""
    status = sa.case((row.c.is_disabled, CustomerStatus.DISABLED.value), else_=CustomerStatus.NO_ACCOUNT.value)
    at = sa.literal(moment, customer.c.created_at.type)
    columns: dict[str, Any] = {name: row.c[name] for name in ("number", *CHANGED)}
    columns |= {
        "id": row.c.customer_id,
        "status": status,
        "disabled_at": sa.case((row.c.is_disabled, at), else_=sa.null()),
        "disabled_by": sa.case((row.c.is_disabled, by[:120]), else_=""),
        "disabled_reason": sa.case((row.c.is_disabled, _("Imported as disabled")), else_=""),
        "locale": sa.literal("en"),
        "created_at": at,
        "created_by": sa.literal(by[:120]),
        "created_through": sa.literal(Origin.IMPORT.value),
        "version": sa.literal(1),
        "group_id": sa.func.coalesce(row.c.group_id, groups.default_group().id),
        "has_open_application": sa.false(),
        "country": belongings.country(),
    }
    chosen = sa.select(*columns.values()).where(new).order_by(row.c.line)
    made = insert_of(Customer).from_select(list(columns), chosen, include_defaults=False)
    db.session.execute(made.on_conflict_do_nothing())


def _update(mine: sa.ColumnElement[bool]) -> None:
    changes = sa.and_(mine, row.c.outcome == Outcome.CHANGE)
    values = {name: row.c[name] for name in CHANGED} | {"version": customer.c.version + 1}
    db.session.execute(sa.update(customer).where(customer.c.id == row.c.customer_id, changes).values(values))
    db.session.execute(sa.update(row).where(changes).values(version=row.c.version + 1))
    belongings.rewrite_telephones(changes)
    due = insert_of(DuplicateDue).from_select(["customer_id"], sa.select(row.c.customer_id).where(changes))
    db.session.execute(due.on_conflict_do_nothing())


def _tell(job: Job, mine: sa.ColumnElement[bool]) -> None:
    """Note the rows that were left out now, and count the others."""
    counts = dict(job.result)
    for outcome, number in db.session.execute(
        sa.select(row.c.outcome, sa.func.count()).where(mine, row.c.outcome != Outcome.SAME).group_by(row.c.outcome)
    ):
        if outcome != Outcome.PROBLEM:
            counts[outcome] = counts.get(outcome, 0) + number
    late = sa.and_(mine, row.c.outcome == Outcome.PROBLEM, row.c.number.is_not(None))
    for line, email, reason in db.session.execute(sa.select(row.c.line, row.c.email, row.c.reason).where(late)):
        jobs.problem(job, reason, line=line, subject=email)
    job.result = counts


def _finish(job: Job, wanted: Import) -> None:
    wanted.stage = Stage.DONE
    by = Actor(job.owner_kind, job.owner_id, job.owner_name)
    counts = {name: (None, job.result.get(name, 0)) for name in ("new", "change")}
    refused = (None, wanted.counts.get("problem", 0) + job.refused)
    audit.record(
        "customers.imported",
        Subject("customer_import", wanted.id, wanted.name),
        by=by,
        changes={**counts, "refused": refused},
    )
