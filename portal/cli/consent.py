"""flask consent: verify the ledgers of consent, anchor their end, and check a proof that somebody holds."""

from pathlib import Path

import click
from flask.cli import AppGroup

from portal.foundation import database, engines
from portal.ledgers import anchors, verifying
from portal.newsletter.service import proving

SHOWN = 50  # faults

consent_group = AppGroup("consent", help="Whether the ledgers of consent are whole.")


@consent_group.command("verify")
def verify() -> None:
    """Go along the whole chain; exit code 1 and the exact line where something was tampered with."""
    with database.reading(engines.reading):
        report = verifying.verify()
    for fault in report.faults[:SHOWN]:
        click.echo(fault)
    if report.faults:
        raise click.ClickException(f"The ledgers of consent are not whole: {len(report.faults)} found.")
    waiting = f" {report.waiting} of before wait for the worker to seal them." if report.waiting else ""
    click.echo(f"{report.lines} lines verified; {report.anchors} anchors agree.{waiting}")


@consent_group.command("anchor")
def anchor() -> None:
    """Write down, in the database, the log and INSTANCE/consent-anchors, where the chain ends now."""
    with database.transaction():
        position = anchors.drop()
    click.echo(f"Anchored at link {position}." if position else "There is nothing to anchor yet.")


@consent_group.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(file: Path) -> None:
    """Say whether a proof of consent was signed here and stands as it is; exit code 1 where it does not."""
    with database.reading():
        verdict = proving.check(file.read_text(encoding="utf-8", errors="replace"))
    if verdict.problem:
        raise click.ClickException(verdict.problem)
    for line in verdict.changed[:SHOWN]:
        click.echo(f"Line {line} stands otherwise in the ledger now.")
    if verdict.changed:
        raise click.ClickException(f"{len(verdict.changed)} of {verdict.lines} lines stand otherwise now.")
    click.echo(f"Signed here, made {verdict.made_at}; its {verdict.lines} lines stand in the ledger as they do here.")
