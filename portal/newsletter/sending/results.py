"""What became of the mails of a chunk, kept until there are enough to be written together."""

import time

from portal.newsletter.sending.ledger import Ledger
from portal.newsletter.sending.rows import Chunk, Result

BATCH = 50  # results written together
LATEST = 0.1  # seconds that a result waits
RESERVE = 0.1  # of a lease, at its end, in which nothing begins


class Results:
    """The results of one connection; written, they hold its lease a while longer."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._kept: list[Result] = []
        self._written_at = 0.0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def is_lease_over(self) -> bool:
        """Whether too little is left of the lease to begin a mail."""
        return time.monotonic() > self._written_at + self._ledger.lease.total_seconds() * (1 - RESERVE)

    def lease(self, since: float) -> None:
        """The lease began at a moment of the monotonic clock: before the statement that says so, or it seems longer."""
        self._written_at = since

    def note(self, chunk: Chunk, result: Result) -> None:
        """Keep a result, and write all when it is time.

        Raises:
            Fenced: the chunk is somebody else's by now.
        """
        self._kept.append(result)
        if len(self._kept) >= BATCH or time.monotonic() - self._written_at > LATEST:
            self.write(chunk)

    def write(self, chunk: Chunk) -> None:
        """Write all.

        Raises:
            Fenced: the chunk is somebody else's by now.
        """
        since = time.monotonic()
        self._ledger.settle(chunk, self._kept)
        self._kept.clear()
        self.lease(since)

    def drop(self) -> None:
        """Forget them: somebody else has read them in the journal."""
        self._kept.clear()
