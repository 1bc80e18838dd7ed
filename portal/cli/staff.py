"""flask staff: invite somebody to work here."""

import click
from flask.cli import AppGroup

from portal.config import settings
from portal.foundation import database
from portal.foundation.errors import DomainError
from portal.staff import service

staff_group = AppGroup("staff", help="Who works here.")


@staff_group.command("invite")
@click.argument("email")
@click.option("--role", required=True, help="One of the shop’s roles, such as owner.")
@click.option("--name", default="", help="As colleagues read it; the start of the address unless given.")
def invite(email: str, role: str, name: str) -> None:
    """Print a one-time link with which a staff member sets a password."""
    try:
        with database.transaction():
            _, path = service.invite(email, role, name)
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(settings().base_url.rstrip("/") + path)
