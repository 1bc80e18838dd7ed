"""A registration waits for its mailed link; then an account is opened, and the others of the address end."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.accounts import mails
from portal.accounts.errors import EmailTaken
from portal.accounts.models import Account, Ending, Realm, Registration, SecurityAnswer
from portal.accounts.rules.links import CONFIRM
from portal.accounts.service import tries
from portal.foundation import emails, files
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import Expired
from portal.foundation.text import _

__all__ = [
    "CONFIRM",
    "REGISTRATION_KEPT",
    "Wish",
    "end_others",
    "forget_files",
    "open_account",
    "register",
    "send_again",
    "send_link",
    "supersede",
    "sweep",
]

REGISTRATION_KEPT = timedelta(days=7)
ENDED_KEPT = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody typed who wants an account; password and answer only as hashes."""

    email: str
    first_name: str
    last_name: str
    telephone: str
    password_hash: str
    question: str
    answer_hash: str
    group_id: int | None
    answers: dict[str, Any]
    newsletter: bool
    newsletter_text: str
    terms_version: str
    address: str
    locale: str
    browser_digest: str


def register(wish: Wish) -> Registration:
    """Keep a wish until its address is confirmed: one row and one mail, whatever is known of the address."""
    row = Registration(
        **asdict(wish), email_key=emails.key(wish.email), created_at=now(), expires_at=now() + REGISTRATION_KEPT
    )
    db.session.add(row)
    db.session.flush()
    mails.registration(row.email, row.id)
    return row


def send_again(email: str) -> None:
    """Send the link of the newest registration of an address again; the same row for every address."""
    mails.registration(email)


def send_link(registration: Registration) -> None:
    """Send the link of one registration again, as staff do.

    Raises:
        Expired: it ended meanwhile.
    """
    if not registration.is_open or registration.expires_at <= now():
        raise Expired(_("This registration has ended. The person can register again."))
    mails.registration(registration.email, registration.id)


def open_account(
    *,
    realm: Realm,
    email: str,
    password_hash: str,
    question: str = "",
    answer_hash: str = "",
    locale: str = "en",
    confirmed: bool = True,
) -> Account:
    """Open the account of an address.

    Raises:
        EmailTaken: the address has one in this realm.
    """
    account = Account(
        realm=realm,
        email=email,
        email_key=emails.key(email),
        password_hash=password_hash,
        email_confirmed_at=now() if confirmed else None,
        locale=locale,
    )
    try:
        with db.session.begin_nested():
            db.session.add(account)
    except IntegrityError:
        raise EmailTaken(_("This address has an account already.")) from None
    tries.start_anew(account)
    if question and answer_hash:
        db.session.add(SecurityAnswer(account_id=account.id, question=question, answer_hash=answer_hash))
    return account


def end_others(registration: Registration) -> None:
    """Mark a registration confirmed and end the others of its address.

    Raises:
        Expired: it ended before, or at this moment in another browser.
    """
    waiting = Registration.ended_at.is_(None)
    confirmed = db.session.execute(
        sa.update(Registration)
        .where(Registration.id == registration.id, waiting)
        .values(ended_at=now(), ended_as=Ending.CONFIRMED)
    )
    if confirmed.rowcount != 1:  # type: ignore[attr-defined]  # an update's result is a CursorResult
        raise Expired(_("This registration has ended. Register again, or sign in if you have an account."))
    supersede(registration.email)


def supersede(email: str) -> None:
    """End what waits for an address that has an account now."""
    _end(Registration.email_key == emails.key(email), Ending.SUPERSEDED)


def forget_files(email_keys: Collection[str]) -> None:
    """Delete the files that were sent with registrations of these addresses, before the rows go."""
    sent = sa.select(Registration.answers).where(Registration.email_key.in_(email_keys))
    _forget_files(db.session.scalars(sent).all())


def sweep() -> None:
    """End registrations that nobody confirmed, with their files, and delete those that ended long ago."""
    moment = now()
    _end(Registration.expires_at <= moment, Ending.EXPIRED)
    db.session.execute(
        sa.delete(Registration).where(
            sa.or_(
                Registration.ended_at <= moment - ENDED_KEPT,
                sa.and_(Registration.ended_as == Ending.EXPIRED, Registration.ended_at <= moment - timedelta(days=1)),
            )
        )
    )


def _end(which: sa.ColumnElement[bool], ending: Ending) -> None:
    over = sa.update(Registration).where(which, Registration.ended_at.is_(None))
    ended = over.values(ended_at=now(), ended_as=ending).returning(Registration.answers)
    _forget_files(db.session.scalars(ended.execution_options(synchronize_session=False)).all())


def _forget_files(answers: Iterable[Mapping[str, Any]]) -> None:
    """Delete files that nobody was given: those of a confirmed registration are the customer's by now."""
    ids = [one["file"] for sent in answers for one in sent.values() if one.get("file")]
    if ids:
        files.remove_unowned(ids)
