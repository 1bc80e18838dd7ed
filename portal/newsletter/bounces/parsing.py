"""What an inbound mail says: a bounce, a complaint, a delay, somebody's reply, or nothing that the portal understands.

Read as MIME, never searched through as a whole: delivery reports (RFC 3464), feedback reports (RFC 5965), and for
servers that follow neither the detectors of flufl.bounce. Whatever comes, nothing is raised.
"""

import re
from base64 import b64decode
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message

from portal.newsletter.bounces import classifying
from portal.newsletter.models import EventKind, ReportKind

LONGEST = 255  # characters of what is told
MOST_PARTS = 100
MOST_OF_HEADER = 4000
MOST_OF_TEXT = 20_000
# A complaint by the registry of RFC 5965 7.3; `not-spam` is the opposite, `virus` and `other` are for somebody to read.
COMPLAINTS = {"abuse", "fraud", "opt-out", "opt-out-list", "miscategorized"}
TROUBLES = {"failed"}
WAITING = {"delayed"}
FINE = {"delivered", "relayed", "expanded"}
_AWAY = re.compile(
    r"^(?:auto(?:matic|mated)?[ -]?(?:reply|response|antwort)|out of (?:the )?office|abwesenheit|automatische antwort|"
    r"r[ée]ponse automatique|respuesta autom[áa]tica|resposta autom[áa]tica|risposta automatica|afwezig|"
    r"自动回复|自動返信|(?:re|aw|fwd?|wg|sv|antw):|read:|gelesen:|lu ?:)",
    re.IGNORECASE,
)
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Reading:
    """What was read out of a mail."""

    kind: ReportKind
    subject: str = ""
    trouble: EventKind | None = None  # of a bounce
    said: str = ""  # by the server, or what the mail is instead


def read(raw: bytes) -> Reading:
    """What an inbound mail says; what cannot be read is unclear."""
    try:
        mail = message_from_bytes(raw)
        found = _report(mail) or _reply(mail) or _odd(mail)
        return _told(found, _header(mail, "Subject"))
    except Exception as error:  # noqa: BLE001 - mails are made by anybody, and parsers of them break in many ways
        return Reading(ReportKind.UNCLEAR, said=f"It can’t be read: {type(error).__name__}")


def parts_of(mail: Message) -> list[Message]:
    """The parts of a mail, outermost first, no more than a mail has that is meant to be read."""
    found = []
    for part in mail.walk():
        found.append(part)
        if len(found) >= MOST_PARTS:
            break
    return found


def _told(found: Reading, subject: str) -> Reading:
    said = _BLANKS.sub(" ", found.said.replace("\0", "")).strip()[:LONGEST]
    return Reading(found.kind, _BLANKS.sub(" ", subject.replace("\0", "")).strip()[:LONGEST], found.trouble, said)


def _report(mail: Message) -> Reading | None:
    """By the parts of a report; their type says what it is, whatever the mail around them claims."""
    for part in parts_of(mail):
        match part.get_content_type():
            case "message/delivery-status" | "message/global-delivery-status":
                return _delivery(part)
            case "message/feedback-report":
                return _feedback(part)
            case "message/disposition-notification" | "message/global-disposition-notification":
                return Reading(ReportKind.REPLY, said="A receipt: the mail was read or deleted.")
    return None


def _delivery(part: Message) -> Reading | None:
    """The recipient that failed decides, then one that is still waited for."""
    recipients = [block for block in _blocks(part) if block["Action"] or block["Status"]]
    if not recipients:
        return None
    for actions in (TROUBLES, WAITING):
        for block in recipients:
            if _word(block, "Action") in actions:
                return _failed(block) if actions is TROUBLES else Reading(ReportKind.DELAY, said=_said(block))
    if all(_word(block, "Action") in FINE for block in recipients):
        return Reading(ReportKind.REPLY, said="Nothing went wrong: the mail was handed on.")
    return _failed(recipients[0])


def _failed(block: Message) -> Reading:
    said = _said(block)
    status = classifying.status_of(_header(block, "Status"))
    if not status or status.endswith(".0.0"):  # the server that refused often said more than the one that reports it
        told = classifying.status_of(said)
        status = told if told and (not status or not told.endswith(".0.0")) else status
    trouble = classifying.kind_of(status or "5.0.0", said)
    if trouble is None:
        return Reading(ReportKind.UNCLEAR, said=said)
    return Reading(ReportKind.BOUNCE, trouble=trouble, said=f"{status} {said}".strip())


def _feedback(part: Message) -> Reading:
    for block in _blocks(part):
        word = _word(block, "Feedback-Type")
        if word in COMPLAINTS:
            return Reading(ReportKind.COMPLAINT, said=f"{word} ({_header(block, 'User-Agent') or 'no name'})")
        if word == "not-spam":
            return Reading(ReportKind.REPLY, said="not-spam: somebody took it out of the spam folder.")
    return Reading(ReportKind.UNCLEAR, said="A feedback report of another kind.")


def _reply(mail: Message) -> Reading | None:
    """Answers of people and of programs on their behalf never count (RFC 3834)."""
    automatic = _word(mail, "Auto-Submitted").partition(";")[0]
    by_mark = automatic == "auto-replied" or any(mail[name] for name in ("X-Autoreply", "X-Autorespond"))
    by_mark = by_mark or _word(mail, "Precedence") == "auto_reply"
    if (by_mark or _AWAY.match(_header(mail, "Subject"))) and not _is_from_a_server(mail):
        return Reading(ReportKind.REPLY, said="An answer, by somebody or by their mail program.")
    return None


def _is_from_a_server(mail: Message) -> bool:
    """Whether the one that wrote is a mail server: those have no name of a person (RFC 5321 4.5.5)."""
    writer = _header(mail, "From").lower()
    return "mailer-daemon" in writer or "postmaster" in writer


def _odd(mail: Message) -> Reading:
    """Reports in forms of their own."""
    from flufl.bounce import all_failures  # noqa: PLC0415 - twenty modules, for the worker alone

    try:
        waiting, failed = all_failures(mail)
    except Exception:  # noqa: BLE001 - a detector that breaks has found nothing
        waiting, failed = frozenset(), frozenset()
    text = _first_text(mail)
    status = classifying.status_of(text)
    if failed or (_is_from_a_server(mail) and status.startswith("5")):
        trouble = classifying.kind_of(status if status.startswith("5") else "5.0.0", text) or EventKind.SOFT
        return Reading(ReportKind.BOUNCE, trouble=trouble, said=_around(text, status))
    if waiting or (_is_from_a_server(mail) and status.startswith("4")):
        return Reading(ReportKind.DELAY, said=_around(text, status))
    return Reading(ReportKind.UNCLEAR, said=text)


def _blocks(part: Message) -> list[Message]:
    """The blocks of header lines in a part; a part that was encoded, against RFC 3464 2.1, is read, too."""
    payload = part.get_payload()
    if isinstance(payload, list):
        blocks = [block for block in payload[:MOST_PARTS] if isinstance(block, Message)]
        if len(blocks) > 1 or not part["Content-Transfer-Encoding"]:
            return blocks
        payload = "".join(str(block) for block in blocks)
    text = str(payload)
    if _word(part, "Content-Transfer-Encoding") == "base64":
        text = b64decode(text, validate=False).decode("utf-8", "replace")
    return [message_from_bytes(block.encode()) for block in re.split(r"\r?\n\s*\r?\n", text)[:MOST_PARTS]]


def _said(block: Message) -> str:
    """What the server said, without the word that names its protocol."""
    kind, mark, text = _header(block, "Diagnostic-Code").partition(";")
    return text.strip() if mark and " " not in kind.strip() else _header(block, "Diagnostic-Code")


def _first_text(mail: Message) -> str:
    for part in parts_of(mail):
        if part.get_content_type() == "text/plain" and not part.is_multipart():
            raw = part.get_payload(decode=True)
            text = raw if isinstance(raw, bytes) else b""
            try:
                return text[:MOST_OF_TEXT].decode(part.get_content_charset() or "utf-8", "replace")
            except LookupError:  # a charset that nobody knows
                return text[:MOST_OF_TEXT].decode("latin-1")
    return ""


def _around(text: str, status: str) -> str:
    """The paragraph that a code stands in, from its line on; where there is none, all before our own mail."""
    place = text.find(status) if status else -1
    if place < 0:
        return text.partition("\n---")[0]
    return text[text.rfind("\n", 0, place) + 1 :].partition("\n\n")[0].partition("\n---")[0]


def _word(block: Message, name: str) -> str:
    return _header(block, name).strip().lower()


def _header(block: Message, name: str) -> str:
    """A header as a person reads it; one that was encoded badly, as it stands."""
    value = block[name]
    if value is None:
        return ""
    try:
        return str(make_header(decode_header(str(value)[:MOST_OF_HEADER])))
    except (LookupError, ValueError, TypeError):
        return str(value)[:MOST_OF_HEADER]
