"""The sender's few statements, each short and each fenced by the epoch of its chunk.

A plain connection of the driver, since a mail has 0.3 ms: to build these through the ORM takes longer than to run them.
On SQLite it does not wait for the disk at every commit (`synchronous=NORMAL`): what a power cut takes away, the journal
tells, and what neither tells is in doubt and never sent again by itself.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.foundation.clock import now
from portal.newsletter.models import CampaignState, ChunkState, DeliveryState
from portal.newsletter.rules.campaigns import COUNTED

LEASE = timedelta(seconds=300)
SENDING = (CampaignState.SENDING.value, CampaignState.FINISHING.value)


@dataclass(frozen=True)
class Chunk:
    """A lease: these recipients are this connection's to write to, as long as nobody else has a higher epoch."""

    campaign_id: int
    number: int
    first_id: int
    last_id: int
    size: int
    epoch: int
    former: str = ""  # worker that held it when its lease ran out; empty where it was free
    per_hour: int | None = None  # mails of the campaign, over all connections

    @property
    def pause(self) -> float:
        """Seconds before each mail: chunks of a campaign that is held back go out one after the other."""
        return 3600.0 / self.per_hour if self.per_hour else 0.0


@dataclass(frozen=True)
class Waiting:
    """A recipient who has yet to be written to."""

    id: int
    attempt: int
    email: str
    first_name: str
    last_name: str
    number: str


@dataclass(frozen=True)
class Result:
    """What became of a recipient's mail."""

    id: int
    state: DeliveryState
    code: str = ""
    retry_at: datetime | None = None


class Fenced(Exception):
    """Somebody else holds the chunk by now: nothing more may be done with it."""


_DUE = """
  SELECT k.campaign_id, k.number, k.worker, k.state, c.per_hour
  FROM delivery_chunk k JOIN campaign c ON c.id = k.campaign_id
  WHERE k.state IN (0, 1) AND k.due_at <= :now AND (
    (c.state IN ('sending', 'finishing') AND (c.next_slot_at IS NULL OR c.next_slot_at <= :now))
    -- What a dead sender holds of a campaign that is to stop is settled, so that it can.
    OR (k.state = 1 AND c.state IN ('pausing', 'cancelling')))
  ORDER BY c.id, k.number LIMIT 1 {lock}"""
_TAKE = """
  UPDATE delivery_chunk SET state = 1, worker = :worker, epoch = epoch + 1, due_at = :until
  WHERE campaign_id = :campaign AND number = :number
  RETURNING campaign_id, number, first_id, last_id, size, epoch"""
_SLOT = "UPDATE campaign SET next_slot_at = :slot WHERE id = :campaign"
_WAITING = """
  SELECT d.subscription_id, d.attempt, COALESCE(s.email, ''), COALESCE(p.first_name, ''), COALESCE(p.last_name, ''),
         COALESCE(p.number, '')
  FROM delivery d LEFT JOIN subscription s ON s.id = d.subscription_id LEFT JOIN customer p ON p.id = s.customer_id
  WHERE d.campaign_id = :campaign AND d.subscription_id BETWEEN :first AND :last AND d.chunk = :number
    AND d.state IN (0, 4) AND (d.retry_at IS NULL OR d.retry_at <= :now)
  ORDER BY d.subscription_id"""
# The row of the subscription is locked on PostgreSQL: an unsubscribe that is answered was either seen here or came
# after this commit. Whoever unsubscribes or suppresses somebody changes that row.
_GUARD = {
    "postgresql": """
  UPDATE delivery d SET state = 1, attempt = d.attempt + 1, epoch = :epoch, at = :now
  FROM delivery_chunk k, campaign c, subscription s
  WHERE d.campaign_id = :campaign AND d.subscription_id = :id AND d.state IN (0, 4)
    AND k.campaign_id = :campaign AND k.number = :number AND k.epoch = :epoch AND k.worker = :worker
    AND c.id = :campaign AND c.state IN ('sending', 'finishing')
    AND s.id = (SELECT id FROM subscription WHERE id = :id AND state = 'active' FOR SHARE)
    AND NOT EXISTS (SELECT 1 FROM suppression u WHERE u.email_key = s.email_key)
  RETURNING d.subscription_id""",
    "sqlite": """
  UPDATE delivery SET state = 1, attempt = attempt + 1, epoch = :epoch, at = :now
  WHERE campaign_id = :campaign AND subscription_id = :id AND state IN (0, 4)
    AND EXISTS (SELECT 1 FROM delivery_chunk k WHERE k.campaign_id = :campaign AND k.number = :number
                AND k.epoch = :epoch AND k.worker = :worker)
    AND EXISTS (SELECT 1 FROM campaign c WHERE c.id = :campaign AND c.state IN ('sending', 'finishing'))
    AND EXISTS (SELECT 1 FROM subscription s WHERE s.id = :id AND s.state = 'active'
                AND NOT EXISTS (SELECT 1 FROM suppression u WHERE u.email_key = s.email_key))
  RETURNING subscription_id""",
}
_WHY = """
  SELECT c.state, k.epoch, k.worker, s.state, u.email_key FROM campaign c
  JOIN delivery_chunk k ON k.campaign_id = c.id AND k.number = :number
  LEFT JOIN subscription s ON s.id = :id LEFT JOIN suppression u ON u.email_key = s.email_key
  WHERE c.id = :campaign"""
_SETTLE = {
    "postgresql": """
  UPDATE delivery d SET state = r.state, code = r.code, retry_at = r.retry_at, attempt = d.attempt - r.back, at = :now
  FROM unnest(:ids::int[], :states::smallint[], :codes::text[], :retries::timestamptz[], :backs::smallint[])
    AS r (id, state, code, retry_at, back)
  WHERE d.campaign_id = :campaign AND d.subscription_id = r.id AND d.state IN (0, 1, 4) RETURNING d.state""",
    "sqlite": """
  UPDATE delivery SET state = :state, code = :code, retry_at = :retry_at, attempt = attempt - :back, at = :now
  WHERE campaign_id = :campaign AND subscription_id = :id AND state IN (0, 1, 4)""",
}
_KEEP = """
  UPDATE delivery_chunk SET due_at = :until {counts}
  WHERE campaign_id = :campaign AND number = :number AND epoch = :epoch AND worker = :worker"""
_LEFT = """
  SELECT COUNT(*), MIN(COALESCE(retry_at, :now)) FROM delivery
  WHERE campaign_id = :campaign AND subscription_id BETWEEN :first AND :last AND chunk = :number
    AND state IN (0, 1, 4)"""
# What began and has no result when a chunk is given back was provably not sent: whoever gives it back sent all it had.
_NOT_SENT = """
  UPDATE delivery SET state = 0, attempt = attempt - 1
  WHERE campaign_id = :campaign AND subscription_id BETWEEN :first AND :last AND chunk = :number
    AND state = 1 AND epoch = :epoch"""
_RELEASE = """
  UPDATE delivery_chunk SET state = :state, due_at = :due, worker = ''
  WHERE campaign_id = :campaign AND number = :number AND epoch = :epoch AND worker = :worker"""
_INTENTS = """
  SELECT subscription_id, state, epoch FROM delivery
  WHERE campaign_id = :campaign AND subscription_id BETWEEN :first AND :last AND chunk = :number
    AND state IN (0, 1, 4)"""
_LET_GO = "UPDATE delivery_chunk SET due_at = :now WHERE state = 1 AND worker = :worker"


class Ledger:
    """The statements on one connection, used by one thread."""

    def __init__(self, engine: sa.Engine, worker: str) -> None:
        self.worker = worker
        self._engine = engine
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._connection: Any = None
        self._sql: dict[str, str] = {}
        driver: Any = engine.dialect.loaded_dbapi
        self.troubles: tuple[type[Exception], ...] = (driver.OperationalError, driver.InterfaceError)

    def connect(self) -> None:
        """Open a connection, or another one when the first was lost."""
        self.close()
        raw = self._engine.raw_connection()
        self._connection = raw.driver_connection
        raw.detach()  # it is never given back to the pool: on SQLite it is set up in another way
        if self._is_sqlite:
            self._connection.execute("PRAGMA synchronous=NORMAL")

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit at the end, or roll back."""
        connection = self._connection
        if self._is_sqlite:
            connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.commit()
        except BaseException:
            if not getattr(connection, "closed", False):
                connection.rollback()
            raise

    def is_anything_due(self) -> bool:
        """Whether there seems to be a chunk to take; takes no lock."""
        try:
            return self._one(_DUE.format(lock=""), now=now()) is not None
        finally:
            self._connection.rollback()

    def claim(self) -> Chunk | None:
        """Take the next chunk that is due, within a transaction; None when there is none."""
        lock = "" if self._is_sqlite else "FOR UPDATE OF k SKIP LOCKED"
        moment = now()
        due = self._one(_DUE.format(lock=lock), now=moment)
        if due is None:
            return None
        campaign, number, former, state, per_hour = due
        row = self._one(_TAKE, worker=self.worker, until=moment + LEASE, campaign=campaign, number=number)
        chunk = replace(Chunk(*row), per_hour=per_hour, former=former if state == ChunkState.LEASED else "")
        if per_hour:
            self._run(_SLOT, slot=moment + timedelta(hours=chunk.size / per_hour), campaign=campaign)
        return chunk

    def waiting(self, chunk: Chunk) -> list[Waiting]:
        """Who of a chunk is to be written to now."""
        with self.transaction():
            rows = self._all(_WAITING, now=now(), **_of(chunk))
        return [Waiting(*row) for row in rows]

    def begin(self, chunk: Chunk, recipient_id: int) -> str:
        """Guard and intent in one statement, committed: empty when the mail may begin, else why it may not.

        Raises:
            Fenced: the chunk is somebody else's, or the campaign does not send now.
        """
        with self.transaction():
            said = self._one(
                _GUARD["sqlite" if self._is_sqlite else "postgresql"],
                id=recipient_id,
                epoch=chunk.epoch,
                worker=self.worker,
                now=now(),
                **_of(chunk),
            )
            if said is not None:
                return ""
            why = self._one(_WHY, id=recipient_id, campaign=chunk.campaign_id, number=chunk.number)
        if why is None or why[0] not in SENDING or why[1] != chunk.epoch or why[2] != self.worker:
            raise Fenced(why[0] if why is not None else "gone")
        return "suppressed" if why[4] is not None else str(why[3] or "gone")

    def settle(self, chunk: Chunk, results: Sequence[Result]) -> None:
        """Write what became of mails, and hold the chunk a while longer, in one transaction.

        Raises:
            Fenced: the chunk is somebody else's by now; nothing is written.
        """
        with self.transaction():
            self._write(chunk, results)

    def recover(self, chunk: Chunk, results: Sequence[Result]) -> None:
        """The same inside the transaction in which the chunk was claimed."""
        self._write(chunk, results)

    def intents(self, chunk: Chunk) -> list[tuple[int, int, int]]:
        """Id, state and epoch of the recipients of a chunk that have no result."""
        return [tuple(row) for row in self._all(_INTENTS, **_of(chunk))]

    def release(self, chunk: Chunk, after: timedelta = timedelta(0)) -> None:
        """Give a chunk back: done, or open again for those who are tried later, at the earliest `after` from now.

        Raises:
            Fenced: the chunk is somebody else's by now.
        """
        with self.transaction():
            self._run(_NOT_SENT, epoch=chunk.epoch, **_of(chunk))
            count, retry_at = self._one(_LEFT, now=now(), **_of(chunk))
            state = ChunkState.OPEN if count else ChunkState.DONE
            due = self._read_moment(retry_at) or now()
            due = max(due, now() + after)
            held = {"worker": self.worker, "epoch": chunk.epoch}
            self._fenced(_RELEASE, state=int(state), due=due, campaign=chunk.campaign_id, number=chunk.number, **held)

    def let_go(self, worker: str) -> int:
        """End the leases of a worker that is dead: anybody may take its chunks now; returns how many it held."""
        with self.transaction():
            return int(self._run(_LET_GO, worker=worker, now=now()).rowcount)

    def _write(self, chunk: Chunk, results: Sequence[Result]) -> None:
        """Rows that have a result already count no second time: a commit whose answer was lost is tried again."""
        moment = now()
        changed = self._changed_rows(chunk, results, moment) if results else []
        counts = {COUNTED[state]: changed.count(state) for state in sorted(set(changed)) if state in COUNTED}
        told = "".join(f", {name} = {name} + {number:d}" for name, number in counts.items())
        held = {"number": chunk.number, "epoch": chunk.epoch, "worker": self.worker}
        self._fenced(_KEEP.format(counts=told), until=moment + LEASE, campaign=chunk.campaign_id, **held)

    def _changed_rows(self, chunk: Chunk, results: Sequence[Result], moment: datetime) -> list[DeliveryState]:
        if not self._is_sqlite:
            columns = {
                "ids": [one.id for one in results],
                "states": [int(one.state) for one in results],
                "codes": [one.code[:120] for one in results],
                "retries": [one.retry_at for one in results],
                "backs": [_back(one) for one in results],
            }
            rows = self._all(_SETTLE["postgresql"], now=moment, campaign=chunk.campaign_id, **columns)
            return [DeliveryState(row[0]) for row in rows]
        return [one.state for one in results if self._settle_one(chunk, one, moment)]

    def _settle_one(self, chunk: Chunk, one: Result, moment: datetime) -> bool:
        told = {"state": int(one.state), "code": one.code[:120], "retry_at": one.retry_at, "back": _back(one)}
        done = self._run(_SETTLE["sqlite"], now=moment, campaign=chunk.campaign_id, id=one.id, **told)
        return bool(done.rowcount)

    def _fenced(self, statement: str, **values: object) -> None:
        if self._run(statement, **values).rowcount != 1:
            raise Fenced("lease")

    def _run(self, statement: str, **values: object) -> Any:
        if self._is_sqlite:
            told = {name: _written(one) if isinstance(one, datetime) else one for name, one in values.items()}
            return self._connection.execute(statement, told)
        sql = self._sql.get(statement)
        if sql is None:
            sql = self._sql[statement] = re.sub(r"(?<!:):(\w+)", r"%(\1)s", statement)
        return self._connection.execute(sql, values)

    def _one(self, statement: str, **values: object) -> Any:
        return self._run(statement, **values).fetchone()

    def _all(self, statement: str, **values: object) -> list[Any]:
        return list(self._run(statement, **values).fetchall())

    def _read_moment(self, value: object) -> datetime | None:
        if isinstance(value, str):
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        return value if isinstance(value, datetime) else None


def _of(chunk: Chunk) -> dict[str, int]:
    return {
        "campaign": chunk.campaign_id,
        "number": chunk.number,
        "first": chunk.first_id,
        "last": chunk.last_id,
    }


def _back(result: Result) -> int:
    """A mail that goes back to the queue was no try."""
    return 1 if result.state is DeliveryState.QUEUED else 0


def _written(moment: datetime) -> str:
    """As SQLAlchemy writes moments on SQLite."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
