"""Keep away from addresses: those that bounced or complained, those that want nothing, and those that get too much."""

from collections.abc import Collection, Iterable

import sqlalchemy as sa

from portal.foundation import emails
from portal.foundation.clock import now
from portal.foundation.database import db, insert_of
from portal.foundation.text import _
from portal.mail import queries, rules
from portal.mail.events import address_suppressed
from portal.mail.models import OutboxMessage, State, Suppression, SuppressionScope
from portal.mail.service import posting

AT_ONCE = 500


def suppress(email: str, reason: str, scope: SuppressionScope = SuppressionScope.ALL, who: str = "") -> None:
    """Never write to an address again; of two reasons the wider one counts, and saying so twice is harmless."""
    key = emails.key(email)
    known = queries.suppression_of(key)
    if known is None:
        new = insert_of(Suppression).values(email_key=key, scope=scope, reason=reason[:255], who=who[:120], at=now())
        db.session.execute(new.on_conflict_do_nothing(index_elements=["email_key"]))
    elif scope is SuppressionScope.ALL or known.scope is scope:
        known.scope, known.reason, known.who, known.at = scope, reason[:255], who[:120], now()
    db.session.flush()
    address_suppressed.send(key)


def lift(suppression: Suppression) -> None:
    """Write to an address again, on somebody's word; who left an audience stays out of it."""
    db.session.delete(suppression)
    db.session.flush()


def take_up(email: str, *, anew: bool) -> None:
    """Know an erased address again, since it came back, so that whoever compares addresses finds it.

    `anew`: its owner agreed anew and proved to be them; that ends what kept marketing away, and nothing else.
    """
    recognise([emails.key(email)])
    if anew:
        mine = sa.delete(Suppression).where(
            Suppression.email_key == emails.key(email), Suppression.scope == SuppressionScope.MARKETING
        )
        db.session.execute(mine.execution_options(synchronize_session=False))


def recognise(email_keys: Iterable[str]) -> None:
    """Write erased addresses that came back into what is known of them only by a hash."""
    if db.session.scalar(sa.select(Suppression.id).where(Suppression.subject_hmac.is_not(None)).limit(1)) is None:
        return
    for some in _in_parts(list(email_keys)):
        key_of = {code: key for key in some for code in queries.hashes(key)}
        rows = db.session.scalars(sa.select(Suppression).where(Suppression.subject_hmac.in_(key_of))).all()
        for row in rows:
            key = key_of[str(row.subject_hmac)]
            if queries.suppression_in_clear(key) is not None:
                db.session.delete(row)
            else:
                row.email_key, row.subject_hmac = key, None
        db.session.flush()


def keep_hashed(email_keys: Collection[str]) -> None:
    """Have addresses that are to be erased stay suppressed: under a hash that only we can make, without the reason.

    That a member of staff typed it stays, without their name: what they type silences no mail that secures an account.
    """
    known = sa.delete(Suppression).where(Suppression.email_key.in_(email_keys))
    gone = known.returning(Suppression.email_key, Suppression.scope, Suppression.who)
    for key, scope, who in db.session.execute(gone).tuples().all():
        if key is not None and queries.suppression_of(key) is None:
            code = queries.hashes(key)[0]
            reason = _("It was so before an erasure.")
            by = _("A member of staff") if who else ""
            db.session.add(Suppression(subject_hmac=code, scope=scope, reason=reason, who=by))
    db.session.flush()


def objection(message: OutboxMessage, to: str) -> str:
    """Why a mail must not leave now, in words for staff; empty when it may."""
    known = queries.kept_away(emails.key(to))
    typed = known is not None and known.who != ""  # by a member of staff, who must not silence what secures an account
    if known is not None and known.scope is SuppressionScope.ALL and not (typed and posting.kind_of(message).secures):
        return _("This address is not written to: %(reason)s", reason=known.reason)
    if posting.kind_of(message).limited:
        return _over_quota(message)
    return ""


def _in_parts(keys: list[str]) -> Iterable[list[str]]:
    for start in range(0, len(keys), AT_ONCE):
        yield keys[start : start + AT_ONCE]


def _over_quota(message: OutboxMessage) -> str:
    """Only earlier mails count, sent or about to be, so workers that judge side by side judge alike."""
    longest = max(quota.window for quota in rules.QUOTAS)
    earlier = db.session.scalars(
        sa.select(OutboxMessage.created_at).where(
            OutboxMessage.to_key == message.to_key,
            OutboxMessage.id < message.id,
            OutboxMessage.created_at > message.created_at - longest,
            OutboxMessage.kind.in_(posting.limited_kinds()),
            OutboxMessage.state.not_in([State.SUPPRESSED, State.FAILED]),
        )
    )
    quota = rules.quota_exceeded([message.created_at - moment for moment in earlier])
    if quota is None:
        return ""
    hours = round(quota.window.total_seconds() / 3600)
    return _("Too many mails to this address: at most %(mails)s in %(hours)s h.", mails=quota.mails, hours=hours)
