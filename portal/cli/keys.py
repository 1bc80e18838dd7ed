"""flask keys: which master keys there are, what hangs on each, a new one, and an old one's end."""

from collections.abc import Callable

import click
from flask import current_app
from flask.cli import AppGroup

from portal.audit.service import OPERATOR, Subject, record
from portal.cli import hanging
from portal.config import settings
from portal.foundation import clock, crypto, database, keyring

keys_group = AppGroup("keys", help="The master keys: age, use, rotation.")
RESTART = "Processes that run keep the keys they began with: restart web servers and workers, all of them."


@keys_group.command("status")
def status() -> None:
    """Show every key by its id and age, newest first, and what hangs on it."""
    found = hanging.everything()
    rows = [(crypto.identify_master(master), _age(master)) for master in crypto.ring().masters]
    rows += [(name, "") for name in (hanging.PAST, hanging.LOST) if found[name]]
    click.echo("  ".join(["key     ", "age      ", *(f"{kind:>9}" for kind in hanging.KINDS)]))
    for name, age in rows:
        click.echo("  ".join([f"{name:8}", f"{age:9}", *(f"{found[name][kind]:>9}" for kind in hanging.KINDS)]))


@keys_group.command("rotate")
def rotate() -> None:
    """Put a new key in front: nobody is signed out, no open form and no mailed link stops working."""
    fresh = keyring.make()
    name = crypto.identify_master(fresh)
    _change(lambda entries: (fresh, *entries), "keys.rotated", name, f"Key {name} is the newest now.")


@keys_group.command("rewrap")
def rewrap() -> None:
    """Encrypt with the newest key whatever an older one encrypted."""
    done, broken = hanging.rewrap()
    click.echo(f"{done} encrypted anew.")
    if broken:
        raise click.ClickException(f"{broken} can’t be read with any key of the ring, and were left as they are.")


@keys_group.command("retire")
@click.argument("key_id")
@click.option("--force", is_flag=True, help="Even if something still hangs on it.")
def retire(key_id: str, *, force: bool) -> None:
    """Take a key out of the ring, once nobody needs it; what proves the past stays."""
    masters = crypto.ring().masters
    going = next((master for master in masters if crypto.identify_master(master) == key_id), None)
    if going is None:
        raise click.ClickException(f"There is no key {key_id}. `flask keys status` lists those there are.")
    if going == masters[0]:
        raise click.ClickException(f"Key {key_id} is the newest: `flask keys rotate` first.")
    counts = hanging.everything()[key_id]
    needs = [f"{words}: {counts[kind]}" for kind, words in hanging.NEEDED.items() if counts[kind]]
    if needs and not force:
        raise click.ClickException(
            f"Key {key_id} is still needed. Without it, {'; '.join(needs)}. "
            "`flask keys rewrap` frees what is encrypted; passwords and answers go over to the newest key when they "
            "are next used. With --force the key is taken away all the same."
        )
    left = tuple(crypto.leave_for_past(going, purpose) for purpose in hanging.FOR_THE_PAST)
    _change(
        lambda entries: (*(entry for entry in entries if entry != going), *left),
        "keys.retired",
        key_id,
        f"Key {key_id} is gone.",
    )


def _change(change: Callable[[tuple[str, ...]], tuple[str, ...]], verb: str, name: str, done: str) -> None:
    """Change the file of keys; keys that stand in the settings are only printed as they should be."""
    if settings().secret_keys:
        click.echo("Set this, then restart every web server and worker:\n", err=True)
        click.echo(f"PORTAL_SECRET_KEYS={','.join(change(crypto.ring().entries))}")
        return
    path = keyring.file_of(settings())
    with keyring.held(path) as entries, database.transaction():
        record(verb, Subject("key", None, name), by=OPERATOR)
        keyring.keep(path, change(entries))
        crypto.take(current_app, change(entries))
    click.echo(f"{done} {RESTART}")


def _age(master: str) -> str:
    birth = keyring.born(master)
    return "unknown" if birth is None else f"{(clock.now() - birth).days} days"
