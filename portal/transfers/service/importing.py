"""The second half of an import: staged rows become customers, a batch in each transaction, with few statements."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.customers.models import Customer, CustomerStatus, Origin
from portal.foundation.clock import now
from portal.foundation.database import db, insert_of, table_of
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.jobs import service as jobs
from portal.jobs.models import Job
from portal.transfers import queries
from portal.transfers.models import Import, Outcome, Stage
from portal.transfers.service import belongings, consenting, staging

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
    lines = _lines(wanted.id, after)
    if lines:
        mine = sa.and_(row.c.import_id == wanted.id, row.c.line > after, row.c.line <= lines[-1])
        _refuse_outdated(mine)
        _insert(mine, moment, job.owner_name)
        _refuse_new(mine)
        belongings.give(mine, moment, job.owner_name)
        consenting.subscribe(mine, job.owner_name)
        _update(mine)
        _tell(job, mine)
        job.cursor = {"after": lines[-1]}
        job.done += len(lines)
    if len(lines) == staging.batch():
        return True
    _finish(job, wanted)
    return False


def _lines(import_id: int, after: int) -> list[int]:
    todo = row.c.outcome.in_((Outcome.NEW, Outcome.CHANGE))
    query = sa.select(row.c.line).where(row.c.import_id == import_id, todo, row.c.line > after)
    return list(db.session.scalars(query.order_by(row.c.line).limit(staging.batch())))


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


def _refuse_new(mine: sa.ColumnElement[bool]) -> None:
    """Leave out new customers whose number or address somebody took since the check."""
    lost = sa.and_(mine, row.c.outcome == Outcome.NEW, row.c.customer_id.is_(None))
    _refuse(lost, _("Another customer has this by now"))


def _refuse(which: sa.ColumnElement[bool], reason: str) -> None:
    outcome = {"outcome": Outcome.PROBLEM.value, "reason": reason, "value": row.c.email}
    db.session.execute(sa.update(row).where(which).values(outcome))


def _insert(mine: sa.ColumnElement[bool], moment: datetime, by: str) -> None:
    status = sa.case((row.c.is_disabled, CustomerStatus.DISABLED.value), else_=CustomerStatus.NO_ACCOUNT.value)
    columns: dict[str, Any] = {name: row.c[name] for name in ("number", *CHANGED)}
    columns |= {
        "status": status,
        "disabled_at": sa.case((row.c.is_disabled, sa.literal(moment, customer.c.created_at.type)), else_=sa.null()),
        "disabled_by": sa.literal(by[:120]),
        "disabled_reason": sa.case((row.c.is_disabled, _("Imported as disabled")), else_=""),
        "locale": sa.literal("en"),
        "created_at": sa.literal(moment, customer.c.created_at.type),
        "created_by": sa.literal(by[:120]),
        "created_through": sa.literal(Origin.IMPORT.value),
        "version": sa.literal(1),
    }
    chosen = sa.select(*columns.values()).where(mine, row.c.outcome == Outcome.NEW).order_by(row.c.line)
    new = insert_of(Customer).from_select(list(columns), chosen, include_defaults=False)
    db.session.execute(new.on_conflict_do_nothing())
    made = (
        customer.c.number == row.c.number,
        customer.c.created_at == moment,
        customer.c.created_through == Origin.IMPORT.value,
    )
    new_ids = sa.select(customer.c.id).where(*made).scalar_subquery()
    db.session.execute(sa.update(row).where(mine, row.c.outcome == Outcome.NEW).values(customer_id=new_ids, version=1))


def _update(mine: sa.ColumnElement[bool]) -> None:
    changes = sa.and_(mine, row.c.outcome == Outcome.CHANGE)
    values = {name: row.c[name] for name in CHANGED} | {"version": customer.c.version + 1}
    db.session.execute(sa.update(customer).where(customer.c.id == row.c.customer_id, changes).values(values))
    db.session.execute(sa.update(row).where(changes).values(version=row.c.version + 1))
    belongings.rewrite_telephones(changes)


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
