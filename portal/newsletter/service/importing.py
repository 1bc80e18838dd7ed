"""People who agreed elsewhere: taken over from a file with its legal basis, and never brought back where they left."""

from collections.abc import Collection, Mapping
from datetime import date
from enum import StrEnum

import sqlalchemy as sa

from portal.audit.service import Actor
from portal.foundation.clock import now
from portal.foundation.database import db, insert_of
from portal.ledgers import chain
from portal.mail import queries as mail
from portal.newsletter import queries
from portal.newsletter.models import (
    Audience,
    ConsentAction,
    ConsentEvent,
    ConsentImport,
    ConsentSource,
    Subscription,
    SubscriptionState,
)

AT_ONCE = 500


class Barred(StrEnum):
    """Why an import leaves an address as it is."""

    KNOWN = "known"  # it stands to the audience in some way already
    LEFT = "left"  # its owner left once, also before an erasure
    SUPPRESSED = "suppressed"


def begin(file_name: str, *, basis: str, given_on: date, by: Actor) -> ConsentImport:
    """Write down the source of the lines to come: which file, on what legal basis, since when, who answers for it."""
    source = ConsentImport(file_name=file_name[:255], basis=basis, given_on=given_on, who=by.name[:120])
    db.session.add(source)
    db.session.flush()
    return source


def barred(audience: Audience, email_keys: Collection[str]) -> dict[str, Barred]:
    """Those of these addresses that an import may not subscribe, each with why."""
    keys, found = list(email_keys), dict.fromkeys(mail.suppressed_among(email_keys), Barred.SUPPRESSED)
    for some in (keys[at : at + AT_ONCE] for at in range(0, len(keys), AT_ONCE)):
        key_of = {code: key for key in some for code in queries.subject_hashes(key)}
        left = sa.select(ConsentEvent.subject_hmac).where(
            ConsentEvent.subject_hmac.in_(key_of),
            ConsentEvent.audience_id == audience.id,
            queries.is_departure(),
        )
        found |= {key_of[code]: Barred.LEFT for code in db.session.scalars(left)}
        known = sa.select(Subscription.email_key).where(
            Subscription.audience_id == audience.id, Subscription.email_key.in_(some)
        )
        found |= {key: Barred.KNOWN for key in db.session.scalars(known) if key not in found}
    return found


def imported(source: ConsentImport, audience: Audience, people: Mapping[str, str], customers: Mapping[str, int]) -> int:
    """Subscribe people of a file in the caller's transaction, some thousand at most; returns how many were.

    Args:
        source: the file, see `begin`.
        audience: what they agreed to.
        people: addresses as they are written to, by their keys.
        customers: ids of the customers among them, by the same keys.
    """
    out = barred(audience, people.keys())
    moment = now()
    rows = [
        {"audience_id": audience.id, "email": email, "email_key": key, "customer_id": customers.get(key)}
        | {"state": SubscriptionState.ACTIVE, "created_at": moment, "changed_at": moment}
        for key, email in people.items()
        if key not in out
    ]
    if not rows:
        return 0
    # Who came by another way at the same moment decided themselves: their row stays, and no line is written.
    new = insert_of(Subscription).on_conflict_do_nothing(index_elements=["audience_id", "email_key"])
    made = {row.email for row in db.session.execute(new.returning(Subscription.email), rows)}
    lines = [
        {"subject_hmac": queries.subject_hashes(key)[0], "email": people[key], "audience_id": audience.id}
        | {"action": ConsentAction.IMPORT, "source": ConsentSource.IMPORT, "at": moment, "import_id": source.id}
        | {"actor": source.who}
        for key in people
        if key not in out and people[key] in made
    ]
    chain.write(ConsentEvent, lines)
    return len(lines)
