"""Another address for an account: asked for, proven in its mailbox, put in force; `email_undo` is the way back."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.accounts.errors import EmailTaken, SameEmail
from portal.accounts.events import email_changed
from portal.accounts.mails import email_change as mails
from portal.accounts.models import Account, ChangeState, EmailChange, SignInSession
from portal.accounts.rules.links import CHANGE_EMAIL, STOP_CHANGE, UNDO_CHANGE, WISH_KEPT, runs_out_at, undo_ends
from portal.accounts.service import devices, pending, registration
from portal.accounts.service.trail import actor_of, subject_of
from portal.audit.service import SYSTEM, Actor, record
from portal.foundation import emails, tokens
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import Conflict, DomainError, Expired, NotAllowed, TooMany
from portal.foundation.text import _
from portal.foundation.tokens import Purpose

MOST = 3  # changes asked for within a day, of one account
DAY = timedelta(days=1)
AT_ONCE = timedelta(0)
RESTED = timedelta(days=1)  # after one was undone, no other is taken


def ask(
    account: Account, new_email: str, *, by: Actor, staff_member_id: int | None = None, wait: timedelta = AT_ONCE
) -> EmailChange:
    """Ask for another address: the new mailbox gets a link, the old one a notice with which to stop it.

    The same is done whether the new address is free or not: only its mailbox learns that. What was asked before is
    over.

    Args:
        account: whose address changes; held for writing from here on.
        new_email: as `emails.read` gives it.
        by: who asks.
        staff_member_id: the staff member who asks, none for the owner.
        wait: how long it is not in force, even when it is proven.

    Raises:
        SameEmail: it is the address in force.
        TooMany: the third today was the last.
        NotAllowed: one was undone within a day: whoever asks now may be the same.
    """
    db.session.refresh(account, with_for_update=True)
    key = emails.key(new_email)
    if key == account.email_key:
        raise SameEmail(_("This is your address already. Enter another one."))
    _limit(account)
    pending.cancel_changes(account, by)
    change = EmailChange(
        account_id=account.id,
        old_email=account.email,
        new_email=new_email,
        new_key=key,
        asked_by=staff_member_id,
        due_at=now() + wait,
    )
    db.session.add(change)
    db.session.flush()
    mails.prove(change)
    mails.asked(change)
    record("account.email_change_asked", subject_of(account), by=by, changes={"new_email": ("", new_email)})
    return change


def send_again(change: EmailChange) -> None:
    """Send the link to the new mailbox once more; the limits of mails hold.

    Raises:
        Expired: it is in force, proven or cancelled meanwhile.
    """
    if change.state is not ChangeState.ASKED or change.proven_at is not None:
        raise _over()
    mails.prove(change)


def pending_change(account: Account) -> EmailChange | None:
    """The change that was asked for, is not in force yet and has not run out."""
    asked = sa.select(EmailChange).where(EmailChange.account_id == account.id, EmailChange.state == ChangeState.ASKED)
    change = db.session.scalar(asked.order_by(EmailChange.id.desc()).limit(1))
    return None if change is None or _has_run_out(change) else change


def behind(purpose: Purpose, token: str) -> EmailChange:
    """The change that a mailed link is about, while the link still does something; changes nothing.

    Raises:
        NotFound: no such link.
        Expired: it was used or has run out, or the change is in another state by now.
    """
    change = db.session.get(EmailChange, tokens.find(purpose, token).subject_id, populate_existing=True)
    wanted = ChangeState.APPLIED if purpose == UNDO_CHANGE else ChangeState.ASKED
    if change is None or change.state is not wanted or _has_run_out(change):
        raise _over()
    if purpose == UNDO_CHANGE and (change.settled_at is None or now() >= undo_ends(change.settled_at)):
        raise _over()
    return change


def prove(token: str, *, kept: SignInSession | None = None) -> EmailChange:
    """Take the word of the new mailbox; what waits for nothing else is in force at once.

    Args:
        token: of the mailed link.
        kept: the session of the browser that proves; it goes on when it is the owner's.

    Raises:
        NotFound: no such link.
        Expired: as `behind`, or somebody was faster.
        Conflict: the address belongs to somebody else by now; nothing is changed.
    """
    change, account = held(CHANGE_EMAIL, token)
    tokens.redeem(CHANGE_EMAIL, token)
    change.proven_at = now()
    record("account.email_proven", subject_of(account), by=actor_of(account))
    if _lacks(change) == "":
        apply(change, kept=kept)
    return change


def approve(change: EmailChange, staff_member_id: int, by: Actor, *, alone: bool = False) -> None:
    """Give the word of a second member to a change that staff asked for.

    `alone` says that nobody else may give it, as in a shop of one person.

    Raises:
        NotAllowed: the member asked for it themselves.
        Expired: it is in force or cancelled.
    """
    account = hold(change)
    if change.state is not ChangeState.ASKED:
        raise _over()
    if staff_member_id == change.asked_by and not alone:
        raise NotAllowed(_("You asked for this change. Somebody else has to approve it."))
    change.approved_by, change.approved_at = staff_member_id, now()
    record("account.email_change_approved", subject_of(account), by=by, changes={"new_email": ("", change.new_email)})
    if _lacks(change) == "":
        apply(change)


def cancel(change: EmailChange, by: Actor) -> None:
    """Cancel a change that is not in force yet.

    Raises:
        Expired: it is in force, or was cancelled.
    """
    account = hold(change)
    if change.state is not ChangeState.ASKED:
        raise _over()
    pending.cancel_change(change, account, by)


def stop(token: str) -> EmailChange:
    """Cancel a change from the old mailbox: its owner did not ask, so every session of the account ends.

    Raises:
        NotFound, Expired: as `behind`.
    """
    change, account = held(STOP_CHANGE, token)
    tokens.redeem(STOP_CHANGE, token)
    pending.cancel_change(change, account, actor_of(account))
    devices.sign_out_everywhere(account)
    return change


def expire_due() -> None:
    """Cancel the changes that were not proven, or not approved, within a week."""
    late = sa.select(EmailChange).where(
        EmailChange.state == ChangeState.ASKED, EmailChange.asked_at <= now() - WISH_KEPT
    )
    for change in db.session.scalars(late):
        account = hold(change)
        if change.state is ChangeState.ASKED and _has_run_out(change):
            pending.cancel_change(change, account, SYSTEM, verb=pending.RAN_OUT)


def apply_due() -> None:
    """Put in force what was proven and approved and has waited long enough."""
    due = sa.select(EmailChange).where(
        EmailChange.state == ChangeState.ASKED, EmailChange.proven_at.is_not(None), EmailChange.due_at <= now()
    )
    for change in db.session.scalars(due):
        account = hold(change)
        if _lacks(change):
            continue
        try:
            apply(change)
        except Conflict:  # the address was taken meanwhile: it can never be this account's
            pending.cancel_change(change, account, SYSTEM)


def apply(change: EmailChange, *, kept: SignInSession | None = None) -> None:
    """Put a change in force that lacks nothing: sessions end (but `kept`), the old mailbox gets a way back.

    Raises:
        NotAllowed: it lacks a proof or a word, or is not due.
        Conflict: the address belongs to somebody else by now; nothing is changed.
    """
    account = hold(change)
    if lacks := _lacks(change):
        raise NotAllowed(lacks)
    old = account.email
    change.old_email = old
    move(account, change.new_email, by=actor_of(account))
    change.state, change.settled_at = ChangeState.APPLIED, now()
    for purpose in (CHANGE_EMAIL, STOP_CHANGE):
        tokens.revoke(purpose, change.id)
    pending.end_all(account, actor_of(account))
    if kept is not None and kept.account_id == account.id:
        devices.sign_out_others(account, kept)
    else:
        devices.sign_out_everywhere(account)
    mails.changed(change)


def move(account: Account, email: str, *, by: Actor) -> None:
    """Give an account another address, and tell the features above: all of it or nothing.

    Raises:
        Conflict: somebody else has it.
    """
    old = account.email
    try:
        with db.session.begin_nested():
            account.email, account.email_key = email, emails.key(email)
            account.email_confirmed_at = now()
            db.session.flush()
            email_changed.send(account, old=old, by=by)
            db.session.flush()
    except IntegrityError:
        raise EmailTaken(_("This address has an account of its own by now. Nothing was changed.")) from None
    registration.supersede(email)
    record("account.email_changed", subject_of(account), by=by, changes={"email": (old, email)})


def _limit(account: Account) -> None:
    own = EmailChange.account_id == account.id
    undone = sa.select(EmailChange.id).where(
        own, EmailChange.state == ChangeState.UNDONE, EmailChange.settled_at > now() - RESTED
    )
    if db.session.scalar(undone.limit(1)) is not None:
        raise NotAllowed(_("A change of your address was undone. For a day after that, no other is taken."))
    asked = sa.select(EmailChange.asked_at).where(own, EmailChange.asked_at > now() - DAY)
    today = list(db.session.scalars(asked.order_by(EmailChange.asked_at)))
    if len(today) >= MOST:
        wait = today[-MOST] + DAY - now()
        words = _("You asked for three other addresses within a day. Try again tomorrow.")
        raise TooMany(words, round(wait.total_seconds()))


def held(purpose: Purpose, token: str) -> tuple[EmailChange, Account]:
    """The change behind a link and its account, both held for writing.

    Raises:
        NotFound, Expired: as `behind`.
    """
    change = behind(purpose, token)
    account = hold(change)
    return behind(purpose, token), account


def hold(change: EmailChange) -> Account:
    """Hold a change for writing, its account first, so that two who do never wait for each other."""
    account = db.session.get_one(Account, change.account_id, with_for_update=True, populate_existing=True)
    db.session.refresh(change)
    return account


def _lacks(change: EmailChange) -> str:
    """What keeps a change from being in force, in words; empty when nothing does."""
    if change.state is not ChangeState.ASKED or change.proven_at is None:
        return _("The new address is not confirmed yet.")
    if change.asked_by is not None and change.approved_at is None:
        return _("A second member of staff has to approve this change.")
    if change.due_at > now():
        return _("This change waits until it is due.")
    return ""


def _has_run_out(change: EmailChange) -> bool:
    """Whether a change still lacks something after a week; what waits only for its day does not run out."""
    is_complete = change.proven_at is not None and (change.asked_by is None or change.approved_at is not None)
    return change.state is ChangeState.ASKED and not is_complete and now() >= runs_out_at(change.asked_at)


def _over() -> DomainError:
    return Expired(_("This change is over: it was made, stopped, replaced by another one, or ran out after 7 days."))
