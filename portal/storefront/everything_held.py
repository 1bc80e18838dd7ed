"""Everything held about a customer, over all features, in one file: to read, to compute with, and what they sent us."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app

from portal.audit import queries as audit
from portal.audit.models import ActorKind
from portal.audit.service import Actor, record
from portal.config import settings
from portal.customers.models import Customer
from portal.customers.service import closing, persons
from portal.customers.service.records import subject
from portal.foundation import database, files, holdings
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import Conflict, NotFound
from portal.foundation.files import StoredFile
from portal.foundation.holdings import Person
from portal.foundation.text import _
from portal.jobs import queries as jobs
from portal.jobs import service
from portal.jobs.models import Job, JobState

KIND = "privacy.my_data"
PURPOSE = "my-data"
WORKS_FOR = timedelta(days=7)
MOST_ENTRIES = 2000  # of the history
TIDY = timedelta(hours=1)  # between two of them

Sections = list[tuple[str, list[dict[str, Any]]]]


def ask(customer: Customer, *, by: Actor) -> None:
    """Have the file made; its owner gets a mail when it is there.

    Raises:
        Conflict: one is being made, or was made just now.
    """
    newest = latest(by)
    if newest is not None and (newest.is_open or (newest.state is JobState.DONE and now() - newest.created_at < TIDY)):
        raise Conflict(_("A file with your data was asked for less than an hour ago."))
    service.start(KIND, {"customer": customer.id}, by=by, total=1)
    record("customer.data_asked", subject(customer), by=by)


def latest(by: Actor) -> Job | None:
    """The newest file that a customer asked for, made or not."""
    return jobs.latest(KIND, ActorKind.CUSTOMER, by.id or 0)


def ready(customer: Customer) -> list[StoredFile]:
    """The files that can be downloaded, newest first."""
    query = sa.select(StoredFile).where(
        StoredFile.customer_id == customer.id, StoredFile.purpose == PURPOSE, StoredFile.expires_at > now()
    )
    return list(db.session.scalars(query.order_by(StoredFile.id.desc())))


def find(customer: Customer, file_id: int) -> StoredFile:
    """A file of one's own that has not run out.

    Raises:
        NotFound: there is no such file, or it is somebody else's.
    """
    row = files.find(file_id, PURPOSE)
    if row is None or row.customer_id != customer.id:
        raise NotFound(_("This file has run out. Ask for a new one."))
    return row


def note_fetched(customer: Customer, *, by: Actor) -> None:
    """Keep for the audit log that a file was downloaded."""
    database.note(lambda: record("customer.data_fetched", subject(customer), by=by))


@service.runs(KIND)
def make(job: Job) -> bool:
    """Put the file together, in one step, and tell its owner."""
    customer = db.session.get(Customer, job.parameters["customer"])
    if customer is None or customer.erased_at is not None:
        raise NotFound(_("This customer no longer exists."))
    name = f"{settings().shop_name} {now():%Y-%m-%d}.zip"
    row = files.store(
        pack(customer),
        purpose=PURPOSE,
        media_type="application/zip",
        name=name,
        customer_id=customer.id,
        kept_for=WORKS_FOR,
    )
    job.done, job.result = 1, {"file": row.id}
    closing.tell_data_are_ready(customer)
    return False


def pack(customer: Customer) -> bytes:
    """The zip: JSON, a page that every browser shows, and the files as they were sent."""
    sections = told(customer)
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as bundle:
        plain = {"made_at": now().isoformat(timespec="seconds"), **dict(sections)}
        bundle.writestr("my-data.json", json.dumps(plain, ensure_ascii=False, indent=2))
        page = current_app.jinja_env.get_template("storefront/everything_held.html")
        bundle.writestr("my-data.html", page.render(shop=settings().shop_name, made_at=now(), sections=sections))
        for row in _sent(customer):
            bundle.writestr(f"files/{row.id}{_ending(row)}", b"".join(files.pieces(row)))
    return kept.getvalue()


def told(customer: Customer) -> Sections:
    """Heading by heading what is held, and what happened."""
    person = persons.person_of(customer)
    return [*holdings.tell(person), (_("History"), _history(person))]


def _history(person: Person) -> list[dict[str, Any]]:
    """What happened to a customer and their accounts, oldest first, also before two records became one."""
    entries = audit.trail_of({"customer": person.customers, "account": person.accounts}, most=MOST_ENTRIES)
    return [
        {"at": entry.at.isoformat(timespec="seconds"), "what": entry.verb, "changes": entry.changes}
        for entry in reversed(entries)
    ]


def _sent(customer: Customer) -> list[StoredFile]:
    query = sa.select(StoredFile).where(StoredFile.customer_id == customer.id, StoredFile.purpose != PURPOSE)
    return list(db.session.scalars(query.order_by(StoredFile.id)))


def _ending(row: StoredFile) -> str:
    """The ending of a file's name, when it is an ordinary one: nothing that a person named becomes part of a path."""
    ending = row.name.rpartition(".")[2].lower() if "." in row.name else ""
    return f".{ending}" if ending.isascii() and ending.isalnum() and len(ending) <= len("xlsx") else ""
