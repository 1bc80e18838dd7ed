"""Consent that comes with a file: with its date and source alone, and never for an address that the ledger knows."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from portal.customers.models import Customer
from portal.foundation.clock import now
from portal.foundation.database import db, table_of
from portal.foundation.text import _
from portal.ledgers import chain
from portal.mail import queries as mail
from portal.newsletter import queries
from portal.newsletter.models import ConsentAction, ConsentEvent, ConsentSource, Subscription, SubscriptionState
from portal.newsletter.service import consent
from portal.newsletter.service.consent import Proof
from portal.transfers.models import Outcome
from portal.transfers.rules.reading import Read
from portal.transfers.service import staging
from portal.transfers.service.known import among
from portal.transfers.service.staging import Batch, these

row = staging.TABLE
COLUMNS = (row.c.customer_id, row.c.email, row.c.email_key, row.c.consent_at, row.c.consent_source)


def in_ledger(reads: Sequence[Read]) -> frozenset[str]:
    """The keys of addresses with which a file cannot begin: their owners decided before, or nobody writes to them."""
    return known_of({read.values["email_key"] for read in reads if "email_key" in read.values})


def known_of(keys: Collection[str]) -> frozenset[str]:
    """Those of these addresses that ever stood to an audience, were forgotten by erasure, or are not written to."""
    if not keys:
        return frozenset()
    hashes = {code: key for key in keys for code in queries.subject_hashes(key)}
    event, subscription = (table_of(model) for model in (ConsentEvent, Subscription))
    seen = db.session.scalars(sa.select(event.c.subject_hmac).where(among(event.c.subject_hmac, hashes)))
    found = {hashes[code] for code in seen}
    found |= set(db.session.scalars(sa.select(subscription.c.email_key).where(among(subscription.c.email_key, keys))))
    return frozenset(found | mail.suppressed_among(keys))


def subscribe(batch: Batch) -> None:
    """Put addresses into the default audience; who was there once, or left it, decides themselves."""
    written = row.c.outcome.in_((Outcome.NEW, Outcome.CHANGE))
    told = sa.and_(these(), written, row.c.customer_id.is_not(None), row.c.consent_at.is_not(None))
    found = staging.run(sa.select(*COLUMNS).where(told), batch).all()
    known = known_of({one.email_key for one in found})
    fresh = [one for one in found if one.email_key not in known]
    if not fresh:
        return
    audience, moment = queries.default_audience().id, now()
    db.session.execute(
        sa.insert(Subscription),
        [
            {"audience_id": audience, "email": one.email, "email_key": one.email_key, "customer_id": one.customer_id}
            | {"state": SubscriptionState.ACTIVE, "created_at": moment, "changed_at": moment}
            for one in fresh
        ],
    )
    chain.write(
        ConsentEvent,
        [
            {"subject_hmac": queries.subject_hashes(one.email)[0], "email": one.email, "audience_id": audience}
            | {"action": ConsentAction.IMPORT, "source": ConsentSource.IMPORT, "at": one.consent_at}
            | {"actor": f"{batch.by.name}: {one.consent_source}"[:120]}
            for one in fresh
        ],
    )


def take_back(customer: Customer) -> None:
    """End the subscriptions that an import began; where somebody did something before or since, theirs counts."""
    mine = [one for one in queries.of_customer(customer) if one.customer_id == customer.id]
    newest = {step.audience_id: step.action for step in reversed(queries.steps_of(customer.email))} if mine else {}
    for subscription in mine:
        if newest.get(subscription.audience_id) is ConsentAction.IMPORT:
            consent.withdraw(subscription, source=ConsentSource.IMPORT, proof=Proof(), actor=_("Import undone"))
