"""Sign-in sessions as rows: opened, used, ended one by one or all at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.accounts.models import SIGNED_IN, Account, SessionKind, SignInSession
from portal.accounts.queries import Owner
from portal.config import settings
from portal.foundation import crypto
from portal.foundation.clock import now
from portal.foundation.database import db, table_of
from portal.foundation.errors import NotFound
from portal.foundation.loading import Loading
from portal.foundation.straight import Row, Straight
from portal.foundation.text import _

HOUR, DAY = 3600, 86400
MOST = 20  # live sessions of one account; the oldest ends first
SEEN_EVERY = timedelta(minutes=1)


# Made once, since every sign-in and every page needs them: to build a statement takes longer than to run it.
_rows = table_of(SignInSession)
# Each kind by itself: a list of values is put into the words of a statement anew each time.
_signs_in = [sa.literal(kind, _rows.c.kind.type) for kind in SIGNED_IN]
_live = (_rows.c.account_id == sa.bindparam("owner"), _rows.c.revoked_at.is_(None), _rows.c.kind.in_(_signs_in))
_newest = sa.select(_rows.c.id).where(*_live).order_by(_rows.c.id.desc()).limit(MOST)
# Tells how many live ones the account has: with the new one or without, by the database at hand.
_all = _rows.alias("every_session")
_count = sa.select(sa.func.count()).where(
    _all.c.account_id == sa.literal_column(f"{_rows.name}.account_id"),
    _all.c.revoked_at.is_(None),
    _all.c.kind.in_(_signs_in),
)
_OPEN = Straight(sa.insert(_rows).returning(_count.scalar_subquery()))
_END_OLDEST = (
    sa.update(_rows)
    .where(*_live, _rows.c.id.not_in(_newest))
    .values(revoked_at=sa.bindparam("moment"), revoked_for="too many")
)
# Conditions on sessions that are in force, but for how long each was not used, which no two databases tell alike.
ARE_LIVE = (*_live, _rows.c.epoch == sa.bindparam("epoch"), _rows.c.expires_at > sa.bindparam("moment"))
_session_of, _account_of = Loading(SignInSession), Loading(Account)
COLUMNS = (*_session_of.columns, *_account_of.columns)  # what `of_row` makes a session of
_FIND = Straight(
    sa.select(*COLUMNS).join_from(_rows, table_of(Account)).where(_rows.c.digest == sa.bindparam("digest"))
)


@dataclass(frozen=True)
class Limits:
    """How long a session lasts without use, and at all."""

    idle: int
    absolute: int


LIMITS = {
    SessionKind.CUSTOMER: Limits(2 * HOUR, 12 * HOUR),
    SessionKind.APPLICANT: Limits(2 * HOUR, 12 * HOUR),
    SessionKind.STAFF: Limits(15 * 60, 10 * HOUR),
    SessionKind.FLOW: Limits(10 * 60, 10 * 60),
    SessionKind.RESET: Limits(10 * 60, 10 * 60),
    SessionKind.SECOND_STEP: Limits(10 * 60, 10 * 60),
}
REMEMBERED = Limits(7 * DAY, 30 * DAY)


@dataclass(frozen=True)
class Visitor:
    """The browser that asks: network address, in words what it is, and the handles of devices that it kept."""

    address: str = ""
    browser: str = ""
    devices: tuple[str, ...] = ()


def open_session(
    account: Owner,
    kind: SessionKind,
    visitor: Visitor,
    *,
    remember: bool = False,
    methods: str = "password",
    device_id: int | None = None,
    authenticated_at: datetime | None = None,
) -> str:
    """Open a session and return the handle for its cookie, which is stored nowhere.

    Args:
        account: whose it is.
        kind: what it opens.
        visitor: the browser that gets it.
        remember: whether it outlives the browser's window; customers only.
        methods: how they proved who they are, as "password totp".
        device_id: the trusted device it runs on.
        authenticated_at: when they proved it, where that was not just now.
    """
    limits = REMEMBERED if remember and kind is SessionKind.CUSTOMER else LIMITS[kind]
    proven_at = authenticated_at or now()
    handle, live = _open(
        account, kind, visitor, limits, methods=methods, device_id=device_id, authenticated_at=proven_at
    )
    if live >= MOST:
        db.session.execute(_END_OLDEST, {"owner": account.id, "moment": now()})
    return handle


def open_flow(account: Owner, kind: SessionKind, visitor: Visitor) -> str:
    """Open a step of a recovery or half a sign-in, in which nobody is signed in; returns the handle for its cookie."""
    return _open(account, kind, visitor, LIMITS[kind])[0]


def end_flow(flow: SignInSession) -> bool:
    """End a step of a recovery that goes on or is over; whether it was still in force, of two at once for one."""
    if not in_force(flow):
        return False
    ended = db.session.execute(
        sa.update(SignInSession)
        .where(SignInSession.id == flow.id, SignInSession.revoked_at.is_(None))
        .values(revoked_at=now(), revoked_for="went on")
    )
    return bool(ended.rowcount == 1)  # type: ignore[attr-defined]  # an update's result is a CursorResult


def find(handle: str) -> SignInSession | None:
    """The session of a handle, None when it is over."""
    row = _FIND.row({"digest": crypto.digest(handle)})
    return None if row is None else of_row(row)


def of_row(row: Row) -> SignInSession | None:
    """The session, with its account, of a row that begins with COLUMNS; None when it is over."""
    own = len(_session_of.columns)
    session = _session_of(row[:own], account=_account_of(row[own : len(COLUMNS)]))
    return session if session is not None and in_force(session) else None


def in_force(row: SignInSession) -> bool:
    """Whether a session still opens what it is for."""
    moment = now()
    return (
        row.revoked_at is None
        and row.epoch == row.account.epoch
        and row.account.is_enabled
        and moment < row.expires_at
        and was_used_lately(row.seen_at, row.idle_seconds, moment)
    )


def was_used_lately(seen_at: datetime, idle_seconds: int, moment: datetime) -> bool:
    """Whether a session that was last seen then has not run out for lack of use."""
    return moment - seen_at < timedelta(seconds=idle_seconds)


def is_seen_long_ago(row: SignInSession) -> bool:
    """Whether `touch` is due."""
    return now() - row.seen_at >= SEEN_EVERY


def touch(session_id: int) -> None:
    """Note that a session was used; one that ended meanwhile stays ended."""
    db.session.execute(
        sa.update(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.revoked_at.is_(None))
        .values(seen_at=now())
    )


def confirm(row: SignInSession, method: str) -> str:
    """Note that whoever uses a session proved anew who they are; it goes on under a new handle, which comes back."""
    row.authenticated_at = now()
    row.methods = " ".join(dict.fromkeys((*row.methods.split(), method)))
    return renew(row)


def renew(row: SignInSession) -> str:
    """Have a session go on under a new handle, which comes back; copies of the old one open nothing any more."""
    handle = crypto.random_handle()
    row.digest = crypto.digest(handle)
    db.session.flush()
    return handle


def end_session(session_id: int, reason: str) -> None:
    """End one session; ending it twice is harmless."""
    db.session.execute(
        sa.update(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.revoked_at.is_(None))
        .values(revoked_at=now(), revoked_for=reason)
    )


def sign_out(handle: str) -> None:
    """End the session of a handle; one that opens nothing is no trouble."""
    row = find(handle)
    if row is not None:
        end_session(row.id, "signed out")


def end_all(account: Account) -> None:
    """End every session of an account, also one that is being opened at this moment."""
    db.session.execute(sa.update(Account).where(Account.id == account.id).values(epoch=Account.epoch + 1))
    db.session.refresh(account, ["epoch"])


def end_others(account: Account, kept: SignInSession) -> None:
    """End every session but one; that one stays ended where it was ended at this moment."""
    end_all(account)
    db.session.execute(
        sa.update(SignInSession)
        .where(SignInSession.id == kept.id, SignInSession.epoch == account.epoch - 1)
        .values(epoch=account.epoch)
    )


def end_own(account: Account, session_id: int) -> SignInSession:
    """End one session of an account, as its owner asks for, and give it back.

    Raises:
        NotFound: the account has no such session.
    """
    row = db.session.get(SignInSession, session_id)
    if row is None or row.account_id != account.id:
        raise NotFound(_("This device was signed out already."))
    end_session(row.id, "signed out by the owner")
    return row


def live(account: Account) -> list[SignInSession]:
    """The sessions in force, used last first; recoveries left out."""
    rows = db.session.scalars(
        sa.select(SignInSession)
        .where(
            SignInSession.account_id == account.id,
            SignInSession.revoked_at.is_(None),
            SignInSession.expires_at > now(),
            SignInSession.kind.in_(SIGNED_IN),
        )
        .order_by(SignInSession.seen_at.desc(), SignInSession.id.desc())
    )
    return [row for row in rows if in_force(row)]


def owned(account: Account, moment: datetime) -> dict[str, Any]:
    """The values that ARE_LIVE takes, for the sessions of an account."""
    return {"owner": account.id, "epoch": account.epoch, "moment": moment}


def sweep() -> None:
    """Delete sessions that were over longer ago than the shop keeps them."""
    kept = timedelta(days=settings().keep_sessions)
    db.session.execute(sa.delete(SignInSession).where(SignInSession.expires_at <= now() - kept))


def _open(account: Owner, kind: SessionKind, visitor: Visitor, limits: Limits, **more: Any) -> tuple[str, int]:
    handle = crypto.random_handle()
    [live] = _OPEN.one(
        {
            "account_id": account.id,
            "kind": kind,
            "digest": crypto.digest(handle),
            "epoch": account.epoch,
            "idle_seconds": limits.idle,
            "expires_at": now() + timedelta(seconds=limits.absolute),
            "address": visitor.address,
            "browser": visitor.browser,
            **more,
        }
    )
    return handle, live
