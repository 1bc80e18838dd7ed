"""flask audit: verify the chain of audit entries, and anchor its end."""

import click
from flask.cli import AppGroup

from portal.audit import anchors, verifying
from portal.foundation import database, engines

SHOWN = 50  # faults; a chain that is broken in more places is broken

audit_group = AppGroup("audit", help="Whether the audit log is whole.")


@audit_group.command("verify")
def verify() -> None:
    """Go along the whole chain; exit code 1 and the exact entry where something was tampered with."""
    with database.reading(engines.reading):
        report = verifying.verify()
    for fault in report.faults[:SHOWN]:
        click.echo(fault)
    if report.faults:
        raise click.ClickException(f"The audit log is not whole: {len(report.faults)} found.")
    click.echo(f"{report.entries} entries verified, the newest is {report.newest}; {report.anchors} anchors agree.")


@audit_group.command("anchor")
def anchor() -> None:
    """Write down, in the database, the log and INSTANCE/audit-anchors, where the chain ends now."""
    with database.transaction():
        position = anchors.drop()
    click.echo(f"Anchored at link {position}." if position else "There is nothing to anchor yet.")
