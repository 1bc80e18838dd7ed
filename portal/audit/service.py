"""Actor and record(): the line that every verb of weight writes."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.audit import chain, sealing  # noqa: F401 - what is recorded here is sealed when it is stored
from portal.audit.models import ActorKind, AuditEntry
from portal.foundation import trace
from portal.foundation.database import db

Changes = Mapping[str, tuple[object, object]]


@dataclass(frozen=True)
class Actor:
    """Who acts: a kind, a row's id where there is one, and a name that outlives the row."""

    kind: ActorKind
    id: int | None = None
    name: str = ""


SYSTEM = Actor(ActorKind.SYSTEM, name="Portal")
OPERATOR = Actor(ActorKind.OPERATOR, name="Operator")
VISITOR = Actor(ActorKind.VISITOR, name="Visitor")


@dataclass(frozen=True)
class Subject:
    """On whom or what: a kind, the row's id, and a name that outlives the row."""

    kind: str
    id: int | None
    name: str


def record(verb: str, subject: Subject, *, by: Actor, changes: Changes | None = None, reason: str = "") -> None:
    """Write one entry in the caller's transaction; fields that did not change are left out."""
    told = {name: [_plain(old), _plain(new)] for name, (old, new) in (changes or {}).items() if old != new}
    entry = AuditEntry(
        actor_kind=by.kind,
        actor_id=by.id,
        actor_name=by.name,
        subject_kind=subject.kind,
        subject_id=subject.id,
        subject_name=subject.name[:255],
        verb=verb,
        changes=told,
        reason=reason,
        request_number=trace.current(),
    )
    db.session.add(entry)


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, bool | int) else str(value)
