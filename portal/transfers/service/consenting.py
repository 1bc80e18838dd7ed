"""Consent that comes with a file: with its date and source alone, and never for an address that the ledger knows."""

import sqlalchemy as sa

from portal.foundation.database import db
from portal.newsletter import queries
from portal.newsletter.models import ConsentAction, ConsentEvent, ConsentSource, Subscription, SubscriptionState
from portal.transfers.models import Outcome
from portal.transfers.service import staging

row = staging.TABLE
COLUMNS = (row.c.customer_id, row.c.email, row.c.email_key, row.c.consent_at, row.c.consent_source)


def subscribe(mine: sa.ColumnElement[bool], by: str) -> None:
    """Put addresses of new customers into the default audience; who was there once, or left it, decides themselves."""
    told = sa.and_(mine, row.c.outcome == Outcome.NEW, row.c.consent_at.is_not(None))
    found = db.session.execute(sa.select(*COLUMNS).where(told)).all()
    if not found:
        return
    audience = queries.default_audience()
    hashes = {one.email: queries.subject_hashes(one.email) for one in found}
    every = [code for codes in hashes.values() for code in codes]
    seen = set(db.session.scalars(sa.select(ConsentEvent.subject_hmac).where(ConsentEvent.subject_hmac.in_(every))))
    keys = [one.email_key for one in found]
    known = set(db.session.scalars(sa.select(Subscription.email_key).where(Subscription.email_key.in_(keys))))
    fresh = [one for one in found if one.email_key not in known and not seen.intersection(hashes[one.email])]
    for one in fresh:
        db.session.add(
            Subscription(
                audience_id=audience.id,
                email=one.email,
                email_key=one.email_key,
                customer_id=one.customer_id,
                state=SubscriptionState.ACTIVE,
            )
        )
        db.session.add(
            ConsentEvent(
                subject_hmac=hashes[one.email][0],
                email=one.email,
                audience_id=audience.id,
                action=ConsentAction.IMPORT,
                source=ConsentSource.STAFF,
                at=one.consent_at,
                actor=f"{by}: {one.consent_source}"[:120],
            )
        )
    db.session.flush()
