"""What is known of a customer in the shop's own fields: saved by staff, by themselves, and with an application."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from portal.audit.service import Actor, record
from portal.customers import custom_queries as queries
from portal.customers.custom_queries import Asked
from portal.customers.errors import EditedMeanwhile
from portal.customers.models import ApplicationAnswer, Customer, CustomField, FieldKind, FieldValue
from portal.customers.rules import custom_fields as rules
from portal.customers.rules.custom_fields import Value
from portal.customers.service.records import bump, claim, subject
from portal.foundation import files
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.text import _

PURPOSE = "answer"  # of the stored files


@dataclass(frozen=True)
class Upload:
    """A file that was chosen and found to be of a kind that is taken."""

    content: bytes
    name: str
    media_type: str


@dataclass(frozen=True)
class Told:
    """An answer on record, ready for a page."""

    field_id: int
    label: str
    kind: FieldKind
    text: str
    has_file: bool
    is_retired: bool


# What was answered in each field, by its id: a value, a new file, or None to take away what is known.
Answers = Mapping[int, "Value | Upload | None"]
# The same as a registration keeps it until its address is confirmed.
Kept = dict[str, dict[str, Any]]


def set_values(customer: Customer, answers: Answers, *, version: int, by: Actor) -> None:
    """Save what was edited; fields that `answers` does not name stay as they are.

    Raises:
        EditedMeanwhile: `version` is not the one on record; the refusal carries both versions, by the keys of fields.
    """
    fields = {row.id: row for row in queries.all_fields()}
    told = {fields[field_id].key: _told(fields[field_id], answer) for field_id, answer in answers.items()}
    try:
        claim(customer, version, told)
    except EditedMeanwhile as refusal:
        theirs = {row.field.key: shown(row) for row in queries.values_of(customer.id)}
        raise EditedMeanwhile(str(refusal), mine=told, theirs=theirs, version=refusal.version) from None
    write(customer, answers, by=by)


def write(customer: Customer, answers: Answers, *, by: Actor) -> None:
    """Save answers without asking for a version: of an import, or of a form that has one of its own."""
    known = {row.field_id: row for row in queries.values_of(customer.id)}
    fields = {row.id: row for row in queries.all_fields()}
    changes: dict[str, tuple[object, object]] = {}
    for field_id, answer in answers.items():
        row = known.get(field_id)
        before = shown(row) if row is not None else ""
        stored = _stored(answer, customer.id) if isinstance(answer, Upload) else None
        _put(customer, fields[field_id], row, answer.name if isinstance(answer, Upload) else answer, stored)
        after = _told(fields[field_id], answer)
        if stored is not None and before == after:
            after = _("%(name)s, another file", name=after)
        changes[f"custom:{fields[field_id].name}"] = (before, after)
    db.session.flush()
    if any(before != after for before, after in changes.values()):
        record("customer.fields_changed", subject(customer), by=by, changes=changes)


def keep(answers: Answers, *, kept_for: timedelta) -> Kept:
    """Answers as a registration keeps them; their files run out with it.

    The same is written for every address, whoever has it.
    """
    kept: Kept = {}
    for field_id, answer in answers.items():
        if isinstance(answer, Upload):
            row = files.store(
                answer.content, purpose=PURPOSE, media_type=answer.media_type, name=answer.name, kept_for=kept_for
            )
            kept[str(field_id)] = {"value": answer.name, "file": row.id}
        elif answer is not None:
            kept[str(field_id)] = {"value": answer}
    return kept


def hand_over(customer: Customer, kept: Kept, *, application_id: int | None, by: Actor) -> None:
    """Give a customer, and the application where there is one, what was answered at registration."""
    fields = {row.id: row for row in queries.all_fields()}
    known = {row.field_id: row for row in queries.values_of(customer.id)}
    changes: dict[str, tuple[object, object]] = {}
    for place, one in kept.items():
        field = fields.get(int(place))
        if field is None:
            continue
        file = files.find(one["file"], PURPOSE) if one.get("file") else None
        if field.kind is FieldKind.FILE and file is None:
            continue
        if file is not None:
            file.expires_at, file.customer_id = None, customer.id
        row = known.get(field.id)
        before = shown(row) if row is not None else ""
        _put(customer, field, row, one["value"], file)
        changes[f"custom:{field.name}"] = (before, rules.shown(field, one["value"]))
        if application_id is not None:
            _note_answer(application_id, field, one["value"], file)
    db.session.flush()
    if changes:
        record("customer.fields_changed", subject(customer), by=by, changes=changes)


def answer(
    customer: Customer, application_id: int, answers: Answers, *, by: Actor, asked: Collection[int] = ()
) -> None:
    """Give an application its answers, and the customer, too: what they tell about themselves is known from now on.

    `asked` are the fields that the form showed: what was known and left as it was is an answer as well.
    """
    write(customer, answers, by=by)
    bump(customer)
    known = {row.field_id: row for row in queries.values_of(customer.id)}
    for field_id in {*answers, *asked}:
        row = known.get(field_id)
        if row is not None:
            _note_answer(application_id, row.field, row.value, row.file)
    db.session.flush()


def shown(row: FieldValue | ApplicationAnswer) -> str:
    """An answer as a page shows it."""
    return rules.shown(row.field, row.value)


def told(rows: Sequence[FieldValue] | Sequence[ApplicationAnswer]) -> list[Told]:
    """Answers on record as the macro `answer` takes them."""
    return [
        Told(
            field_id=row.field_id,
            label=row.field.name,
            kind=row.field.kind,
            text=shown(row),
            has_file=row.file_id is not None,
            is_retired=row.field.retired_at is not None,
        )
        for row in rows
    ]


def missing(asked: list[Asked], customer_id: int) -> list[CustomField]:
    """The fields that must be answered and are not."""
    known = {row.field_id for row in queries.values_of(customer_id)}
    return [one.field for one in asked if one.is_required and one.field.id not in known]


def _put(customer: Customer, field: CustomField, row: FieldValue | None, value: Any, file: Any) -> None:
    if value is None:
        if row is not None:
            _drop_file(row)
            db.session.delete(row)
        return
    if row is None:
        row = FieldValue(customer_id=customer.id, field=field, value=value)
        db.session.add(row)
    elif file is not None:
        _drop_file(row)
    elif field.kind is FieldKind.FILE:
        return  # what is stored stays
    row.value, row.changed_at = value, now()
    if file is not None:
        row.file = file


def _drop_file(row: FieldValue) -> None:
    """Forget a file that is replaced, unless an application still shows it."""
    old, row.file = row.file, None
    db.session.flush()
    if old is not None and not queries.is_shown_in_an_application(old.id):
        files.remove(old)


def _note_answer(application_id: int, field: CustomField, value: Any, file: Any) -> None:
    row = queries.answer(application_id, field.id)
    if row is None:
        row = ApplicationAnswer(application_id=application_id, field=field)
        db.session.add(row)
    row.value, row.file = value, file


def _stored(upload: Upload, customer_id: int) -> files.StoredFile:
    return files.store(
        upload.content, purpose=PURPOSE, media_type=upload.media_type, name=upload.name, customer_id=customer_id
    )


def _told(field: CustomField, answer: "Value | Upload | None") -> str:
    if answer is None:
        return ""
    return answer.name if isinstance(answer, Upload) else rules.shown(field, answer)
