"""Verifying the chain: everything that was changed, removed, swapped, added or cut off is named."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from portal.audit import anchors, emptying
from portal.audit.anchors import Anchor
from portal.audit.chain import HEAD, PURPOSE, code_of
from portal.audit.models import AuditEntry, AuditLink
from portal.foundation import crypto
from portal.foundation.database import db

BATCH = 2000
UNNAMED = "Entry {} was emptied, and no erasure names it."


@dataclass(frozen=True)
class Words:
    """What is said of an entry whose link is off, and of what one is called.

    The next link was sealed with the code that this one has, or with the one it should have.
    """

    entry: str = "Entry {} was changed."
    link: str = "The link of entry {} was changed; the entry was not."
    either: str = "Entry {} or its link was changed."
    removed: str = "Entry {} was removed; its link {} is still there."
    place: str = "entry {}"
    lost: str = "{} entries, {} to {}, can’t be verified: their key {} is not in the ring."


@dataclass
class Report:
    """What was found: `faults` in words, none when the whole chain holds."""

    entries: int = 0
    newest: int = 0  # id of the last entry in the chain
    anchors: int = 0
    faults: list[str] = field(default_factory=list)


def verify() -> Report:
    """Go along the whole chain, hold it against every anchor, and then look for entries that are not in it."""
    report, walk = Report(), _AuditWalk(PURPOSE)
    report.anchors = walk.along(db.session.execute(HEAD).first(), anchors.known(), _links())
    walk.faults += [UNNAMED.format(entry_id) for entry_id in sorted(walk.emptied - walk.named)]
    report.entries, report.newest, report.faults = walk.position, walk.entry_id, walk.faults
    outside = sa.select(AuditEntry.id).outerjoin(AuditLink, AuditLink.entry_id == AuditEntry.id)
    for entry_id in db.session.scalars(outside.where(AuditLink.position.is_(None)).order_by(AuditEntry.id)):
        report.faults.append(f"Entry {entry_id} has no link: it was put in past the portal, or its link was removed.")
    return report


def _links() -> Iterator[Any]:
    entry = AuditEntry.__table__.c
    query = (
        sa.select(AuditLink.position, AuditLink.entry_id, AuditLink.key_id, AuditLink.code, *entry)
        .outerjoin(AuditEntry, AuditEntry.id == AuditLink.entry_id)
        .order_by(AuditLink.position)
    )
    yield from db.session.execute(query.execution_options(yield_per=BATCH))


class Walk(ABC):
    """Along a chain, link by link; one that is off is judged when the next is seen.

    A row has `position`, `entry_id`, `key_id` and `code` of a link, and `id`, none where its entry is gone.
    """

    words = Words()

    def __init__(self, purpose: str) -> None:
        self.faults: list[str] = []
        self.position = 0
        self.entry_id: Any = 0
        self._keys = {crypto.identify(key): key for key in crypto.ring().keys(purpose)}
        self._before: str | None = ""  # the code of the link before; none when it is missing
        self._off: str | None = None  # the code that the link before should have had, when it has another
        self._lost: dict[str, list[Any]] = {}  # by key: the entries that only it could verify
        self._remembered: dict[int, list[Anchor]] = {}

    def along(self, head: Any, known: Iterable[Anchor], rows: Iterable[Any]) -> int:
        """Go the whole way, held against the head of the chain and its anchors; returns how many anchors there are."""
        if head is None:
            self.faults.append("The head of the chain is missing.")
        elif head.position:
            # An anchor, too; read first, so that links that are added meanwhile disturb nobody.
            self.remember(Anchor(head.position, head.code, "", "the head of the chain"))
        count = 0
        for anchor in known:
            self.remember(anchor)
            count += 1
        for row in rows:
            self.step(row)
        self.end()
        return count

    def remember(self, anchor: Anchor) -> None:
        """Take an anchor that the chain is held against."""
        if anchor.position < 1:
            self.faults.append(f"{anchor.source} can’t be read as an anchor.")
        self._remembered.setdefault(anchor.position, []).append(anchor)

    def step(self, row: Any) -> None:
        """Look at one link and its entry."""
        if row.position != self.position + 1:
            self._judge(self.words.either)
            self.faults.append(f"Links {self.position + 1} to {row.position - 1} are missing, after {self._place()}.")
            self._before = None
        key = self._keys.get(row.key_id)
        if row.id is None:
            self._judge(self.words.either)
            self.faults.append(self.words.removed.format(row.entry_id, row.position))
        elif key is None:
            self._judge(self.words.either)
            self._lost.setdefault(row.key_id, []).append(row.entry_id)
        else:
            self._compare(row, key)
        self.position, self.entry_id, self._before = row.position, row.entry_id, row.code
        for anchor in self._remembered.pop(row.position, []):
            if anchor.code != row.code:
                self.faults.append(f"Link {row.position} ({self._place()}) is not the one that {_known(anchor)}.")

    def end(self) -> None:
        """Say what was still open."""
        self._judge(self.words.either)
        for key_id, entries in self._lost.items():
            self.faults.append(self.words.lost.format(len(entries), entries[0], entries[-1], key_id))
        for position, known in sorted(self._remembered.items()):
            if position > self.position:
                self.faults.append(
                    f"The end was cut off: the chain ends at link {self.position} ({self._place()}), "
                    f"but {_known(known[0])} link {position}."
                )

    @abstractmethod
    def code(self, key: bytes, before: str, row: Any) -> str:
        """The code that a link should have."""

    @abstractmethod
    def fits(self, row: Any, key: bytes) -> None:
        """Look closer at an entry whose link is as it should be."""

    def is_excused(self, row: Any) -> bool:
        """Whether an entry may say something else than what was sealed."""
        del row
        return False

    def _compare(self, row: Any, key: bytes) -> None:
        if self._before is None or self.code(key, self._before, row) == row.code:
            self._judge(self.words.entry)
            self.fits(row, key)
            return
        if self._off is not None and self.code(key, self._off, row) == row.code:
            self._judge(self.words.link)
            return
        self._judge(self.words.either)
        if not self.is_excused(row):
            self._off = self.code(key, self._before or "", row)

    def _judge(self, words: str) -> None:
        """Say what is wrong with the link before, if anything is."""
        if self._off is not None:
            self.faults.append(words.format(self.entry_id))
            self._off = None

    def _place(self) -> str:
        return self.words.place.format(self.entry_id) if self.position else "the beginning"


class _AuditWalk(Walk):
    """Along the chain of the audit log."""

    def __init__(self, purpose: str) -> None:
        super().__init__(purpose)
        self.emptied: set[int] = set()  # entries that lost their words; what they said can't be held against their link
        self.named: set[int] = set()  # those of them that an erasure in the chain tells of

    def code(self, key: bytes, before: str, row: Any) -> str:
        return code_of(key, before, row.position, row)

    def fits(self, row: Any, key: bytes) -> None:
        del key
        self.named |= emptying.named_by(row)

    def is_excused(self, row: Any) -> bool:
        if not emptying.is_emptied(row):
            return False
        self.emptied.add(row.entry_id)
        return True


def _known(anchor: Anchor) -> str:
    return f"{anchor.source}{f' of {anchor.at}' if anchor.at else ''} knows"
