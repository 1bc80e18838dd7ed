"""What becomes of subscriptions when a person is erased, or two records become one."""

from collections.abc import Iterable

import sqlalchemy as sa

from portal.audit.service import Actor
from portal.customers.models import Customer
from portal.foundation import emails
from portal.foundation.database import db
from portal.newsletter import queries
from portal.newsletter.models import ConsentAction, ConsentEvent, ConsentSource, SubscriptionState
from portal.newsletter.service import consent
from portal.newsletter.service.ledger import Proof

LEFT = (SubscriptionState.UNSUBSCRIBED, SubscriptionState.COMPLAINED)


def forget(keys: Iterable[str], *, by: Actor) -> None:
    """Write down, under a hash that only we can make, that these addresses have left every audience; empty the rest.

    So an import or a member of staff that brings the address again finds that it has left (`queries.has_left`), while
    its owner may subscribe anew by themselves.
    """
    for key in keys:
        hashes = queries.subject_hashes(key)
        known = sa.update(ConsentEvent).where(ConsentEvent.subject_hmac.in_(hashes), ConsentEvent.email.is_not(None))
        db.session.execute(known.values(email=None).execution_options(synchronize_session=False))
        for audience in queries.audiences():
            db.session.add(
                ConsentEvent(
                    subject_hmac=hashes[0],
                    audience_id=audience.id,
                    action=ConsentAction.WITHDRAW,
                    source=ConsentSource.STAFF if by.kind == "staff" else ConsentSource.ACCOUNT,
                    actor=by.name[:120] if by.kind == "staff" else "",
                )
            )


def keep_strictest(customer: Customer, other: str, *, by: Actor) -> None:
    """Take a customer out of what they left under their other address, and that address out of everything.

    Args:
        customer: the record that two became, with the address that stays.
        other: the address of the record that went.
        by: who merged them.
    """
    if not other or emails.key(other) == customer.email_key:
        return
    theirs = {row.audience_id: row for row in queries.of_email(other)}
    for row in queries.of_customer(customer):
        was = theirs.get(row.audience_id)
        if was is not None and was.state in LEFT:
            consent.withdraw(row, source=ConsentSource.STAFF, proof=Proof(), actor=by.name)
    for row in theirs.values():
        consent.withdraw(row, source=ConsentSource.STAFF, proof=Proof(), actor=by.name)
