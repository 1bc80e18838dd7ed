"""Who takes customers out: what is noted of it, and the word of a second member above the size that a shop sets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.config import settings
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import Conflict, NotAllowed
from portal.foundation.pagination import COUNTED
from portal.foundation.text import _
from portal.transfers import mails, queries
from portal.transfers.models import Export, ExportState
from portal.transfers.service.selecting import Conditions

WAITS_FOR = timedelta(days=7)  # until nobody needs to decide any more
TAKEN_WITHIN = timedelta(hours=24)  # after it was approved
KEPT = timedelta(days=30)
GROWTH = 1.1  # an approved file may have become larger by so much
SLACK = 100  # rows, for small ones


@dataclass(frozen=True)
class Wanted:
    """Which customers, in words, and in which form."""

    conditions: Conditions
    said: str  # empty: everybody
    format: str
    is_revealing: bool = False


def needs_second(conditions: Conditions) -> bool:
    """Whether so many customers leave only with the word of a second member."""
    limit = settings().export_second_person
    return limit > 0 and queries.count_customers(conditions, limit + 1) > limit


def hold_back(number: int, said: str = "") -> None:
    """Let a list of so many addresses leave, unless the shop wants a second member's word for that many.

    Args:
        number: how many.
        said: the same in words, where they are no addresses.

    Raises:
        Conflict: it does; what such a member can approve is an export of customers.
    """
    limit = settings().export_second_person
    if 0 < limit < number:
        raise Conflict(
            _(
                "These are %(said)s, and more than %(limit)s leave only when somebody else approves. Narrow "
                "them with a search, or export from the list of customers, where that can be asked for.",
                said=said or _("%(n)s addresses", n=f"{number:,}"),
                limit=f"{limit:,}",
            )
        )


def ask(wanted: Wanted, asked: Mapping[str, str], reason: str, *, by: Actor) -> Export:
    """Ask for a file, with a reason; where no second member is needed it can be taken at once.

    Args:
        wanted: what of whom.
        asked: the same as it stands in addresses, from which it is found again.
        reason: what it is needed for.
        by: the member of staff who asks.
    """
    must_wait = needs_second(wanted.conditions)
    row = Export(
        asked_by=_member(by),
        asked_name=by.name[:120],
        wanted=dict(asked),
        said=wanted.said,
        format=wanted.format,
        is_revealing=wanted.is_revealing,
        rows=queries.count_customers(wanted.conditions),
        reason=reason,
        state=ExportState.WAITING if must_wait else ExportState.APPROVED,
        expires_at=now() + (WAITS_FOR if must_wait else TAKEN_WITHIN),
    )
    db.session.add(row)
    db.session.flush()
    audit.record("customers.export_asked", _subject(row), by=by, changes=_facts(row), reason=reason)
    if must_wait:
        mails.export_waits(row)
    return row


def approve(row: Export, *, by: Actor) -> None:
    """Let the asker take the file, for a day.

    Raises:
        NotAllowed: it is one's own.
        Conflict: somebody decided already, or it waited too long.
    """
    _decide(row, ExportState.APPROVED, by=by, expires_at=now() + TAKEN_WITHIN)
    audit.record("customers.export_approved", _subject(row), by=by)


def decline(row: Export, answer: str, *, by: Actor) -> None:
    """Refuse the file; the asker reads why.

    Raises:
        NotAllowed: it is one's own.
        Conflict: somebody decided already, or it waited too long.
    """
    _decide(row, ExportState.DECLINED, by=by, answer=answer)
    audit.record("customers.export_declined", _subject(row), by=by, reason=answer)


def check(row: Export, conditions: Conditions, *, by: Actor) -> None:
    """See whether this member may take the file now.

    Raises:
        NotAllowed: somebody else asked for it.
        Conflict: it is not approved, ran out, or has grown far beyond what was approved.
    """
    if row.asked_by != by.id:
        raise NotAllowed(_("Only who asked for this export can take it."))
    if row.state is not ExportState.APPROVED or row.is_over:
        raise Conflict(_("This export can’t be taken. Ask for it once more."))
    if row.decided_by is None and needs_second(conditions):
        raise Conflict(_("So many customers match now that somebody else has to approve. Ask for it once more."))
    most = int(row.rows * GROWTH) + SLACK
    if row.decided_by is not None and queries.count_customers(conditions, most + 1) > most:
        raise Conflict(_("Far more customers match now than were approved. Ask for it once more."))


def note(wanted: Wanted, *, by: Actor, row: Export | None = None) -> None:
    """Write down that a file is being taken: of whom, in which form, and how many as far as is counted quickly."""
    number = queries.count_customers(wanted.conditions, COUNTED + 1)
    rows = number if number <= COUNTED else _("More than %(n)s", n=f"{COUNTED:,}")
    changes = {"filter": (None, wanted.said or None), "rows": (None, rows), "format": (None, wanted.format)}
    if wanted.is_revealing:
        changes["masked"] = (None, True)
    reason = ""
    if row is not None:
        row.taken_at, reason = now(), row.reason
    audit.record("customers.exported", _about(wanted, row), by=by, changes=changes, reason=reason)


def note_end(wanted: Wanted, number: int, *, by: Actor, row: Export | None = None) -> None:
    """Write down how many customers a large file held, once all of it was taken."""
    if number > COUNTED:
        audit.record("customers.export_ended", _about(wanted, row), by=by, changes={"rows": (None, number)})


def forget(words: Iterable[str]) -> None:
    """Delete exports that somebody asked for by one of these words."""
    for word in words:
        texts = (Export.said, Export.reason, Export.answer)
        db.session.execute(sa.delete(Export).where(sa.or_(*(one.icontains(word, autoescape=True) for one in texts))))


def sweep() -> None:
    """Forget exports that ended long ago: the audit log has what counts, and a filter may hold a name."""
    db.session.execute(sa.delete(Export).where(Export.expires_at <= now() - KEPT))


def _decide(row: Export, state: ExportState, *, by: Actor, **values: object) -> None:
    if row.asked_by == _member(by):
        raise NotAllowed(_("This is your own. Somebody else has to decide."))
    mine = sa.and_(Export.id == row.id, Export.state == ExportState.WAITING, Export.expires_at > now())
    told = {"state": state, "decided_by": by.id, "decided_name": by.name[:120], "decided_at": now(), **values}
    changed = db.session.execute(
        sa.update(Export).where(mine).values(told).execution_options(synchronize_session=False)
    )
    db.session.refresh(row)
    if changed.rowcount != 1:  # type: ignore[attr-defined]  # an update's result is a CursorResult
        words = {
            ExportState.APPROVED: _("%(name)s approved this meanwhile.", name=row.decided_name),
            ExportState.DECLINED: _("%(name)s declined this meanwhile.", name=row.decided_name),
            ExportState.WAITING: _("This waited too long. It has to be asked for once more."),
        }
        raise Conflict(words[row.state])
    mails.export_decided(row)


def _member(by: Actor) -> int:
    if by.id is None:
        raise NotAllowed(_("Only a member of staff can do this."))
    return by.id


def _about(wanted: Wanted, row: Export | None) -> Subject:
    return Subject("customer_export", row.id if row is not None else None, wanted.said[:255] or "–")


def _subject(row: Export) -> Subject:
    return Subject("customer_export", row.id, row.said[:255] or "–")


def _facts(row: Export) -> dict[str, tuple[object, object]]:
    told: dict[str, object] = {"filter": row.said or None, "rows": row.rows, "format": row.format}
    if row.is_revealing:
        told["masked"] = True
    return {name: (None, value) for name, value in told.items()}
