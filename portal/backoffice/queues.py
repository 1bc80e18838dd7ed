"""What waits for the member at work, a line each: how long the oldest waits, what is late, what failed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from portal.backoffice import comparing, job_kinds
from portal.backoffice.mail_kinds import in_words
from portal.backoffice.navigation import COUNTED_IN, Entry
from portal.customers import queries as customers
from portal.customers.service import duplicates
from portal.foundation import lately
from portal.foundation.pages import age, moment
from portal.foundation.text import _, locale, plural
from portal.groups import queries as groups
from portal.jobs import queries as jobs
from portal.mail import queries as mail
from portal.staff.guards import stores_for, the_member
from portal.staff.rules import Permission
from portal.transfers import queries as transfers


@dataclass(frozen=True)
class Note:
    """What stands beside the number of a queue: a sentence, and a pill where something is wrong."""

    text: str = ""
    pill: tuple[str, str] | None = None


@dataclass(frozen=True)
class Queue:
    """A queue that is not empty: its entry of the menu, with the number, and what there is to say about it."""

    entry: Entry
    note: Note


def told(entries: Sequence[Entry]) -> list[Queue]:
    """These queues with their notes, which are asked for once in some seconds."""
    keys = tuple(entry.key for entry in entries)
    notes = lately.known(
        ("queues", the_member().id, keys, locale()),
        lambda: {key: NOTES[key]() for key in keys if key in NOTES},
        of=(*COUNTED_IN, "customer", "duplicate_pair"),
    )
    return [Queue(entry, notes.get(entry.key, Note())) for entry in entries]


def _approvals() -> Note:
    wanted = groups.for_member(the_member())
    oldest = next(iter(groups.waiting(wanted, size=1).rows), None)
    if oldest is None:
        return Note()
    late = groups.count_waiting(replace(wanted, late=True))
    pill = ("bad", plural("%(n)s is late", "%(n)s are late", late, n=f"{late:,}")) if late else None
    return Note(_("Oldest: %(name)s, %(age)s", name=oldest.customer.name, age=age(oldest.submitted_at)), pill)


def _address_changes() -> Note:
    mine = customers.of_stores(stores_for(Permission.CUSTOMER_VERIFY))
    for change, customer in customers.moves_to_approve(mine, most=1):
        return Note(_("Oldest: %(name)s, %(age)s", name=customer.name, age=age(change.asked_at)))
    return Note()


def _duplicates() -> Note:
    surest = next(iter(duplicates.waiting(size=1).rows), None)
    if surest is None:
        return Note()
    return Note(_("The surest: %(why)s", why=comparing.told(surest.reasons)))


def _exports() -> Note:
    row = transfers.oldest_export_for(the_member().id, masked=stores_for(Permission.CUSTOMER_REVEAL) is None)
    if row is None:
        return Note()
    return Note(_("Oldest: asked for by %(name)s, %(age)s", name=row.asked_name, age=age(row.asked_at)))


def _jobs() -> Note:
    job = jobs.latest_failed(the_member().id)
    if job is None or job.finished_at is None:
        return Note()
    return Note(f"{job_kinds.of(job).name(job)}, {moment(job.finished_at)}", ("bad", _("Failed")))


def _outbox() -> Note:
    newest = mail.latest_failed()
    if newest is None:
        return Note()
    return Note(_("Newest: %(what)s", what=in_words(newest.kind)), ("bad", _("Not delivered")))


NOTES: dict[str, Callable[[], Note]] = {
    "approvals": _approvals,
    "address-changes": _address_changes,
    "duplicates": _duplicates,
    "exports": _exports,
    "jobs": _jobs,
    "outbox": _outbox,
}
