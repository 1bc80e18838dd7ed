"""Many applications decided by one press, each by itself, with what became of each."""

from collections.abc import Callable, Collection
from datetime import timedelta

from portal.audit.service import Actor
from portal.foundation import pages
from portal.foundation.database import db
from portal.foundation.errors import DomainError
from portal.foundation.text import _
from portal.groups import queries
from portal.groups.errors import ReasonMissing
from portal.groups.models import Application, DecisionRun
from portal.groups.service import deciding

MOST = 50  # applications of one press


def approve_many(application_ids: Collection[int], *, by: Actor, member_id: int) -> DecisionRun:
    """Approve each of these; a row that cannot be approved says why and keeps no other from its turn."""
    return _run("approve", application_ids, lambda number: deciding.approve(number, by=by), member_id)


def decline_many(
    application_ids: Collection[int],
    *,
    reason: str,
    by: Actor,
    member_id: int,
    again_after: timedelta | None = deciding.AT_ONCE,
    releases: bool = False,
) -> DecisionRun:
    """Decline each of these with the same reason; a row that cannot be declined says why.

    Raises:
        ReasonMissing: nothing to tell the customers.
    """
    if not reason.strip():
        raise ReasonMissing(_("Choose a reason, or write one."))
    return _run(
        "decline",
        application_ids,
        lambda number: deciding.decline(number, reason=reason, by=by, again_after=again_after, releases=releases),
        member_id,
    )


def _run(
    decision: str, application_ids: Collection[int], decide: Callable[[int], Application], member_id: int
) -> DecisionRun:
    """Decide in the order of customers, as whoever decides about many does, so that no two wait for each other."""
    rows = sorted(queries.among(application_ids), key=lambda row: (row.customer_id, row.id))[:MOST]
    results = []
    for row in rows:
        try:
            with db.session.begin_nested():
                decided = decide(row.id)
        except DomainError as refusal:
            results.append({"application": row.id, "ok": False, "words": str(refusal)})
        else:
            results.append({"application": row.id, "ok": True, "words": _words_of(decided)})
    run = DecisionRun(staff_member_id=member_id, decision=decision, results=results)
    db.session.add(run)
    db.session.flush()
    return run


def _words_of(row: Application) -> str:
    """What is still to come of a decision that was taken."""
    if row.is_open:
        return _("First approval noted; somebody else gives the second.")
    return _("Counts from %(when)s.", when=pages.moment(row.undo_until)) if row.undo_until is not None else ""
