"""Imports and their rows, and exports that were asked for, as pages and steps read them."""

from collections.abc import Sequence

import sqlalchemy as sa

from portal.customers.models import Customer
from portal.foundation.clock import now
from portal.foundation.database import LARGEST_ID, db
from portal.transfers.models import Export, ExportState, Import, ImportRow, Outcome, Stage

SHOWN = 50  # rows of a preview


def by_id(import_id: int) -> Import | None:
    """One import."""
    return db.session.get(Import, import_id) if import_id <= LARGEST_ID else None


def latest(most: int = 20) -> Sequence[Import]:
    """The imports of late, newest first."""
    return db.session.scalars(sa.select(Import).order_by(Import.id.desc()).limit(most)).all()


def rows(import_id: int, outcome: Outcome, after: int = 0, most: int = SHOWN) -> Sequence[ImportRow]:
    """Rows of one outcome in the order of the file, from a line on."""
    query = sa.select(ImportRow).where(
        ImportRow.import_id == import_id, ImportRow.outcome == outcome, ImportRow.line > after
    )
    return db.session.scalars(query.order_by(ImportRow.line).limit(most)).all()


def reasons(import_id: int) -> list[tuple[str, int]]:
    """Why rows were refused, the commonest first."""
    number = sa.func.count()
    query = sa.select(ImportRow.reason, number).where(
        ImportRow.import_id == import_id, ImportRow.outcome == Outcome.PROBLEM
    )
    found = db.session.execute(query.group_by(ImportRow.reason).order_by(number.desc()).limit(5))
    return [(reason, count) for reason, count in found]


def touched(customer_id: int) -> sa.ColumnElement[bool]:
    """Condition on imports: they made or changed this customer, and were not taken back."""
    written = ImportRow.outcome.in_((Outcome.NEW, Outcome.CHANGE))
    mine = sa.select(ImportRow.import_id).where(ImportRow.customer_id == customer_id, written)
    return sa.and_(Import.id.in_(mine), Import.stage.in_((Stage.IMPORT, Stage.DONE)))


def export(export_id: int) -> Export | None:
    """One export that was asked for."""
    return db.session.get(Export, export_id) if 0 < export_id <= LARGEST_ID else None


def exports(most: int = SHOWN) -> Sequence[Export]:
    """Exports that were asked for of late, newest first."""
    return db.session.scalars(sa.select(Export).order_by(Export.id.desc()).limit(most)).all()


def count_exports_for(member_id: int, *, masked: bool = True) -> int:
    """How many exports wait for the word of this member: those that somebody else asked for.

    Args:
        member_id: who may approve exports.
        masked: whether they may decide about those with masked numbers, too.
    """
    waiting = sa.select(sa.func.count()).select_from(Export).where(*_wait_for(member_id, masked=masked))
    return db.session.scalar(waiting) or 0


def oldest_export_for(member_id: int, *, masked: bool = True) -> Export | None:
    """The one of them that waits the longest."""
    waiting = sa.select(Export).where(*_wait_for(member_id, masked=masked))
    return db.session.scalar(waiting.order_by(Export.id).limit(1))


def _wait_for(member_id: int, *, masked: bool) -> list[sa.ColumnElement[bool]]:
    waiting = [Export.state == ExportState.WAITING, Export.expires_at > now(), Export.asked_by != member_id]
    return waiting if masked else [*waiting, ~Export.is_revealing]


def count_customers(conditions: Sequence[sa.ColumnElement[bool]], most: int | None = None) -> int:
    """How many customers fit, counted to the most that matters."""
    fitting = sa.select(Customer.id).where(*conditions)
    capped = fitting if most is None else fitting.limit(most)
    return db.session.scalar(sa.select(sa.func.count()).select_from(capped.subquery())) or 0
