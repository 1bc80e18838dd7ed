"""flask demo load: a believable shop for trying everything out."""

import click
import sqlalchemy as sa
from flask.cli import AppGroup

from portal.cli.demo import approvals, campaigns, crowd, password, questions, records, returns, shop
from portal.config import settings
from portal.customers.models import Customer
from portal.foundation import hashing
from portal.foundation.database import db
from portal.foundation.hashing import Secret

__all__ = ["demo_group"]

MOST = 10_000_000

demo_group = AppGroup("demo", help="A shop for trying everything out.")


@demo_group.command("load")
@click.option("--customers", default=2000, show_default=True, type=click.IntRange(0, MOST), help="How many.")
@click.option("--if-empty", is_flag=True, help="Do nothing where there are customers.")
def load(customers: int, *, if_empty: bool) -> None:
    """Load a demo shop: groups, stores, staff, customers, applications, an audience, campaigns."""
    if settings().production:
        raise click.ClickException("Demo data never loads where PORTAL_ENV is production.")
    if if_empty and db.session.scalar(sa.select(Customer.id).limit(1)) is not None:
        click.echo("There are customers already; no demo data is loaded.")
        return
    known = password.read_or_make(settings().instance)
    hashed, answer = hashing.make((Secret.PASSWORD, known), (Secret.ANSWER, password.as_answer(known)))
    shop.open_shop(hashed, answer)
    loaded = crowd.load(customers, hashed, lambda done: click.echo(f"{done:,} of {customers:,}"))
    questions.answer()
    approvals.play()
    records.know_more()
    campaigns.play()
    returns.play()
    click.echo(f"Loaded {loaded:,} customers.")
    click.echo(f"demo password: {known}")
