"""What this feature forgets by itself."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from portal.config import settings
from portal.foundation import emails, networks, retention
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.retention import AT_ONCE, Rule
from portal.newsletter import queries, rules
from portal.newsletter.models import HAS_WHOLE, IS_PENDING, ConsentEvent, Subscription, SubscriptionState


def forget_unconfirmed(most: int = AT_ONCE) -> int:
    """Delete the wishes that nobody confirmed within 30 days; returns how many rows were settled.

    Who had left before and was asked for anew is again somebody who has left: that must not be forgotten with it.
    """
    late = sa.select(Subscription).where(*_is_late())
    rows = db.session.scalars(late.order_by(Subscription.id).limit(most).with_for_update(of=Subscription)).all()
    for row in rows:
        if queries.has_left(row.email, row.audience_id):
            row.state, row.changed_at = SubscriptionState.UNSUBSCRIBED, now()
        else:
            db.session.delete(row)
    db.session.flush()
    return len(rows)


def _is_late() -> tuple[sa.ColumnElement[bool] | sa.TextClause, ...]:
    return IS_PENDING, Subscription.changed_at <= now() - rules.PENDING_KEPT


def _count() -> int:
    return retention.count(sa.select(Subscription.id).where(*_is_late()))


retention.declare(
    Rule("Newsletter wishes never confirmed", lambda: rules.PENDING_KEPT.days, "", _count, forget_unconfirmed)
)


MONTH = timedelta(days=30.44)
ON = (SubscriptionState.PENDING, SubscriptionState.ACTIVE)


def shorten_networks(most: int = AT_ONCE) -> int:
    """Leave of old network addresses in the ledger what tells a neighbourhood and nobody in it."""
    rows = db.session.execute(_long_known().order_by(ConsentEvent.at).limit(most)).all()
    short = {address: networks.shortened(address) for address in {address for _, address in rows}}
    for network in set(short.values()):
        _change([line_id for line_id, address in rows if short[address] == network], address=network)
    return len(rows)


def outlived(most: int = AT_ONCE) -> list[tuple[int, str | None]]:
    """Evidence that no subscription needs any more, each line with its address: every line that is old is looked at."""
    return list(db.session.execute(_outlived().order_by(ConsentEvent.id).limit(most)).tuples())


def make_anonymous(found: Sequence[tuple[int, str | None]]) -> int:
    """Take the address, and all else that names somebody, out of evidence that was `outlived`.

    Who subscribed since keeps it. The keyed hash stays, so that an import does not bring back who left; nobody can
    tell a person by it without the address and our key.
    """
    keys = {emails.key(email or "") for _, email in found}
    alive = sa.select(Subscription.email_key).where(Subscription.email_key.in_(keys), Subscription.state.in_(ON))
    needed = set(db.session.scalars(alive))
    gone = [line_id for line_id, email in found if emails.key(email or "") not in needed]
    if gone:
        _change(gone, email=None, address="", browser="")
    return len(gone)


def _change(ids: list[int], **values: str | None) -> None:
    changed = sa.update(ConsentEvent).where(ConsentEvent.id.in_(ids)).values(**values)
    db.session.execute(changed.execution_options(synchronize_session=False))


def _long_known() -> sa.Select[tuple[int, str]]:
    months = settings().keep_networks
    until = now() - MONTH * months
    query = sa.select(ConsentEvent.id, ConsentEvent.address).where(HAS_WHOLE, ConsentEvent.at <= until)
    return query if months else query.where(sa.false())


def _outlived() -> sa.Select[tuple[int, str | None]]:
    """Lines of addresses about which nothing was written for so long, and that are subscribed nowhere."""
    until = retention.before(settings().keep_consent)
    later = sa.orm.aliased(ConsentEvent)
    newer = sa.exists().where(later.subject_hmac == ConsentEvent.subject_hmac, later.at > until)
    alive = sa.exists().where(Subscription.email_key == sa.func.lower(ConsentEvent.email), Subscription.state.in_(ON))
    query = sa.select(ConsentEvent.id, ConsentEvent.email).where(ConsentEvent.email.is_not(None))
    return query.where(ConsentEvent.at <= until, ~newer, ~alive) if until else query.where(sa.false())


def _count_networks() -> int:
    return retention.count(_long_known())


def _count_outlived() -> int:
    return retention.count(_outlived())


retention.declare(
    Rule(
        "Network addresses in the ledger of consent, shortened",
        lambda: round(settings().keep_networks * MONTH.days),
        "keep_networks",
        _count_networks,
        shorten_networks,
    )
)
retention.declare(
    Rule(
        "Evidence of consent after a subscription ended, made anonymous",
        lambda: settings().keep_consent,
        "keep_consent",
        _count_outlived,
        make_anonymous,
        outlived,
    )
)
