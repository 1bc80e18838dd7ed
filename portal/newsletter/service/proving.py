"""Proof of consent: everything the ledgers know of one person, as a document that only this portal can have signed."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal.config import settings
from portal.customers import queries as customers
from portal.customers.models import ChannelConsent, Customer
from portal.foundation import crypto
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.ledgers.lines import PURPOSE
from portal.ledgers.models import LedgerLink
from portal.newsletter import queries
from portal.newsletter.models import ConsentEvent, FormVersion

KIND = "proof of consent"
MOST = 5000  # lines; who has more has them in the newest ones
Document = dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What became of a proof that somebody brought: why it is not ours, or which of its lines stand otherwise now."""

    problem: str = ""
    made_at: str = ""
    lines: int = 0
    changed: tuple[str, ...] = ()


def document(email: str, customer: Customer | None = None) -> Document:
    """The proof of one address, and of the customer who has it: each line with its words and its place in the chain."""
    events = list(
        db.session.scalars(
            sa.select(ConsentEvent).where(queries.is_about(email)).order_by(ConsentEvent.id.desc()).limit(MOST)
        )
    )[::-1]
    steps = list(customers.channel_history(customer.id, MOST))[::-1] if customer is not None else []
    names = {row.id: row.name for row in queries.audiences()}
    standing = {row.audience.name: row.state.value for row in queries.of_email(email)}
    channels = customers.channel_states(customer.id) if customer is not None else {}
    versions = {event.form_version.id: event.form_version for event in events if event.form_version is not None}
    places = _places(events, steps)
    lines = [(event.at, _of_event(event, names) | places.get(("newsletter", event.id), {})) for event in events]
    lines += [(step.at, _of_step(step) | places.get(("channels", step.id), {})) for step in steps]
    told: Document = {
        "document": KIND,
        "version": 1,
        "shop": settings().shop_name,
        "made_at": now().isoformat(timespec="seconds"),
        "about": {"email": email, "customer_number": customer.number if customer is not None else None},
        "audiences": standing,
        "channels": {channel.value: agreed for channel, agreed in channels.items()},
        "words": {str(version.id): _words(version) for version in versions.values()},
        "lines": [line for _, line in sorted(lines, key=lambda pair: pair[0])],
    }
    key = crypto.ring().key(PURPOSE)
    return told | {"signature": {"key": crypto.identify(key), "code": _code(key, told)}}


def written(told: Document) -> str:
    """A proof as a file."""
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def check(text: str) -> Verdict:
    """Whether a proof was signed here and is as it was then, and whether its lines stand in the ledger still."""
    try:
        told = json.loads(text)
        signature = told.pop("signature")
        key_id, code, lines = str(signature["key"]), str(signature["code"]), told["lines"]
        made_at, known = str(told["made_at"]), told["document"] == KIND
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Verdict("This is no proof of consent.")
    key = crypto.ring().by_id(PURPOSE, key_id)
    if not known or key is None:
        return Verdict("This was not signed here, or with a key that is gone.")
    if not code.isascii() or not hmac.compare_digest(_code(key, told), code):
        return Verdict("This was changed after it was signed.")
    changed = [f"{line['ledger']} {line['line']}" for line in lines if not _stands(line)]
    return Verdict(made_at=made_at, lines=len(lines), changed=tuple(changed))


def _places(events: Sequence[ConsentEvent], steps: Sequence[ChannelConsent]) -> dict[tuple[str, int], Document]:
    found: dict[tuple[str, int], Document] = {}
    for ledger, rows in (("newsletter", events), ("channels", steps)):
        ids = [row.id for row in rows]
        for start in range(0, len(ids), 500):
            mine = sa.select(LedgerLink).where(
                LedgerLink.ledger == ledger, LedgerLink.line_id.in_(ids[start : start + 500])
            )
            for link in db.session.scalars(mine):
                found[ledger, link.line_id] = {"place": link.position, "code": link.code}
    return found


def _of_event(event: ConsentEvent, names: Mapping[int, str]) -> Document:
    file = event.source_file
    line = {
        "ledger": "newsletter",
        "line": event.id,
        "at": event.at.isoformat(timespec="seconds"),
        "channel": "email",
        "audience": names.get(event.audience_id, ""),
        "action": event.action.value,
        "source": event.source.value,
        "page": event.page,
        "network_address": event.address,
        "browser": event.browser,
        "entered_by": event.actor,
        "words": str(event.form_version_id or ""),
        "mail": event.message_id,
        "mail_server_said": event.reply,
    }
    if file is not None:
        line["file"] = file.file_name
        line["legal_basis"] = file.basis
        line["given_on"] = file.given_on.isoformat()
    return {name: value for name, value in line.items() if value != ""}


def _of_step(step: ChannelConsent) -> Document:
    line = {
        "ledger": "channels",
        "line": step.id,
        "at": step.at.isoformat(timespec="seconds"),
        "channel": step.channel.value,
        "action": step.action.value,
        "source": step.source.value,
        "entered_by": step.who,
        "said": step.words,
    }
    return {name: value for name, value in line.items() if value != ""}


def _words(version: FormVersion) -> Document:
    return {
        "text": version.text,
        "sha256": version.digest,
        "locale": version.locale,
        "box_ticked_at_first": version.is_ticked,
        "privacy_notice": version.privacy_version,
    }


def _code(key: bytes, told: Document) -> str:
    text = KIND + json.dumps(told, sort_keys=True, separators=(",", ":"))
    return hmac.digest(key, text.encode(), hashlib.sha256).hex()


def _stands(line: Document) -> bool:
    if "code" not in line:
        return True  # it had no link yet when the proof was made
    mine = sa.select(LedgerLink.code).where(LedgerLink.ledger == line["ledger"], LedgerLink.line_id == line["line"])
    return bool(db.session.scalar(mine) == line["code"])
