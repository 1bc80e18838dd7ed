"""Verifying the chain: everything that was changed, removed, swapped, added or cut off is named."""

from collections.abc import Iterator
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
# What is wrong with a link that is off: the next one was sealed with the code it has, or with the one it should have.
ENTRY = "Entry {} was changed."
LINK = "The link of entry {} was changed; the entry was not."
UNNAMED = "Entry {} was emptied, and no erasure names it."
EITHER = "Entry {} or its link was changed."


@dataclass
class Report:
    """What was found: `faults` in words, none when the whole chain holds."""

    entries: int = 0
    newest: int = 0  # id of the last entry in the chain
    anchors: int = 0
    faults: list[str] = field(default_factory=list)


def verify() -> Report:
    """Go along the whole chain, hold it against every anchor, and then look for entries that are not in it."""
    report, walk = Report(), _Walk()
    head = db.session.execute(HEAD).first()
    if head is None:
        walk.faults.append("The head of the chain is missing.")
    elif head.position:
        # An anchor, too; read first, so that links that are added meanwhile disturb nobody.
        walk.remember(Anchor(head.position, head.code, "", "the head of the chain"))
    for anchor in anchors.known():
        walk.remember(anchor)
        report.anchors += 1
    for row in _links():
        walk.step(row)
    walk.end()
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


class _Walk:
    """Along the chain, link by link; one that is off is judged when the next is seen."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.position = 0
        self.entry_id = 0
        self.emptied: set[int] = set()  # entries that lost their words; what they said can't be held against their link
        self.named: set[int] = set()  # those of them that an erasure in the chain tells of
        self._keys = {crypto.identify(key): key for key in crypto.ring().keys(PURPOSE)}
        self._before: str | None = ""  # the code of the link before; none when it is missing
        self._off: str | None = None  # the code that the link before should have had, when it has another
        self._lost: dict[str, list[int]] = {}  # by key: the entries that only it could verify
        self._remembered: dict[int, list[Anchor]] = {}

    def remember(self, anchor: Anchor) -> None:
        """Take an anchor that the chain is held against."""
        if anchor.position < 1:
            self.faults.append(f"{anchor.source} can’t be read as an anchor.")
        self._remembered.setdefault(anchor.position, []).append(anchor)

    def step(self, row: Any) -> None:
        """Look at one link and its entry."""
        if row.position != self.position + 1:
            self._judge(EITHER)
            self.faults.append(f"Links {self.position + 1} to {row.position - 1} are missing, after {self._place()}.")
            self._before = None
        key = self._keys.get(row.key_id)
        if row.id is None:
            self._judge(EITHER)
            self.faults.append(f"Entry {row.entry_id} was removed; its link {row.position} is still there.")
        elif key is None:
            self._judge(EITHER)
            self._lost.setdefault(row.key_id, []).append(row.entry_id)
        else:
            self._compare(row, key)
        self.position, self.entry_id, self._before = row.position, row.entry_id, row.code
        for anchor in self._remembered.pop(row.position, []):
            if anchor.code != row.code:
                self.faults.append(f"Link {row.position} ({self._place()}) is not the one that {_known(anchor)}.")

    def end(self) -> None:
        """Say what was still open."""
        self._judge(EITHER)
        for key_id, entries in self._lost.items():
            self.faults.append(
                f"{len(entries)} entries, {entries[0]} to {entries[-1]}, can’t be verified: "
                f"their key {key_id} is not in the ring."
            )
        for position, known in sorted(self._remembered.items()):
            if position > self.position:
                self.faults.append(
                    f"The end was cut off: the chain ends at link {self.position} ({self._place()}), "
                    f"but {_known(known[0])} link {position}."
                )

    def _compare(self, row: Any, key: bytes) -> None:
        fits = self._before is None or code_of(key, self._before, row.position, row) == row.code
        if fits:
            self._judge(ENTRY)
            self.named |= emptying.named_by(row)
            return
        if self._off is not None and code_of(key, self._off, row.position, row) == row.code:
            self._judge(LINK)
            return
        self._judge(EITHER)
        if emptying.is_emptied(row):
            self.emptied.add(row.entry_id)
            return
        self._off = code_of(key, self._before or "", row.position, row)

    def _judge(self, words: str) -> None:
        """Say what is wrong with the link before, if anything is."""
        if self._off is not None:
            self.faults.append(words.format(self.entry_id))
            self._off = None

    def _place(self) -> str:
        return f"entry {self.entry_id}" if self.position else "the beginning"


def _known(anchor: Anchor) -> str:
    return f"{anchor.source}{f' of {anchor.at}' if anchor.at else ''} knows"
