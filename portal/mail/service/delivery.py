"""Deliver what is due: claim with a lease, fence, write, send outside of any transaction, note the result.

Any number of workers does this side by side. A worker that dies leaves its claims behind; they are due again when
the lease ends, and `tries` keeps the slow loser from going on with what another one has claimed since.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage

import sqlalchemy as sa

from portal.config import settings
from portal.foundation import database
from portal.foundation.clock import now
from portal.foundation.database import db, table_of
from portal.foundation.straight import Straight
from portal.foundation.text import _
from portal.mail import composing, queries, rules, transport
from portal.mail.errors import Undelivered
from portal.mail.models import IS_OPEN, OutboxMessage, State
from portal.mail.service import posting, suppressing

_rows = table_of(OutboxMessage)
# Made once, since every mail needs them; only the holder of the claim can make these changes.
_still = sa.update(_rows).where(_rows.c.id == sa.bindparam("mine"), _rows.c.tries == sa.bindparam("claimed"))
_BEGIN = Straight(
    _still.where(_rows.c.state == State.QUEUED)
    .values(state=State.SENDING, due_at=sa.bindparam("later"))
    .returning(*_rows.c)
)
_words = sa.bindparam("words", type_=_rows.c.subject.type)  # empty where the mail was not written: the ones it had stay
_noted = _still.values(last_reply=sa.bindparam("reply"), subject=sa.case((_words == "", _rows.c.subject), else_=_words))
_AGAIN = Straight(_noted.values(state=State.QUEUED, due_at=sa.bindparam("later")))
_SETTLE = Straight(_noted.values(state=sa.bindparam("how"), settled_at=sa.bindparam("moment")))

BATCH = 20
REPLY = 1000  # characters kept of what a server said
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claim:
    """A mail that one worker may deliver as long as nobody else has claimed it since."""

    id: int
    tries: int


class Unneeded(Exception):
    """The mail has nothing to say any more, or may not leave; the message says why."""


def deliver_due(most: int | None = None) -> int:
    """Deliver mails that are due, all of them or up to `most`; returns how many were dealt with."""
    done = 0
    while most is None or done < most:
        claims = claim(BATCH if most is None else min(BATCH, most - done))
        if not claims:
            break
        for claimed in claims:
            deliver(claimed)
        done += len(claims)
    return done


def claim(most: int) -> list[Claim]:
    """Take up to `most` due mails for the length of a lease; two workers never get the same."""
    with database.reading():
        if not queries.is_anything_due():
            return []
    with database.transaction():
        due = (
            sa.select(OutboxMessage.id)
            .where(IS_OPEN, OutboxMessage.due_at <= now())
            .order_by(OutboxMessage.due_at, OutboxMessage.id)
            .limit(most)
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        taken = db.session.execute(
            sa.update(OutboxMessage)
            .where(OutboxMessage.id.in_(sa.select(due.c.id)))
            .values(state=State.QUEUED, due_at=now() + lease(), tries=OutboxMessage.tries + 1)
            .returning(OutboxMessage.id, OutboxMessage.tries)
            .execution_options(synchronize_session=False)
        )
        return sorted((Claim(*row) for row in taken), key=lambda claimed: claimed.id)


def lease() -> timedelta:
    """How long a claim holds."""
    return timedelta(seconds=settings().mail_lease)


def deliver(claimed: Claim) -> None:
    """Deliver one claimed mail, unless somebody else has it by now; what goes wrong is noted on its row."""
    try:
        with database.transaction():
            message = _fence(claimed)
            if message is None:
                return
            email = _write(message)
    except Unneeded as why:
        _settle(claimed, State.SUPPRESSED, str(why))
        return
    except Undelivered as refused:
        _put_off(claimed, refused)
        return
    except Exception as error:
        log.exception("Mail %s could not be written.", claimed.id)
        _put_off(claimed, Undelivered(f"{type(error).__name__}: {error}"))
        return
    _send(claimed, message, email)


def _fence(claimed: Claim) -> OutboxMessage | None:
    # From here on nobody else may begin with it before a slow server has had all its time to answer.
    holds = max(lease(), timedelta(seconds=transport.LONGEST))
    found = _BEGIN.row({**_claim_of(claimed), "later": now() + holds})
    if found is None:
        return None
    return OutboxMessage(**dict(zip(_rows.c.keys(), found, strict=True)))  # to read: what is settled is written below


def _write(message: OutboxMessage) -> EmailMessage:
    if message.tries > rules.TRIES:
        raise Undelivered(_("Given up: every worker that took this mail ended in the middle."), for_good=True)
    letter = posting.kind_of(message).render(message)
    if letter is None:
        raise Unneeded(_("Nothing to say any more."))
    to = letter.to or message.to
    if why_not := suppressing.objection(message, to):
        raise Unneeded(why_not)
    return composing.compose(
        f"mail/{letter.template}",
        letter.context,
        to=to,
        message_id=message.message_id,
        headers=letter.headers,
        locale=letter.locale or settings().shop_locales[0],
    )


def _subject(email: EmailMessage) -> str:
    return str(email["Subject"])[:255]


def _send(claimed: Claim, message: OutboxMessage, email: EmailMessage) -> None:
    try:
        reply = transport.current().send(email)
    except Undelivered as refused:
        _put_off(claimed, refused, _subject(email))
    except Exception as error:
        log.exception("Mail %s could not be sent.", claimed.id)
        _put_off(claimed, Undelivered(f"{type(error).__name__}: {error}"), _subject(email))
    else:
        _settle(claimed, State.SENT, reply, _subject(email), message)


def _put_off(claimed: Claim, refused: Undelivered, subject: str = "") -> None:
    pause = None if refused.for_good else rules.pause_after(claimed.tries)
    if pause is None:
        _settle(claimed, State.FAILED, refused.reply, subject)
        return
    with database.transaction():
        _AGAIN.run({**_claim_of(claimed), **_told(refused.reply, subject), "later": now() + pause})


def _settle(claimed: Claim, state: State, reply: str, subject: str = "", sent: OutboxMessage | None = None) -> None:
    with database.transaction():
        settled = _SETTLE.run({**_claim_of(claimed), **_told(reply, subject), "how": state, "moment": now()})
        told = posting.told_of(sent) if sent is not None and settled else None
        if sent is not None and told is not None:
            told(sent, reply)


def _claim_of(claimed: Claim) -> dict[str, object]:
    return {"mine": claimed.id, "claimed": claimed.tries}


def _told(reply: str, subject: str) -> dict[str, object]:
    return {"reply": _kept(reply), "words": subject}


def _kept(reply: str) -> str:
    return reply.replace("\0", "")[:REPLY]
