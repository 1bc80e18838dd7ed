"""Fields of forms about customers: choices, days, numbers of the state, long texts."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import request
from wtforms import Field
from wtforms.utils import unset_value
from wtforms.validators import StopValidation

from portal.customers.models import Channel, Gender, TelephoneKind
from portal.customers.rules import days, tax_ids
from portal.foundation.clock import now
from portal.foundation.forms import TextField, tidy
from portal.foundation.text import lazy

Option = tuple[str, str]  # a value and its words
GENDERS: Sequence[Option] = (
    (Gender.FEMALE, lazy("Female")),
    (Gender.MALE, lazy("Male")),
    (Gender.OTHER, lazy("Other")),
)
CHANNELS: Sequence[Option] = (
    (Channel.EMAIL, lazy("Email")),
    (Channel.SMS, lazy("Text message")),
    (Channel.TELEPHONE, lazy("Telephone call")),
    (Channel.POST, lazy("Post")),
)
TELEPHONE_KINDS: Sequence[Option] = (
    (TelephoneKind.MOBILE, lazy("Mobile")),
    (TelephoneKind.HOME, lazy("Home")),
    (TelephoneKind.WORK, lazy("Work")),
)


class LongTextField(TextField):
    """Several lines: the breaks stay, the rest is tidied."""

    def __init__(self, label: str, *checks: object, most: int, **kwargs: Any) -> None:
        super().__init__(label, *checks, most=most, **kwargs)
        self.filters = [_tidy_lines]


def _tidy_lines(text: str | None) -> str:
    return "\n".join(tidy(line) for line in (text or "").splitlines()).strip()


class ChoiceField(Field):
    """One of some options; `options` are written down, or filled in when the form is made."""

    data: str | None

    def __init__(self, label: str, words: str, options: Sequence[Option] = (), **kwargs: Any) -> None:
        super().__init__(label, [Offered(words)], **kwargs)
        self.options = options

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = valuelist[0] if valuelist else None

    @property
    def chosen(self) -> set[str]:
        return {self.data} if self.data else set()


class SeveralField(ChoiceField):
    """Any of some options."""

    data: list[str] | None  # type: ignore[assignment]  # a choice of several is a list

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = list(valuelist)

    @property
    def chosen(self) -> set[str]:
        return set(self.data or [])


class Offered:
    """Refuses what is neither empty nor among the options of the field."""

    def __init__(self, words: str) -> None:
        self.words = words

    def __call__(self, form: object, field: ChoiceField) -> None:
        del form
        if field.chosen - {"", *(value for value, _label in field.options)}:
            raise StopValidation(str(self.words))


class DayField(Field):
    """A day before today: from the browser's own box, or from three of which the month may be a word."""

    data: date | None
    BOXES = ("day", "month", "year")

    def __init__(self, label: str, words: str, **kwargs: Any) -> None:
        super().__init__(label, [Sensible(words)], **kwargs)
        self.typed: tuple[str, ...] = ("", "", "")
        self.is_filled = False

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Read what was sent under the field's own name, or under those of its boxes."""
        super().process(formdata, data, extra_filters)
        if self.data is not None:
            self.typed = (str(self.data.day), str(self.data.month), str(self.data.year))
        boxes = tuple(tidy(formdata.get(f"{self.name}_{box}")) for box in self.BOXES) if formdata is not None else ()
        if any(boxes):
            self.typed, self.is_filled, self.data = boxes, True, days.read(*boxes)

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = tidy(valuelist[0]) if valuelist else ""
        self.is_filled, self.data = bool(text), days.from_iso(text)


class Sensible:
    """Refuses what is no day, and one that somebody who lives cannot have had."""

    def __init__(self, words: str) -> None:
        self.words = words

    def __call__(self, form: object, field: DayField) -> None:
        del form
        if field.is_filled and (field.data is None or not days.is_sensible(field.data, now().date())):
            raise StopValidation(str(self.words))


class TaxNumberField(TextField):
    """A number of the state, kept in its usual form; empty when nothing is typed."""

    def __init__(self, label: str, kind: str, **kwargs: Any) -> None:
        super().__init__(label, RightTaxNumber(kind), most=tax_ids.LONGEST, **kwargs)


class RightTaxNumber:
    """Refuses a number that cannot be one."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __call__(self, form: object, field: Field) -> None:
        del form
        if field.data:
            number = tax_ids.tidy(field.data)
            if words := tax_ids.objection(self.kind, number):
                raise StopValidation(words)
            field.data = number


def was_sent(name: str) -> bool:
    """Whether a form came with a field, under its own name or in boxes: a script may send a part of a form alone."""
    return name in request.form or f"{name}_{DayField.BOXES[0]}" in request.form
