"""flask customers: import and export, by the same code as the pages."""

from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from portal.audit.service import OPERATOR
from portal.foundation import database
from portal.foundation.errors import DomainError
from portal.jobs import queries as jobs
from portal.jobs.models import JobState
from portal.jobs.service import advance_due
from portal.transfers import queries
from portal.transfers.models import Outcome
from portal.transfers.rules.columns import PRESETS
from portal.transfers.service import exporting, permitting, uploading
from portal.transfers.service.permitting import Wanted

EVERYTHING = uploading.May(may_approve=True, may_set_credit=True)  # who sits at the shell may do it anyhow

customers_group = AppGroup("customers", help="Customers out of files and into files.")


@customers_group.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--machine", is_flag=True, help="Without quotes before formulas and without the mark of UTF-8.")
def export(file: Path, *, machine: bool) -> None:
    """Write all customers to FILE, CSV or XLSX by its ending."""
    kind = "xlsx" if file.suffix.lower() == ".xlsx" else "csv"
    wanted = Wanted((), "", kind)
    with database.transaction():
        permitting.note(wanted, by=OPERATOR)

    def told(number: int) -> None:
        with database.transaction():
            permitting.note_end(wanted, number, by=OPERATOR)

    with file.open("wb") as out:
        if kind == "xlsx":
            out.writelines(exporting.as_xlsx((), told=told))
        else:
            out.writelines(exporting.as_csv((), guarded=not machine, marked=not machine, told=told))
    click.echo(f"Customers are in {file}.")


@customers_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
@click.option("--format", "preset", type=click.Choice(["auto", *PRESETS]), default="auto", help="Whose export it is.")
def import_(file: Path, *, dry_run: bool, preset: str) -> None:
    """Read customers from FILE, CSV or XLSX with a head."""
    try:
        with database.transaction(), file.open("rb") as opened:
            size = file.stat().st_size
            wanted = uploading.receive(opened, file.name, size=size, by=OPERATOR, preset=preset)
            import_id = wanted.id
            check = uploading.check(wanted, wanted.mapping, "auto", by=OPERATOR, may=EVERYTHING).id
        _finish(check)
        _tell(import_id)
        if dry_run:
            return
        with database.transaction():
            found = queries.by_id(import_id)
            job = uploading.begin(found, by=OPERATOR, may=EVERYTHING).id if found is not None else 0
        _finish(job)
    except DomainError as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo("Imported.")


def _finish(job_id: int) -> None:
    """Work until a job is over; a worker beside may do part of it."""
    while True:
        with database.reading():
            job = jobs.by_id(job_id)
            state, trouble = (job.state, job.trouble) if job is not None else (JobState.FAILED, "")
            is_open = job is not None and job.is_open
        if not is_open:
            break
        advance_due()
    if state is not JobState.DONE:
        raise click.ClickException(trouble or "The job was stopped.")


def _tell(import_id: int) -> None:
    with database.reading():
        wanted = queries.by_id(import_id)
        counts: dict[str, Any] = wanted.counts if wanted is not None else {}
        click.echo(", ".join(f"{counts.get(outcome, 0):,} {outcome}" for outcome in Outcome))
        for row in queries.rows(import_id, Outcome.PROBLEM):
            click.echo(f"line {row.line}, {row.column}, {row.value!r}: {row.reason}")
