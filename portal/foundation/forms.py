"""PortalForm, and how one field's errors are said once at the field and once at the top."""

import unicodedata
from collections.abc import Callable
from typing import Any, ClassVar

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import Field, StringField
from wtforms.validators import StopValidation

from portal.foundation.text import _, lazy

Filter = Callable[[Any], Any]


def tidy(text: str | None) -> str:
    """What a person meant: composed letters, single spaces, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text or "").split())


def is_clean(text: str) -> bool:
    """Whether a text holds no control characters, which no name has and PostgreSQL partly refuses."""
    return not any(unicodedata.category(letter) == "Cc" and letter not in "\n\r\t" for letter in text)


class Clean:
    """Refuses control characters."""

    def __call__(self, form: object, field: Field) -> None:
        del form
        if not is_clean(field.data or ""):
            raise StopValidation(lazy("This has a character that can’t be shown. Type it instead of pasting it."))


class Required:
    """Refuses an empty field with words of its own; ends the checks of the field."""

    field_flags: ClassVar = {"required": True}

    def __init__(self, words: object) -> None:
        self.words = words

    def __call__(self, form: object, field: Field) -> None:
        del form
        if not field.data:
            raise StopValidation(str(self.words))


class AtMost:
    """Refuses a text that is longer than its place, by the name of the field; names are never cut."""

    def __init__(self, most: int, words: object = "") -> None:
        self.most = most
        self.words = words

    def __call__(self, form: object, field: Field) -> None:
        del form
        if len(field.data or "") > self.most:
            name = str(field.label.text)
            raise StopValidation(
                str(self.words) or _("%(field)s must be %(n)s characters or fewer", field=name, n=self.most)
            )


class TextField(StringField):
    """One line of text as a person types it: tidied, without control characters, never cut."""

    def __init__(self, label: str, *checks: object, most: int = 255, **kwargs: Any) -> None:
        super().__init__(label, [Clean(), AtMost(most), *checks], filters=[tidy], **kwargs)


class PortalForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A form whose errors read as one ordered dict, as templates want them.

    A form that is put together from several names in `order` how its fields follow each other on the page.
    """

    order: ClassVar[tuple[str, ...]] = ()

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # Flask-WTF ships no types
        """Takes the texts of a form alone: Flask-WTF hands on files and JSON values as well, which no field expects."""

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """What fills the fields: what was sent, unless the form is to be shown with `formdata=None`."""
            return (request.form or None) if formdata is not None and form.is_submitted() else None

    @property
    def words(self) -> dict[str, str]:
        """One error a field, in the order of the page."""
        names = [name for name in dict.fromkeys((*self.order, *self._fields)) if name in self._fields]
        return {name: str(self._fields[name].errors[0]) for name in names if self._fields[name].errors}

    @property
    def typed(self) -> dict[str, Any]:
        """What was typed or is on record, but never a password."""
        return {name: field.data for name, field in self._fields.items() if field.type != "PasswordField"}

    def text(self, name: str) -> str:
        """What was typed into a field, empty when nothing was sent."""
        return str(self._fields[name].data or "")

    def refuse(self, name: str, words: object) -> None:
        """Add an error that a verb found."""
        self._fields[name].errors = [*self._fields[name].errors, str(words)]


def query_text(args: "MultiDict[str, str]", name: str, most: int = 200) -> str:
    """A text from the query string, tidied; what cannot be searched for is left out."""
    if name not in args:  # to be asked for a name that it lacks costs it an exception
        return ""
    return "".join(letter for letter in tidy(args[name]) if is_clean(letter))[:most]
