"""The sums of a round: what the mail server took, what the ledger says of it, and what was promised."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from portal.foundation import crypto
from portal.foundation.database import db, table_of
from portal.newsletter.models import Delivery, DeliveryState
from portal.newsletter.sending.compiling import MESSAGE, message_word
from portal.newsletter.service import progress

TICK = 0.002  # seconds that SQLite's clock may be late in a statement

_delivery = table_of(Delivery)


@dataclass
class Round:
    """What happened, for the sums at the end."""

    connections: int
    kills: int = 0  # of processes that had connections in hand
    answered: dict[int, float] = field(default_factory=dict)  # when an unsubscribe was answered, by subscription


@dataclass
class Found:
    """The result of a round; all but `unknown`, which is bounded, and `sent` have to be nothing."""

    sent: int
    unknown: int
    bound: int
    lost: int
    twice: int
    after_leaving: int
    balances: bool
    about: list[str] = field(default_factory=list)  # what is known of who was lost or mailed twice

    @property
    def is_good(self) -> bool:
        """Whether everything that is promised was kept."""
        return self.balances and not (self.lost or self.twice or self.after_leaving) and self.unknown <= self.bound


def sums(round_: Round, log: Path, campaign_id: int) -> Found:
    """Compare what the mail server took with what the ledger says."""
    key = crypto.ring().key(MESSAGE)
    lines = [line.split() for line in log.read_text().splitlines()]
    taken = [word for _, word in lines]
    hung_up = sum(mark == "H" for mark, _ in lines)
    rows = db.session.execute(
        sa.select(_delivery.c.subscription_id, _delivery.c.state).where(_delivery.c.campaign_id == campaign_id)
    ).all()
    by_word = {f"c{campaign_id}.{message_word(key, campaign_id, who)}": state for who, state in rows}
    started = db.session.execute(sa.text("SELECT subscription_id, at FROM started")).all()
    standing = progress.standing(campaign_id)
    db.session.commit()
    known = {word.partition("@")[0] for word in taken}
    # Who was begun, found in the spool and left out got no mail: whoever was mailed all the same counts as lost.
    skipped = {who for who, state in rows if state == DeliveryState.SKIPPED}
    mailed = [(who, at) for who, at in started if who not in skipped]
    accepted = {word for word, state in by_word.items() if state == DeliveryState.ACCEPTED}
    unknown = sum(state == DeliveryState.UNKNOWN for state in by_word.values())
    for_sure = {word for word in known if by_word.get(word) not in (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)}
    twice = {word for word, times in Counter(taken).items() if times > 1}
    wrong = {word.partition("@")[0] for word in twice} | (accepted - known) | for_sure
    return Found(
        sent=len(taken),
        unknown=unknown,
        bound=round_.kills * round_.connections + hung_up,
        lost=len(accepted - known) + len(for_sure),
        twice=len(taken) - len(set(taken)),
        after_leaving=sum(at > round_.answered.get(who, at) + TICK for who, at in mailed),
        balances=standing.waiting == 0 and len(rows) == standing.queued,
        about=_about(log, campaign_id, wrong),
    )


def _about(log: Path, campaign_id: int, words: set[str]) -> list[str]:
    """Each mail's lines in the sink's log, its row, and when it was begun."""
    key = crypto.ring().key(MESSAGE)
    lines = [line for line in log.read_text().splitlines() if line.split()[1].partition("@")[0] in words]
    for row in db.session.execute(sa.select(_delivery).where(_delivery.c.campaign_id == campaign_id)).all():
        if f"c{campaign_id}.{message_word(key, campaign_id, row.subscription_id)}" in words:
            began = sa.text("SELECT at FROM started WHERE subscription_id = :id").bindparams(id=row.subscription_id)
            lines.append(f"{row} began {list(db.session.scalars(began))}")
    db.session.commit()
    return lines
