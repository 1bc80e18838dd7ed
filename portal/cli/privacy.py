"""flask privacy: what is kept for how long, and what would go now."""

import click
from flask.cli import AppGroup

from portal.foundation import database, retention

privacy_group = AppGroup("privacy", help="What is kept of people, and for how long.")


@privacy_group.command("retention")
@click.option("--dry-run", is_flag=True, help="Say what would go, and forget nothing.")
def retain(*, dry_run: bool) -> None:
    """Forget what was kept long enough, as the worker does by itself every hour."""
    with database.reading():
        told = [(rule, rule.days(), rule.count()) for rule in retention.rules()]
    for rule, days, due in told:
        kept = f"{days} days" if days else "for ever"
        source = f"  (PORTAL_{rule.setting.upper()})" if rule.setting else ""
        click.echo(f"{rule.what:<40} kept {kept:<10} {due:>8} would go{source}")
    if dry_run:
        return
    gone = 0
    while some := retention.forget_some():
        gone += some
    click.echo(f"{gone} forgotten.")
