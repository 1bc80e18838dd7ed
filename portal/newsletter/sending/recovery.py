"""What a connection left behind when it died: settled from its journal, before anybody else takes its chunk.

An answer in the journal is a result. A start without an answer is in doubt. An intent without a start was provably not
sent, as long as the journal is whole; after a power cut, or when it lies on another machine, that is in doubt, too.
"""

import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from portal.newsletter.models import DeliveryState
from portal.newsletter.sending import journal
from portal.newsletter.sending.answers import of_code
from portal.newsletter.sending.journal import Journal, Owner, Records
from portal.newsletter.sending.ledger import Ledger
from portal.newsletter.sending.rows import Chunk, Result

IN_DOUBT = "The sender ended before the answer."


def of_former(ledger: Ledger, chunk: Chunk, folder: Path, mine: Mapping[str, Journal]) -> None:
    """Settle what the former holder of a chunk had begun, in the transaction in which it was claimed.

    Whoever sleeps must not wake up in the middle of a mail that another one has begun: another process is ended, and
    a connection of this one, whose journal is among `mine`, begins nothing more.
    """
    owner = Owner.read(chunk.former)
    if chunk.former in mine:
        mine[chunk.former].take_over()
    elif owner is not None:
        _end(owner)
    path = folder / chunk.former
    known = owner is not None and path.is_file()
    same_boot = owner is not None and owner.boot == journal.boot()
    is_whole = known and same_boot
    forgot = ledger.may_forget and not same_boot  # who waits may have been begun, and the power cut took it away
    records = journal.read(path) if known else Records()
    begun = [(who, DeliveryState.INTENT if forgot else state) for who, state, _epoch in ledger.intents(chunk)]
    told = [_result(chunk.campaign_id, who, state, records, is_whole=is_whole) for who, state in begun]
    results = [one for one in told if one is not None]
    if results:
        ledger.recover(chunk, results)


def of_this_machine(ledger: Ledger, folder: Path) -> None:
    """Have the chunks of connections that died here claimed at once, then remove journals that nothing hangs on."""
    for owner, path in journal.left_behind(folder):
        if ledger.let_go(str(owner)) == 0:
            path.unlink(missing_ok=True)


def _result(campaign_id: int, recipient_id: int, state: int, records: Records, *, is_whole: bool) -> Result | None:
    who = (campaign_id, recipient_id)
    if who in records.answers:
        return of_code(recipient_id, records.answers[who])
    if who in records.started:
        return Result(recipient_id, DeliveryState.UNKNOWN, IN_DOUBT)
    if state != DeliveryState.INTENT:
        return None
    if is_whole:
        return Result(recipient_id, DeliveryState.QUEUED)
    return Result(recipient_id, DeliveryState.UNKNOWN, IN_DOUBT)


def _end(owner: Owner) -> None:
    if owner.is_alive and owner.pid != os.getpid():
        with suppress(ProcessLookupError):  # it has just ended
            os.kill(owner.pid, signal.SIGKILL)
        while owner.is_alive:
            os.sched_yield()
