"""What a request does, counted, so that two of them can be told apart or not: hashes, statements, rows, the answer.

An attacker who measures time sees work; work that is equal, step by step, gives nothing away on any machine.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import bcrypt
import sqlalchemy as sa
from sqlalchemy import event
from werkzeug.test import TestResponse

from portal.foundation.database import db

WRITES = re.compile(r"\s*(INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)
SECRETS = re.compile(
    r'((?:name="(?:csrf_token|form_key)" value|data-secret)=")[^"]*'
    r"|[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}(?=</bdi>)"
)


@dataclass
class Work:
    """Everything a request did, in order."""

    hashes: list[int] = field(default_factory=list)  # the cost of each
    statements: list[str] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)  # written, by verb and table


@dataclass(frozen=True)
class Answer:
    """Everything a browser sees of an answer, without what is random in each."""

    status: int
    headers: tuple[str, ...]
    cookies: tuple[str, ...]
    location: str
    body: str


@contextmanager
def measured() -> Iterator[Work]:
    """Count the work of what happens inside, in every thread."""
    work = Work()
    hashpw = bcrypt.hashpw

    def counted(text: bytes, salt: bytes) -> bytes:
        work.hashes.append(int(salt.split(b"$")[2]))
        return hashpw(text, salt)

    def told(_connection: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        work.statements.append(statement)
        if found := WRITES.match(statement):
            # SQLite cannot tell yet how many rows an INSERT … RETURNING wrote; one that cannot meet a row wrote one.
            is_told_later = "RETURNING" in statement and "ON CONFLICT" not in statement and cursor.rowcount < 1
            work.rows[f"{found[1].upper()} {found[2]}"] += 1 if is_told_later else max(cursor.rowcount, 0)

    engine: sa.Engine = db.engine
    bcrypt.hashpw = counted
    event.listen(engine, "after_cursor_execute", told)
    try:
        yield work
    finally:
        event.remove(engine, "after_cursor_execute", told)
        bcrypt.hashpw = hashpw


def seen(answer: TestResponse, *typed: str) -> Answer:
    """What a browser sees, with the texts that were typed taken out."""
    body = SECRETS.sub(r"\1", answer.text)
    for text in typed:
        body = body.replace(text, "typed")
    return Answer(
        answer.status_code,
        tuple(sorted(answer.headers.keys())),
        tuple(sorted(line.split("=")[0] for line in answer.headers.getlist("Set-Cookie"))),
        answer.headers.get("Location", ""),
        body,
    )


def told_apart(tries: dict[str, Callable[[], TestResponse]], typed: dict[str, str]) -> dict[str, list[str]]:
    """What differs between tries that should look the same: nothing, when the result is empty.

    Args:
        tries: by a name, what sends the request.
        typed: by the same names, the address that was typed.
    """
    results: dict[str, tuple[Work, Answer]] = {}
    for name, send in tries.items():
        with measured() as work:
            answer = send()
        results[name] = (work, seen(answer, typed[name]))
    [first, *others] = results.items()
    differences: dict[str, list[str]] = {}
    for name, found in others:
        parts = [
            f"{part}: {getattr(mine, part)!r} is not {getattr(theirs, part)!r} of {first[0]}"
            for mine, theirs in zip(found, first[1], strict=True)
            for part in vars(mine)
            if getattr(mine, part) != getattr(theirs, part)
        ]
        if parts:
            differences[name] = parts
    return differences
