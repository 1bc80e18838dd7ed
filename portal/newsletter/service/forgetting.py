"""Forget an address: it leaves every audience, and the ledger goes on without its spelling."""

from collections.abc import Iterable

import sqlalchemy as sa

from portal.audit.service import Actor
from portal.foundation.database import db
from portal.newsletter import queries
from portal.newsletter.models import ConsentAction, ConsentEvent, ConsentSource


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
