"""The second half of an import: staged rows become customers, a batch in each transaction, with few statements."""

import time
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.config import settings
from portal.customers.models import Customer, CustomerStatus, DuplicateDue, Origin
from portal.foundation import companions, database
from portal.foundation.clock import now
from portal.foundation.database import db, insert_of, table_of
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.groups import queries as groups
from portal.jobs import service as jobs
from portal.jobs.models import Job
from portal.staff.rules import Permission
from portal.staff.service import owning
from portal.transfers import queries
from portal.transfers.models import Import, Outcome, Stage
from portal.transfers.service import applying, belongings, consenting, order, staging
from portal.transfers.service.staging import Batch, are_changes, are_new, these

KIND = "customers.import"
CHANGED = (
    *("first_name", "last_name", "email", "email_key", "external_id", "gender", "born_on", "nationality"),
    *("anniversary_on", "preferred_channel", "remarks", "search_text", "sort_name", "telephone_count"),
)
KEY = "email_key"  # the one of them that is unique, see `_updating`
customer, row = table_of(Customer), staging.TABLE
_pace = staging.Pace()


@dataclass(frozen=True)
class Written:
    """A piece of an import that was written, and those of its rows of which a verb refused what is beside them."""

    wanted: Import
    turn: order.Turn
    batch: Batch
    refused: list[applying.Refusal]
    began: float


def take(job: Job) -> order.Turn | None:
    """Find the rows that the next step writes."""
    return order.turn(job, _pace.rows())


def write(job: Job, turn: order.Turn) -> Written:
    """Write these rows.

    Raises:
        NotFound: the import is gone.
        NotAllowed: whoever began it may not import any more.
    """
    owning.reach_of(job, Permission.CUSTOMER_IMPORT)
    wanted = queries.by_id(job.parameters["import"])
    if wanted is None:
        raise NotFound(_("This import is gone."))
    batch = Batch(wanted.id, turn.lines, now(), Actor(job.owner_kind, job.owner_id, job.owner_name))
    began = time.monotonic()
    if not turn.lines:
        return Written(wanted, turn, batch, [], began)
    database.widen()
    return Written(wanted, turn, batch, _write(wanted, batch), began)


@jobs.shares(KIND, take, write, companions.writers)
def step(job: Job, written: Written) -> bool:
    """Note what was written; the import is done after the last."""
    number = len(written.turn.lines)
    if number:
        _tell(job, written.batch)
        for line, of_whom, reason in written.refused:
            jobs.problem(job, reason, line=line, subject=of_whom)
    if order.note(job, written.turn):
        database.after_commit(lambda: _pace.took(number, time.monotonic() - written.began))
        return True
    _finish(job, written.wanted)
    return False


def _write(wanted: Import, batch: Batch) -> list[applying.Refusal]:
    if wanted.counts.get(Outcome.CHANGE):
        _refuse_outdated(batch)
    if wanted.counts.get(Outcome.NEW):
        if db.engine.dialect.name != "postgresql":  # where the check gave ids already
            staging.run(_giving_ids(), batch)
        _insert(batch)
        staging.run(_refusing_new(), batch, why=_("Another customer has this by now"))
        belongings.give(batch, named=wanted.mapping)
    if "consent_at" in wanted.mapping:
        consenting.subscribe(batch)
    if wanted.counts.get(Outcome.CHANGE):
        for statement in _updating():
            staging.run(statement, batch)
        belongings.rewrite_telephones(batch)
        staging.run(_noting_changed(), batch)
        return applying.change(batch)
    return []


def _refuse_outdated(batch: Batch) -> None:
    """Leave out changes of customers whom somebody changed since the check, or whose new address somebody took."""
    holding, outdated, taken = _refusing_outdated()
    staging.run(holding, batch)
    staging.run(outdated, batch, why=_("Somebody changed this customer since the check"))
    staging.run(taken, batch, why=_("Another customer has this by now"))


@staging.once
def _refusing_outdated() -> tuple[sa.Executable, ...]:
    held = sa.select(customer.c.id).where(customer.c.id.in_(sa.select(row.c.customer_id).where(are_changes())))
    same = sa.exists().where(customer.c.id == row.c.customer_id, customer.c.version == row.c.version)
    other = sa.exists().where(customer.c.id != row.c.customer_id)
    # Each on its own: where nobody has an external id, SQLite reads all customers for either of two.
    taken = sa.or_(*(other.where(customer.c[name] == row.c[name]) for name in ("email_key", "external_id")))
    held = held.order_by(customer.c.id).with_for_update(key_share=True)
    return held, _refusing(sa.and_(are_changes(), ~same)), _refusing(sa.and_(are_changes(), taken))


@staging.once
def _giving_ids() -> sa.Update:
    """Ids for new customers where the check could not give them: SQLite, which writes one transaction at a time."""
    last = sa.select(sa.func.coalesce(sa.func.max(customer.c.id), 0)).scalar_subquery()
    place = sa.func.row_number().over(order_by=(row.c.sort_name, row.c.line))
    counted = sa.select(row.c.import_id, row.c.line, place.label("place")).where(are_new()).subquery()
    same = (row.c.import_id == counted.c.import_id, row.c.line == counted.c.line)
    return sa.update(row).where(*same).values(customer_id=last + counted.c.place)


@staging.once
def _refusing_new() -> sa.Update:
    """Leave out new customers whose number or address somebody took since the check."""
    made = sa.exists().where(customer.c.id == row.c.customer_id, customer.c.number == row.c.number)
    return _refusing(sa.and_(are_new(), ~made), customer_id=None)


def _refusing(which: sa.ColumnElement[bool], **values: Any) -> sa.Update:
    outcome = {"outcome": Outcome.PROBLEM.value, "reason": sa.bindparam("why"), "value": row.c.email, **values}
    return sa.update(row).where(which).values(outcome)


def _insert(batch: Batch) -> None:
    told = {"at": batch.moment, "whose": batch.by.name[:120], "why": _("Imported as disabled")}
    told["language"] = settings().shop_locales[0]
    staging.run(_inserting(), batch, **told, default_group=groups.default_group().id)


@staging.once
def _inserting() -> sa.Insert:
    """The rows of new customers, with the copies that triggers keep: they find nothing to put right then."""
    status = sa.case((row.c.is_disabled, CustomerStatus.DISABLED.value), else_=CustomerStatus.NO_ACCOUNT.value)
    at, whose = sa.bindparam("at", type_=customer.c.created_at.type), sa.bindparam("whose", type_=sa.String)
    columns: dict[str, Any] = {name: row.c[name] for name in ("number", *CHANGED)}
    columns |= {
        "id": row.c.customer_id,
        "status": status,
        "disabled_at": sa.case((row.c.is_disabled, at), else_=sa.null()),
        "disabled_by": sa.case((row.c.is_disabled, whose), else_=""),
        "disabled_reason": sa.case((row.c.is_disabled, sa.bindparam("why", type_=sa.Text)), else_=""),
        "locale": sa.bindparam("language", type_=sa.String),
        "created_at": at,
        "created_by": whose,
        "created_through": sa.literal(Origin.IMPORT.value),
        "version": sa.literal(1),
        "group_id": sa.func.coalesce(row.c.group_id, sa.bindparam("default_group", type_=sa.Integer)),
        "has_open_application": sa.false(),
        "country": belongings.country(),
    }
    chosen = sa.select(*columns.values()).where(are_new()).order_by(row.c.customer_id)
    made = insert_of(customer).from_select(list(columns), chosen, include_defaults=False)
    return made.on_conflict_do_nothing()  # type: ignore[no-any-return]  # see insert_of


@staging.once
def _updating() -> tuple[sa.Update, ...]:
    """Keys on their own: PostgreSQL locks whom it is to give another, also the same, against all that refer to them."""
    values = {name: row.c[name] for name in CHANGED if name != KEY} | {"version": customer.c.version + 1}
    changed = sa.update(customer).where(customer.c.id == row.c.customer_id, are_changes())
    moved = changed.where(customer.c[KEY].is_distinct_from(row.c[KEY])).values({KEY: row.c[KEY]})
    return changed.values(values), moved, sa.update(row).where(are_changes()).values(version=row.c.version + 1)


@staging.once
def _noting_changed() -> sa.Insert:
    due = insert_of(table_of(DuplicateDue)).from_select(
        ["customer_id"], sa.select(row.c.customer_id).where(are_changes())
    )
    return due.on_conflict_do_nothing()  # type: ignore[no-any-return]  # see insert_of


def _tell(job: Job, batch: Batch) -> None:
    """Note the rows that were left out now, and count the others."""
    counts = dict(job.result)
    counting, late = _telling()
    for outcome, number in staging.run(counting, batch):
        if outcome != Outcome.PROBLEM:
            counts[outcome] = counts.get(outcome, 0) + number
    for line, email, reason in staging.run(late, batch):
        jobs.problem(job, reason, line=line, subject=email)
    job.result = counts


@staging.once
def _telling() -> tuple[sa.Select[Any], ...]:
    number, mine = sa.func.count(), (these(), row.c.outcome != Outcome.SAME)
    counting = sa.select(row.c.outcome, number).where(*mine).group_by(row.c.outcome)
    numbered = sa.func.coalesce(row.c.number, "") != ""  # in words that lead SQLite to no index of all numbers
    late = (these(), row.c.outcome == Outcome.PROBLEM, numbered)
    return counting, sa.select(row.c.line, row.c.email, row.c.reason).where(*late)


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
