"""What approvers do: approve, alone or as one of two, decline, ask for more, and take a decision back."""

from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from portal.audit.service import Actor
from portal.foundation import pages
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.text import _
from portal.groups import mails, rules
from portal.groups.errors import NothingToUndo, QuestionMissing, ReasonMissing, SecondApproverNeeded
from portal.groups.models import Application, ApplicationState, Step
from portal.groups.service import memberships, settling, steps

AT_ONCE = timedelta(0)


def approve(application_id: int, *, by: Actor) -> Application:
    """Let somebody in: member of the group asked for, on its terms, free to sign in, told by mail.

    Where the group wants two approvers, the first one's word is noted, and the application that comes back still waits.
    Where it wants ten minutes to undo, all this happens when they are over.

    Raises:
        NotFound: there is no such application.
        NotAllowed: it is the decider's own, or none that they decide about.
        AlreadyDecided: it waits no longer; nothing was changed.
        SecondApproverNeeded: the decider gave the first of two approvals.
    """
    row = steps.reserve(application_id, by=by)
    if row.is_open and row.group.two_approvers:
        if row.seconded_at is None:
            return _second(row, by=by)
        same = row.seconded_by_id == by.id if by.id is not None else row.seconded_by == memberships.signature(by)
        if same:
            raise SecondApproverNeeded(_("You gave the first approval. Somebody else has to give the second."))
    steps.take(row, Step.APPROVED, by=by, undo_until=_undo_until(row))
    return _settled(row)


def _second(row: Application, *, by: Actor) -> Application:
    signature = memberships.signature(by)
    steps.take(
        row,
        Step.SECONDED,
        by=by,
        from_states=(ApplicationState.SUBMITTED, ApplicationState.NEEDS_INFORMATION),
        seconded_by=signature,
        seconded_by_id=by.id,
        seconded_at=now(),
    )
    return row


def decline(
    application_id: int,
    *,
    reason: str,
    by: Actor,
    again_after: timedelta | None = AT_ONCE,
    releases: bool = False,
) -> Application:
    """Say no with a reason, which the mail tells; somebody held at the door stays there, as declined.

    Args:
        application_id: what is declined.
        reason: what the customer reads.
        by: who decides.
        again_after: how long until they may apply for the group again; None: not at all.
        releases: whether the address of somebody held at the door, who may not apply again, may register anew.

    Raises:
        ReasonMissing: nothing to tell the customer.
        NotFound: there is no such application.
        NotAllowed: it is the decider's own, or none that they decide about.
        AlreadyDecided: it waits no longer; nothing was changed.
    """
    if not reason.strip():
        raise ReasonMissing(_("Choose a reason, or write one."))
    row = steps.reserve(application_id, by=by)
    steps.take(
        row,
        Step.DECLINED,
        by=by,
        said=reason.strip(),
        reason=reason.strip(),
        may_reapply_at=now() + again_after if again_after is not None else None,
        releases_address=releases and again_after is None and steps.held(row.customer) is not None,
        undo_until=_undo_until(row),
    )
    return _settled(row)


def ask_for_more(application_id: int, *, question: str, by: Actor) -> Application:
    """Ask an applicant something by mail; the application waits for the answer, a first approval is void.

    Raises:
        QuestionMissing: nothing was asked.
        NotFound: there is no such application.
        NotAllowed: it is the decider's own, or none that they decide about.
        AlreadyDecided: it waits no longer, or for an answer already; nothing was changed.
    """
    if not question.strip():
        raise QuestionMissing(_("Write what the customer should tell or send you."))
    row = steps.reserve(application_id, by=by)
    event = steps.take(
        row, Step.ASKED, by=by, said=question.strip(), seconded_by="", seconded_by_id=None, seconded_at=None
    )
    mails.more_needed(row, event)
    return row


def undo(application_id: int, *, by: Actor) -> Application:
    """Take a decision back within its ten minutes: it waits again, and its customer never hears of it.

    Raises:
        NotFound: there is no such application.
        NotAllowed: it is the decider's own, or none that they decide about.
        NothingToUndo: too late, undone already, or another application of the customer's waits.
    """
    row = steps.reserve(application_id, by=by)
    if not rules.can_be_undone(row, now()):
        raise NothingToUndo(_("This can’t be taken back any more."))
    try:
        with db.session.begin_nested():
            _take_back(row, by=by)
    except IntegrityError:
        raise NothingToUndo(_("Another application of this customer waits. Decide about that one.")) from None
    return row


def _take_back(row: Application, *, by: Actor) -> None:
    steps.take(
        row,
        Step.UNDONE,
        by=by,
        from_states=(row.state,),
        decided_at=None,
        decided_by="",
        reason="",
        may_reapply_at=None,
        releases_address=False,
        undo_until=None,
    )


def _settled(row: Application) -> Application:
    """A decision carried out at once, unless its group wants the minutes to undo it first."""
    if not row.is_pending:
        settling.settle(row)
    return row


def _undo_until(row: Application) -> datetime | None:
    return now() + rules.UNDO if row.group.may_undo else None


def again_in_words(row: Application) -> str:
    """Whether, and from when, a declined person may apply for the group again."""
    if row.may_reapply_at is None:
        return _("We take no more applications of yours for this group.")
    if row.may_reapply_at > now():
        return _("You can apply again from %(day)s.", day=pages.day(row.may_reapply_at))
    return _("You can apply again.")
