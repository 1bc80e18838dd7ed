"""flask config: what can be set, and whether what is set can work."""

import click
from flask.cli import AppGroup

from portal import config, production, settings_page

config_group = AppGroup("config", help="What can be set, and whether it works.")


@config_group.command("document")
def document() -> None:
    """Print the page docs/settings.md."""
    click.echo(settings_page.document(), nl=False)


@config_group.command("check", with_appcontext=False)
def check() -> None:
    """Say whether the portal can run with the settings of this environment."""
    try:
        settings = config.read()
    except config.ConfigurationError as error:
        raise click.ClickException(str(error)) from error
    for warning in production.warnings(settings) if settings.production else ():
        click.echo(f"Warning: {warning}", err=True)
    click.echo("The settings are fit to run with.")
