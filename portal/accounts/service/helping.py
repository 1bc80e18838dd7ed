"""What staff do for a caller: unlock; and once they are verified, another address or no second factor any more."""

from datetime import timedelta

from portal.accounts.errors import AddressStays, FactorStays
from portal.accounts.models import Account, EmailChange
from portal.accounts.service import email_change, factors, identity, lost_factors, tries
from portal.accounts.service.trail import subject_of
from portal.audit.service import Actor, record
from portal.foundation.errors import Conflict, NotAllowed, TooMany
from portal.foundation.text import _

WAIT = timedelta(hours=72)  # in which the old mailbox can stop it


def ask_for_address(account: Account, new_email: str, *, by: Actor, staff_member_id: int, alone: bool) -> EmailChange:
    """Ask for another address on behalf of its owner; in force after 72 hours at the earliest.

    Args:
        account: of the customer who called.
        new_email: as `emails.read` gives it.
        by: the member who asks.
        staff_member_id: their id.
        alone: whether nobody else may verify people, so that no second member can be waited for.

    Raises:
        NotProven: the member has not verified the customer within the last half hour.
        AddressStays: three others were asked for today, or one was undone.
        SameEmail: it is the address in force.
    """
    identity.demand(account, staff_member_id)
    try:
        change = email_change.ask(account, new_email, by=by, staff_member_id=staff_member_id, wait=WAIT)
    except TooMany:
        raise AddressStays(_("Three other addresses were asked for today. Try again tomorrow.")) from None
    except NotAllowed:
        raise AddressStays(_("A change of this address was undone. No other is taken for a day after that.")) from None
    if alone:
        email_change.approve(change, staff_member_id, by, alone=True)
    return change


def remove_factors(account: Account, reason: str, *, by: Actor, staff_member_id: int) -> None:
    """Take the second factor from somebody who has lost it; the password alone lets them in from then on.

    Raises:
        NotProven: the member has not verified the customer within the last half hour.
        Conflict: there is no second factor.
        FactorStays: the answer alone has matched, and not for long enough (see `lost_factors`).
    """
    case = identity.demand(account, staff_member_id)
    if not factors.asked_of(account):
        raise Conflict(_("There is no second step to remove."))
    if lost_factors.stay_until(account, case) is not None:
        raise FactorStays(_("An answer alone does not take the second step away yet. Verify the caller again later."))
    factors.remove_all(account, by, reason)


def unlock(account: Account, by: Actor) -> None:
    """Forget the wrong passwords that keep unknown browsers of a customer out."""
    tries.start_anew(account)
    record("account.unlocked_by_staff", subject_of(account), by=by)
