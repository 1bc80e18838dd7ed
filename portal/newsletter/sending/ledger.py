"""The sender's few statements, each short and each fenced by the epoch of its chunk.

On SQLite they wait for the disk where a chunk is taken or given back, and not at every commit (`synchronous=NORMAL`):
what a power cut takes away, the journal tells, and what neither tells is in doubt and never sent again by itself.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from portal.foundation.clock import now
from portal.newsletter.models import CampaignState, ChunkState, DeliveryState, SubscriptionState
from portal.newsletter.rules.campaigns import COUNTED
from portal.newsletter.sending import statements
from portal.newsletter.sending.driver import Driver, read_moment
from portal.newsletter.sending.rows import Chunk, Fenced, Result, TakenFrom, Waiting

LEASE = 300  # seconds that a chunk is held after the last word of its holder
TARDY = timedelta(minutes=10)
FAR = datetime(9999, 1, 1, tzinfo=UTC)
SENDING = (CampaignState.SENDING.value, CampaignState.FINISHING.value)


class Ledger:
    """The statements on one connection, used by one thread."""

    def __init__(self, engine: sa.Engine, worker: str, lease: int = LEASE) -> None:
        self.worker = worker
        self.lease = timedelta(seconds=lease)
        self._driver = Driver(engine)
        self._is_sqlite = self._driver.is_sqlite
        self.troubles = self._driver.troubles
        self._run, self._one, self._all = self._driver.run, self._driver.one, self._driver.all

    def connect(self) -> None:
        """Open a connection, or another one when the first was lost."""
        self._driver.connect()

    def close(self) -> None:
        """Give the connection back."""
        self._driver.close()

    def transaction(self, *, lasts: bool = False) -> AbstractContextManager[None]:
        """Commit at the end, or roll back; what `lasts` outlives a power cut."""
        return self._driver.transaction(lasts=lasts)

    @property
    def may_forget(self) -> bool:
        """Whether a power cut may take away what was committed since a chunk was claimed."""
        return self._is_sqlite

    def is_anything_due(self) -> bool:
        """Whether there seems to be a chunk to take; takes no lock."""
        return self._one(statements.DUE.format(lock=""), now=now()) is not None

    def claim(self) -> Chunk | None:
        """Take the next chunk that is due, within a transaction; None when there is none."""
        lock = "" if self._is_sqlite else "FOR UPDATE OF k SKIP LOCKED"
        moment = now()
        due = self._one(statements.DUE.format(lock=lock), now=moment)
        if due is None:
            return None
        campaign, number, former, state, per_hour, stop_at, size, sends = due
        if per_hour and sends:
            slot = moment + timedelta(hours=size / per_hour)
            # Another sender may have taken this slot since it was looked at.
            if self._run(statements.SLOT, slot=slot, campaign=campaign, now=moment).rowcount == 0:
                return None
        row = self._one(
            statements.TAKE, worker=self.worker, until=moment + self.lease, campaign=campaign, number=number
        )
        former = former if state == ChunkState.LEASED else ""
        return replace(Chunk(*row), per_hour=per_hour, stop_at=read_moment(stop_at), former=former)

    def waiting(self, chunk: Chunk, *, whenever: bool = False) -> list[Waiting]:
        """Who of a chunk is to be written to now, or `whenever` it was to be."""
        rows = self._all(statements.WAITING, until=FAR if whenever else now(), **_of(chunk))
        return [
            Waiting(who, attempt, email, first, last, number, state, read_moment(retry_at), clicks)
            for who, attempt, email, first, last, number, state, retry_at, clicks in rows
        ]

    def take_turn(self, chunk: Chunk, who: Waiting, domain: str, step: float) -> bool:
        """Whether a mail to a domain that gets one every `step` seconds may begin; else it waits for a turn of its own.

        Who was put off and comes late, after a pause, is given another turn: else all of them would come at once.
        """
        moment = now()
        if who.state == DeliveryState.QUEUED and who.retry_at is not None and moment - who.retry_at < TARDY:
            return True
        seconds = moment.timestamp()
        mine = self._one(statements.TURN, domain=domain, moment=seconds, step=step)[0] - step
        if mine <= seconds:
            return True
        at = datetime.fromtimestamp(mine, UTC)
        self._run(statements.PUT_OFF, at=at, campaign=chunk.campaign_id, id=who.id)
        return False

    def begin(self, chunk: Chunk, recipient_id: int) -> str:
        """Guard and intent in one statement, committed: empty when the mail may begin, else why it may not.

        Raises:
            Fenced: the chunk is somebody else's, or the campaign does not send now.
        """
        guard = statements.GUARD["sqlite" if self._is_sqlite else "postgresql"]
        held = {"epoch": chunk.epoch, "worker": self.worker}
        while self._one(guard, id=recipient_id, now=now(), **held, **_of(chunk)) is None:
            why = self._why_not(chunk, recipient_id)
            if why != SubscriptionState.ACTIVE:
                return why
        return ""

    def _why_not(self, chunk: Chunk, recipient_id: int) -> str:
        """Why a mail may not begin; `active` when the recipient changed in something else and is to be asked for again.

        Raises:
            Fenced: the chunk is somebody else's, or the campaign does not send now.
        """
        why = self._one(statements.WHY, id=recipient_id, campaign=chunk.campaign_id, number=chunk.number)
        if why is None:
            raise TakenFrom("gone")
        campaign, epoch, worker, delivery, subscription, suppressed = why
        if (epoch, worker) != (chunk.epoch, self.worker):
            raise TakenFrom("lease")
        if campaign not in SENDING:
            raise Fenced(campaign)
        if delivery not in (DeliveryState.QUEUED, DeliveryState.DEFERRED):
            return "settled"
        return "suppressed" if suppressed is not None else str(subscription or "gone")

    def settle(self, chunk: Chunk, results: Sequence[Result]) -> None:
        """Write what became of mails, and hold the chunk a while longer, in one transaction.

        Raises:
            Fenced: the chunk is somebody else's by now; nothing is written.
        """
        with self.transaction() if self._is_sqlite else nullcontext():
            self._write(chunk, results)

    def recover(self, chunk: Chunk, results: Sequence[Result]) -> None:
        """The same inside the transaction in which the chunk was claimed."""
        self._write(chunk, results)

    def intents(self, chunk: Chunk) -> list[tuple[int, int, int]]:
        """Id, state and epoch of the recipients of a chunk that have no result."""
        return [tuple(row) for row in self._all(statements.INTENTS, **_of(chunk))]

    def release(self, chunk: Chunk) -> None:
        """Give a chunk back: done, or open again for those who are tried later.

        Raises:
            Fenced: the chunk is somebody else's by now.
        """
        with self.transaction(lasts=True):  # the journal is emptied after this
            self._write(chunk, [])  # held: whoever has somebody written to once more comes before this, or after it
            self._run(statements.NOT_SENT, epoch=chunk.epoch, **_of(chunk))
            self._doubt(chunk)
            count, retry_at = self._one(statements.LEFT, now=now(), **_of(chunk))
            state = ChunkState.OPEN if count else ChunkState.DONE
            due = read_moment(retry_at) or now()
            held = {"worker": self.worker, "epoch": chunk.epoch}
            self._fenced(
                statements.RELEASE, state=int(state), due=due, campaign=chunk.campaign_id, number=chunk.number, **held
            )

    def _doubt(self, chunk: Chunk) -> None:
        """Whoever an earlier holder began while this one took the chunk may have got their mail, and nobody knows."""
        stale = self._run(statements.STALE, epoch=chunk.epoch, now=now(), **_of(chunk)).rowcount
        if stale:
            self._run(statements.COUNT_STALE, stale=stale, campaign=chunk.campaign_id, number=chunk.number)

    def let_go(self, worker: str) -> int:
        """End the leases of a worker that is dead: anybody may take its chunks now; returns how many it held."""
        with self.transaction():
            return int(self._run(statements.LET_GO, worker=worker, now=now()).rowcount)

    def _write(self, chunk: Chunk, results: Sequence[Result]) -> None:
        """Rows that have a result already count no second time: a commit whose answer was lost is tried again."""
        moment, held = now(), {"number": chunk.number, "epoch": chunk.epoch, "worker": self.worker}
        told = {"until": moment + self.lease, "campaign": chunk.campaign_id, **held}
        if results and not self._is_sqlite:
            self._fenced(statements.SETTLE["postgresql"], now=moment, **told, **_columns(results))
            return
        changed = [one.state for one in results if self._settle_one(chunk, one, moment)]
        counts = {COUNTED[state]: changed.count(state) for state in sorted(set(changed)) if state in COUNTED}
        sums = "".join(f", {name} = {name} + {number:d}" for name, number in counts.items())
        self._fenced(statements.KEEP.format(counts=sums), **told)

    def _settle_one(self, chunk: Chunk, one: Result, moment: datetime) -> bool:
        told = {"state": int(one.state), "code": one.code[:120], "retry_at": one.retry_at}
        done = self._run(statements.SETTLE["sqlite"], now=moment, campaign=chunk.campaign_id, id=one.id, **told)
        return bool(done.rowcount)

    def _fenced(self, statement: str, **values: object) -> None:
        if self._run(statement, **values).rowcount != 1:
            raise TakenFrom("lease")


def _of(chunk: Chunk) -> dict[str, int]:
    return {
        "campaign": chunk.campaign_id,
        "number": chunk.number,
        "first": chunk.first_id,
        "last": chunk.last_id,
    }


def _columns(results: Sequence[Result]) -> dict[str, list[object]]:
    return {
        "ids": [one.id for one in results],
        "states": [int(one.state) for one in results],
        "codes": [one.code[:120] for one in results],
        "retries": [one.retry_at for one in results],
    }
