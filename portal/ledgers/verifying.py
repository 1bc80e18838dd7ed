"""Verifying the ledgers: every line that was changed, removed, swapped, added or cut off is named."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from portal.audit.verifying import Walk, Words
from portal.foundation.database import db
from portal.ledgers import anchors, lines
from portal.ledgers.chain import HEAD
from portal.ledgers.lines import PURPOSE, Ledger
from portal.ledgers.models import LedgerBacklog, LedgerLink

BATCH = 2000


@dataclass
class Report:
    """What was found: `faults` in words, none when every ledger holds."""

    lines: int = 0
    anchors: int = 0
    waiting: int = 0  # lines of before there was a chain that have no link yet
    faults: list[str] = field(default_factory=list)


def verify() -> Report:
    """Go along the whole chain, hold it against every anchor, and then look for lines that are not in it."""
    report, walk = Report(), _Walk(PURPOSE)
    report.anchors = walk.along(db.session.execute(HEAD).first(), anchors.known(), _links())
    report.lines, report.faults = walk.position, walk.faults
    for ledger in lines.declared():
        _look_outside(ledger, report)
    return report


def _links() -> Iterator[Any]:
    """Every link with its line, in the order of the chain."""
    last = 0
    query = sa.select(*LedgerLink.__table__.c).order_by(LedgerLink.position).limit(BATCH)
    while True:
        found = db.session.execute(query.where(LedgerLink.position > last)).all()
        known = _lines_of(found)
        for link in found:
            line = known.get((link.ledger, link.line_id))
            place = SimpleNamespace(entry_id=f"{link.ledger} {link.line_id}", id=line.id if line else None, line=line)
            yield SimpleNamespace(**link._asdict(), **vars(place))
        if len(found) < BATCH:
            return
        last = found[-1].position


def _lines_of(links: Any) -> dict[tuple[str, int], Any]:
    found: dict[tuple[str, int], Any] = {}
    for ledger in lines.declared():
        ids = [link.line_id for link in links if link.ledger == ledger.name]
        rows = ledger.rows
        for line in db.session.execute(sa.select(rows).where(rows.c.id.in_(ids))) if ids else ():
            found[ledger.name, line.id] = line
    return found


def _look_outside(ledger: Ledger, report: Report) -> None:
    backlog = db.session.get(LedgerBacklog, ledger.name)
    rows, link = ledger.rows, LedgerLink.__table__
    mine = sa.and_(link.c.ledger == ledger.name, link.c.line_id == rows.c.id)
    outside = sa.select(rows.c.id).outerjoin(link, mine).where(link.c.position.is_(None)).order_by(rows.c.id)
    for line_id in db.session.scalars(outside):
        if backlog is not None and backlog.next_id <= line_id <= backlog.last_id:
            report.waiting += 1
        else:
            told = f"Line {ledger.name} {line_id} has no link: it was put in past the portal, or its link was removed."
            report.faults.append(told)


class _Walk(Walk):
    words = Words(
        entry="Line {} was changed.",
        link="The link of line {} was changed; the line was not.",
        either="Line {} or its link was changed.",
        removed="Line {} was removed; its link {} is still there.",
        place="line {}",
        lost="{} lines, {} to {}, can’t be verified: their key {} is not in the ring.",
    )

    def code(self, key: bytes, before: str, row: Any) -> str:
        ledger = lines.by_name(row.ledger)
        return ledger.code(key, before, row.position, row.line, row.marks) if ledger else ""

    def fits(self, row: Any, key: bytes) -> None:
        ledger = lines.by_name(row.ledger)
        for column in ledger.held if ledger else ():
            if ledger and not ledger.is_marked(key, row.line, row.marks, column):
                self.faults.append(f"Line {row.entry_id}: {column} was changed.")
