"""What approvers do: approve, alone or as one of two, decline, ask for more, and take a decision back."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Hold
from portal.accounts.service import sessions
from portal.audit.service import Actor
from portal.customers.service import records
from portal.foundation import pages
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.text import _
from portal.groups import mails, queries, rules
from portal.groups.errors import NothingToUndo, QuestionMissing, ReasonMissing, SecondApproverNeeded
from portal.groups.models import Application, ApplicationState, Membership, Step
from portal.groups.service import memberships, steps

AT_ONCE = timedelta(0)


def approve(application_id: int, *, by: Actor) -> Application:
    """Let somebody in: member of the group asked for, on its terms, free to sign in, told by mail.

    Where the group wants two approvers, the first one's word is noted, and the application that comes back still waits.

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
        if (row.seconded_by_id, row.seconded_by) == (by.id, memberships.signature(by)):
            raise SecondApproverNeeded(_("You gave the first approval. Somebody else has to give the second."))
    standing = queries.preferred_group(row.customer_id)
    event = steps.take(
        row,
        Step.APPROVED,
        by=by,
        undo_until=_undo_until(row),
        was_held=steps.held(row.customer) is not None,
        was_preferred_id=standing.id if standing else None,
        was_member=row.group_id in memberships.group_ids(row.customer_id),
    )
    memberships.prefer(row.customer, row.group, by=by)
    steps.hold(row.customer, None)
    mails.application_approved(row, event, row.undo_until)
    return row


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


def decline(application_id: int, *, reason: str, by: Actor, again_after: timedelta | None = AT_ONCE) -> Application:
    """Say no with a reason, which the mail tells; somebody held at the door stays there, as declined.

    Args:
        application_id: what is declined.
        reason: what the customer reads.
        by: who decides.
        again_after: how long until they may apply for the group again; None: not at all.

    Raises:
        ReasonMissing: nothing to tell the customer.
        NotFound: there is no such application.
        NotAllowed: it is the decider's own, or none that they decide about.
        AlreadyDecided: it waits no longer; nothing was changed.
    """
    if not reason.strip():
        raise ReasonMissing(_("Choose a reason, or write one."))
    row = steps.reserve(application_id, by=by)
    was_held = steps.held(row.customer) is not None
    event = steps.take(
        row,
        Step.DECLINED,
        by=by,
        said=reason.strip(),
        reason=reason.strip(),
        may_reapply_at=now() + again_after if again_after is not None else None,
        undo_until=_undo_until(row),
        was_held=was_held,
    )
    if was_held:
        steps.hold(row.customer, Hold.DECLINED)
    mails.application_declined(row, event, row.undo_until)
    return row


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
    """Take a decision back within its ten minutes: everything is as before, and its mail is never sent.

    Raises:
        NotFound: there is no such application.
        NotAllowed: it is the decider's own, or none that they decide about.
        NothingToUndo: too late, undone already, or the customer's groups changed since.
    """
    row = steps.reserve(application_id, by=by)
    if not rules.can_be_undone(row, now()):
        raise NothingToUndo(_("This can’t be taken back any more."))
    approved = row.state is ApplicationState.APPROVED
    standing = queries.preferred_group(row.customer_id)
    if approved and (standing is None or standing.id != row.group_id):
        raise NothingToUndo(_("The customer’s group was changed since. Change it on the customer’s page."))
    try:
        with db.session.begin_nested():
            _take_back(row, by=by)
    except IntegrityError:
        raise NothingToUndo(_("The customer has applied again meanwhile. Decide about that.")) from None
    if approved:
        _leave_again(row, by=by)
    if row.was_held:
        steps.hold(row.customer, Hold.WAITING)
        account = records.account_of(row.customer)
        if approved and account is not None:
            sessions.end_all(account)
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
        undo_until=None,
    )


def _leave_again(row: Application, *, by: Actor) -> None:
    before = queries.group(row.was_preferred_id) if row.was_preferred_id is not None else None
    memberships.prefer(row.customer, before or queries.default_group(), by=by)
    if not row.was_member:
        mine = sa.delete(Membership).where(
            Membership.customer_id == row.customer_id, Membership.group_id == row.group_id, ~Membership.is_preferred
        )
        db.session.execute(mine)


def _undo_until(row: Application) -> datetime | None:
    return now() + rules.UNDO if row.group.may_undo else None


def again_in_words(row: Application) -> str:
    """Whether, and from when, a declined person may apply for the group again."""
    if row.may_reapply_at is None:
        return _("We take no more applications of yours for this group.")
    if row.may_reapply_at > now():
        return _("You can apply again from %(day)s.", day=pages.day(row.may_reapply_at))
    return _("You can apply again.")
