"""The shop's own fields as a part of any form: read, checked, and ready to be shown again with what was typed."""

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from portal.customers import custom_queries as queries
from portal.customers.custom_queries import Asked
from portal.customers.models import CustomField, FieldKind, FieldValue
from portal.customers.rules import answer_files
from portal.customers.rules import custom_fields as rules
from portal.customers.rules.answer_files import NotTaken
from portal.customers.rules.custom_fields import Misfit
from portal.customers.service.custom_values import Upload
from portal.foundation.text import _

PREFIX = "field_"  # of the names in a form, so that a field may be called like any other input
REMOVE = "_remove"
TYPED_MOST = 5000  # characters of what was typed that are shown again
LARGEST_BODY = 16 * 1024 * 1024  # bytes of a request that brings such files


@dataclass
class Question:
    """One field in a form."""

    field: CustomField
    name: str  # of the input
    is_required: bool
    typed: list[str] = dataclasses.field(default_factory=list)
    error: str = ""
    file: str = ""  # the name of the one that is stored
    href: str = ""  # where that can be saved from
    is_removed: bool = False

    @property
    def text(self) -> str:
        """What was typed or chosen, where it is one thing."""
        return self.typed[0] if self.typed else ""

    @property
    def parts(self) -> tuple[str, str, str]:
        """Day, month and year of a date."""
        return rules.day_parts(self.text)

    @property
    def options(self) -> list[tuple[str, str]]:
        """What a list to choose one from offers."""
        first = ("", _("Choose from the list"))
        if self.field.kind is FieldKind.YES_NO:
            return [first, (rules.YES, _("Yes")), (rules.NO, _("No"))]
        return [first, *((choice, choice) for choice in self.field.choices)]

    @property
    def hint(self) -> str:
        """The shop's help, and what a good answer looks like where the help does not say it."""
        example = self.field.example
        if not example or example in self.field.help:
            return self.field.help
        return f"{self.field.help} {_('Like %(example)s.', example=example)}".strip()


class CustomForm:
    """Questions on a page and their answers; empty where nothing is asked.

    Show it with the macro `custom_fields` of components/custom_fields.html. Its answers go to
    `service.custom_values`: `set_values`, `answer` with an application, or `keep` at registration.
    """

    def __init__(
        self,
        asked: Sequence[Asked],
        *,
        known: Mapping[int, FieldValue] | None = None,
        prefix: str = PREFIX,
        href: Callable[[CustomField], str] = lambda _field: "",
    ) -> None:
        self.answers: dict[int, Any] = {}
        self.questions = [self._question(one, (known or {}).get(one.field.id), prefix, href) for one in asked]

    def __bool__(self) -> bool:
        return bool(self.questions)

    @property
    def field_ids(self) -> list[int]:
        """Everything that is asked."""
        return [question.field.id for question in self.questions]

    @property
    def has_files(self) -> bool:
        """Whether the form around it has to be sent as multipart/form-data."""
        return any(question.field.kind is FieldKind.FILE for question in self.questions)

    @property
    def words(self) -> dict[str, str]:
        """One error a question, by the name of its input, in the order of the page."""
        return {question.name: question.error for question in self.questions if question.error}

    def fill(self) -> None:
        """Take what was typed, unchecked, to be shown again."""
        for question in self.questions:
            question.typed = [text[:TYPED_MOST] for text in _sent(question)]
            question.is_removed = f"{question.name}{REMOVE}" in request.form

    def validate(self) -> bool:
        """Check what was sent; then `answers` has it by the ids of fields, None where something was taken away."""
        self.fill()
        for question in self.questions:
            self._answer(question)
        return not self.words

    def let_files_go(self) -> None:
        """Say at each new file that it has to be chosen again, since the page is shown once more for another reason."""
        for question in self.questions:
            if not question.error and isinstance(self.answers.get(question.field.id), Upload):
                question.error = _("Choose the file again: a browser doesn’t keep it when a page has to be mended.")

    def _question(
        self, one: Asked, known: FieldValue | None, prefix: str, href: Callable[[CustomField], str]
    ) -> Question:
        question = Question(one.field, f"{prefix}{one.field.key}", one.is_required)
        if known is not None and one.field.kind is FieldKind.FILE:
            question.file, question.href = str(known.value), href(one.field) if known.file_id else ""
        elif known is not None and isinstance(known.value, list):
            question.typed = list(known.value)
        elif known is not None:
            question.typed = [rules.as_text(one.field, known.value)]
        return question

    def _answer(self, question: Question) -> None:
        try:
            answer = _file(question) if question.field.kind is FieldKind.FILE else _value(question)
        except (Misfit, NotTaken) as wrong:
            question.error = str(wrong)
            return
        stays = question.field.kind is FieldKind.FILE and question.file and not question.is_removed
        if answer is None and stays:
            return
        if answer is None and question.is_required:
            question.error = _missing(question.field)
            return
        self.answers[question.field.id] = answer


class QuestionsOfGroups:
    """What each of several groups asks, on a page where one of them is chosen; without scripts all stand there."""

    def __init__(self, group_ids: Collection[int], *, customer_id: int | None = None) -> None:
        asked = queries.asked_by_each(group_ids)
        rows = queries.values_of(customer_id) if asked and customer_id is not None else []
        known = {row.field_id: row for row in rows}
        self._forms = {
            group_id: CustomForm(asked[group_id], known=known, prefix=f"group_{group_id}_") for group_id in asked
        }

    @property
    def has_files(self) -> bool:
        """Whether the form around them has to be sent as multipart/form-data."""
        return any(form.has_files for form in self._forms.values())

    def of(self, group_id: int | None) -> CustomForm:
        """The questions of one group; none where it asks nothing."""
        return self._forms.get(group_id or 0) or CustomForm([])

    def validate(self, chosen: int | None) -> bool:
        """Check the answers to the chosen group alone; what was typed at others is kept."""
        for form in self._forms.values():
            form.fill()
        return self.of(chosen).validate()


def fields_for(group_ids: Collection[int], *, prefix: str = PREFIX) -> CustomForm:
    """The questions that these groups ask, for a form of somebody of whom nothing is known yet."""
    return CustomForm(queries.asked_by(group_ids), prefix=prefix)


def fields_of(
    customer_id: int, asked: Sequence[Asked], *, href: Callable[[CustomField], str] = lambda _field: ""
) -> CustomForm:
    """Questions with what is known of a customer filled in."""
    return CustomForm(asked, known={row.field_id: row for row in queries.values_of(customer_id)}, href=href)


def _sent(question: Question) -> list[str]:
    if question.field.kind is FieldKind.FILE:
        return []
    if question.field.kind is FieldKind.DATE and f"{question.name}_day" in request.form:
        day, month, year = (request.form.get(f"{question.name}_{part}", "") for part in ("day", "month", "year"))
        text = rules.day_of(day, month, year)
        return [text] if text else []
    return request.form.getlist(question.name)


def _value(question: Question) -> Any:
    return rules.read(question.field, _sent(question))


def _file(question: Question) -> Upload | None:
    sent = request.files.get(question.name)
    if sent is None or not sent.filename:
        return None
    content = sent.stream.read(answer_files.LARGEST + 1)
    media_type = answer_files.kind_of(content)
    return Upload(content, answer_files.name_of(sent.filename, media_type), media_type)


def _missing(asked: CustomField) -> str:
    if asked.kind is FieldKind.FILE:
        return _("Choose a file for %(name)s", name=asked.name)
    if asked.kind in (*rules.WITH_CHOICES, FieldKind.YES_NO):
        return _("Choose an answer to %(name)s", name=asked.name)
    return _("Enter %(name)s", name=asked.name)
