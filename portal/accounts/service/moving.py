"""Another address for a customer who cannot ask for it alone: proven to staff, waited for, and seen by two members."""

from datetime import timedelta

from portal.accounts.errors import AddressStays
from portal.accounts.models import Account, EmailChange
from portal.accounts.service import email_change, identity
from portal.audit.service import Actor
from portal.foundation.errors import NotAllowed, TooMany
from portal.foundation.text import _

WAIT = timedelta(hours=72)  # in which the old mailbox can stop it


def ask_for(account: Account, new_email: str, *, by: Actor, staff_member_id: int, alone: bool) -> EmailChange:
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
