"""An upload comes in, its columns are matched, its check and its import begin, and an old one is cleared away."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import BinaryIO

import sqlalchemy as sa

from portal.audit.service import Actor
from portal.customers import custom_queries
from portal.foundation import files
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import Conflict
from portal.foundation.text import _
from portal.jobs import service as jobs
from portal.jobs.models import Job
from portal.transfers.errors import NotReadable, NotReady
from portal.transfers.models import Import, ImportRow, Outcome, Stage
from portal.transfers.rules import columns
from portal.transfers.service import checking, importing, reading, undoing


@dataclass(frozen=True)
class May:
    """What whoever imports may do beyond importing: let people into groups that ask for approval, allow credit."""

    may_approve: bool = False
    may_set_credit: bool = False


NOTHING_MORE = May()
MOST_BYTES = 50 * 1024 * 1024
KEPT_FOR = timedelta(days=30)  # rows hold what people are called, so not for ever


def receive(file: BinaryIO, name: str, *, size: int, by: Actor, preset: str = "auto") -> Import:
    """Keep an upload as a table, with a guess at what its columns are.

    Raises:
        NotReadable: it is no table, is empty or too large.
    """
    if size > MOST_BYTES:
        raise NotReadable(_("The file is larger than 50 MB. Split it."))
    with reading.opened(file) as table:
        stored = files.store(
            table.kept, purpose=checking.PURPOSE, media_type=checking.MEDIA_TYPE, name=name, kept_for=KEPT_FOR
        )
    wanted = Import(
        file_id=stored.id,
        name=name[:255] or _("Upload"),
        size=size,
        read_as=table.read_as[:64],
        rows=table.rows,
        columns=table.heads,
        mapping=columns.guess(table.heads, preset, own=own_columns()),
        owner_id=by.id,
        owner_name=by.name[:120],
    )
    db.session.add(wanted)
    db.session.flush()
    return wanted


def own_columns() -> dict[str, str]:
    """The columns of the shop's own fields with their names."""
    return {columns.FIELD + field.key: field.name for field in custom_queries.fields_in_use()}


def check(wanted: Import, mapping: Sequence[str], key: str, *, by: Actor, may: May = NOTHING_MORE) -> Job:
    """Begin the check with these columns; an earlier one of the same import is forgotten.

    The first rows are checked at once, so that there is something to look at; a small file is through with that.

    Raises:
        NotReady: it is imported already, or a job is at it.
        Conflict: the columns do not suffice, or one field is named twice.
        NotReadable: the file breaks off.
    """
    if wanted.stage not in (Stage.MATCH, Stage.READY):
        raise NotReady(_("This import has gone on already."))
    named, own = [name for name in mapping if name], own_columns()
    if len(mapping) != len(wanted.columns) or any(name not in columns.LABELS and name not in own for name in named):
        raise Conflict(_("Choose a field from the list for each column."))
    if len(set(named)) != len(named):
        raise Conflict(_("Two columns have the same field. Leave one of them out."))
    if key not in columns.KEYS or (key != "auto" and key not in named):
        raise Conflict(_("Match the column that customers are found by."))
    if not {"customer_number", "external_id", "email", "telephone"}.intersection(named):
        raise Conflict(_("Match a column that customers are found by: number, other id, email or telephone."))
    db.session.execute(sa.delete(ImportRow).where(ImportRow.import_id == wanted.id))
    wanted.mapping, wanted.key, wanted.counts = list(mapping), key, {}
    told = {"import": wanted.id, "name": wanted.name, **asdict(may)}
    job = jobs.start(checking.KIND, told, by=by, total=wanted.rows)
    wanted.stage, wanted.check_id = Stage.CHECK, job.id
    db.session.flush()
    if wanted.rows <= checking.GLANCE:
        jobs.do_now(job)
    else:
        checking.step(job, checking.look(job, checking.GLANCE))
    return job


def begin(wanted: Import, *, by: Actor, may: May) -> Job:
    """Begin to write what the check found; of two presses one begins it.

    Raises:
        NotReady: it is not checked, or has begun already.
        Conflict: the check let in what whoever begins may not.
    """
    check = db.session.get(Job, wanted.check_id) if wanted.check_id is not None else None
    if check is not None and any(check.parameters.get(name) and not held for name, held in asdict(may).items()):
        raise Conflict(_("The file was checked with rights that you don’t have. Check it once more, then import it."))
    taken = sa.update(Import).where(Import.id == wanted.id, Import.stage == Stage.READY)
    changed = db.session.execute(taken.values(stage=Stage.IMPORT).execution_options(synchronize_session=False))
    if changed.rowcount != 1:  # type: ignore[attr-defined]  # an update's result is a CursorResult
        raise NotReady(_("This import has begun already."))
    db.session.refresh(wanted)
    number = sum(wanted.counts.get(outcome, 0) for outcome in (Outcome.NEW, Outcome.CHANGE))
    job = jobs.start(importing.KIND, {"import": wanted.id, "name": wanted.name}, by=by, total=number)
    wanted.job_id = job.id
    return job


def undo(job: Job, by: Actor) -> Job:
    """Begin to take back what an import did."""
    told = {"import": job.parameters["import"], "name": job.parameters["name"]}
    return jobs.start(undoing.KIND, told, by=by, total=job.done, undoes=job)


def sweep() -> None:
    """Forget imports that nobody can take back any more, with all their rows."""
    old = Import.created_at < now() - KEPT_FOR
    db.session.execute(sa.delete(Import).where(old))
