"""Take an import back: who was made is removed, who was changed is as before, unless somebody touched them since."""

import json
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Account
from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.customers import queries as customers
from portal.customers.models import Customer, Telephone
from portal.customers.service.records import refresh_copies
from portal.foundation import holdings
from portal.foundation.database import db
from portal.foundation.errors import DomainError, NotFound
from portal.foundation.holdings import Person
from portal.foundation.text import _
from portal.groups.models import Application, ApplicationEvent
from portal.jobs import service as jobs
from portal.jobs.models import Job
from portal.newsletter.models import Subscription
from portal.staff.rules import Permission
from portal.staff.service import owning
from portal.transfers import queries
from portal.transfers.models import ImportRow, Outcome, Stage
from portal.transfers.service import applying, consenting

KIND = "customers.import_undo"
BATCH = 50
DAYS = ("born_on", "anniversary_on")


@jobs.runs(KIND)
def step(job: Job) -> bool:
    """Take back the next rows; who was touched since is named and stays.

    Raises:
        NotFound: the import is gone.
        NotAllowed: whoever takes it back may not import any more.
    """
    owning.reach_of(job, Permission.CUSTOMER_IMPORT)
    wanted = queries.by_id(job.parameters["import"])
    if wanted is None:
        raise NotFound(_("This import is gone."))
    written = ImportRow.outcome.in_((Outcome.NEW, Outcome.CHANGE))
    query = sa.select(ImportRow).where(
        ImportRow.import_id == wanted.id, written, ImportRow.line > job.cursor.get("after", 0)
    )
    rows = db.session.scalars(query.order_by(ImportRow.line).limit(BATCH)).all()
    done = [row for row in rows if _was_written(row)]
    by = Actor(job.owner_kind, job.owner_id, job.owner_name)
    for row in done:
        customer = _untouched(row)
        if customer is None or not _taken_back(customer, row, by):
            words = _("Changed since the import, so it stays as it is")
            jobs.problem(job, words, line=row.line, subject=f"{row.first_name} {row.last_name}, {row.number}")
        else:
            job.result = {**job.result, row.outcome: job.result.get(row.outcome, 0) + 1}
    if rows:
        job.cursor, job.done = {"after": rows[-1].line}, job.done + len(done)
    if len(rows) == BATCH:
        return True
    wanted.stage = Stage.UNDONE
    audit.record("customers.import_undone", Subject("customer_import", wanted.id, wanted.name), by=by)
    return False


def _was_written(row: ImportRow) -> bool:
    """Whether the import got as far as this row: one that was stopped leaves rows that never became anything."""
    if row.outcome == Outcome.CHANGE:
        return bool(row.version != json.loads(row.before)["version"])
    return row.customer_id is not None and db.session.get(Customer, row.customer_id) is not None


def _untouched(row: ImportRow) -> Customer | None:
    """The customer of a row, if nobody changed them since."""
    query = sa.select(Customer).where(Customer.id == row.customer_id, Customer.version == row.version)
    return db.session.scalar(query.with_for_update(of=Customer).execution_options(populate_existing=True))


def _taken_back(customer: Customer, row: ImportRow, by: Actor) -> bool:
    return _remove(customer, row) if row.outcome == Outcome.NEW else _restore(customer, row, by)


def _remove(customer: Customer, row: ImportRow) -> bool:
    account: Account | None = customer.account
    if account is not None and (account.last_sign_in_at or account.password_changed_at != account.created_at):
        return False
    if _has_applied(customer, by_import="applies_for" in (json.loads(row.more) if row.more else {})):
        return False
    consenting.take_back(customer)
    try:
        with db.session.begin_nested():
            _delete(customer)
            if account is not None:
                db.session.execute(sa.delete(Account).where(Account.id == account.id))
    except IntegrityError:  # something else refers to them by now
        return False
    db.session.expunge(customer)
    return True


def _delete(customer: Customer) -> None:
    """Remove the row; where the ledger of consent refers to it, whose lines stay, it is emptied as after an erasure."""
    if not customers.channel_history(customer.id):
        db.session.execute(sa.delete(Customer).where(Customer.id == customer.id))
        return
    mine = sa.update(Subscription).where(Subscription.customer_id == customer.id)
    db.session.execute(mine.values(customer_id=None))
    holdings.erase(Person((customer.id,)))


def _has_applied(customer: Customer, *, by_import: bool) -> bool:
    """Whether an application keeps a customer: any, but for the one that the import brought and nobody touched."""
    mine = sa.select(Application.id).where(Application.customer_id == customer.id)
    if not by_import:
        return bool(db.session.scalar(sa.select(mine.exists())))
    steps = sa.select(sa.func.count()).where(ApplicationEvent.application_id.in_(mine))
    return (db.session.scalar(steps) or 0) > 1


def _restore(customer: Customer, row: ImportRow, by: Actor) -> bool:
    before: dict[str, Any] = json.loads(row.before)
    beside = before.pop("more", None)
    del before["version"]
    try:
        with db.session.begin_nested():
            if before:
                _restore_columns(customer, before)
            if beside is not None:
                applying.take_back(customer, json.loads(row.more), beside, by)
            db.session.flush()
    except (IntegrityError, DomainError):  # somebody else has the old address by now, or a group or store is gone
        db.session.refresh(customer)
        return False
    return True


def _restore_columns(customer: Customer, before: dict[str, Any]) -> None:
    telephone, e164 = before.pop("telephone", None), before.pop("e164", "")
    key = before.pop("email_key", None)
    for name, value in before.items():
        setattr(customer, name, date.fromisoformat(value) if name in DAYS and value else value)
    if "email" in before:
        customer.email_key = key
    if telephone is not None:
        _restore_telephone(customer, telephone, e164)
    customer.version += 1
    refresh_copies(customer)
    db.session.flush()


def _restore_telephone(customer: Customer, typed: str, e164: str) -> None:
    primary: Telephone | None = customer.telephone
    if primary is not None and typed:
        primary.typed, primary.e164, primary.verified_at = typed, e164, None
    elif primary is not None:
        customer.telephones.remove(primary)
