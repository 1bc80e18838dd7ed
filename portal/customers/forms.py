"""What people type about themselves: names and a telephone, to be reused by every form that asks for them."""

from typing import Any

from wtforms import Field
from wtforms.validators import StopValidation

from portal.config import settings
from portal.customers.rules import names, telephones
from portal.foundation import emails
from portal.foundation.forms import Required, TextField
from portal.foundation.text import lazy

TELEPHONE_LONGEST = 64  # characters as typed, with spaces and brackets


class Visible:
    """Refuses a text of nothing but invisible characters."""

    def __init__(self, words: object) -> None:
        self.words = words

    def __call__(self, form: object, field: Field) -> None:
        del form
        if field.data and not names.is_visible(field.data):
            raise StopValidation(str(self.words))


class NameField(TextField):
    """A first or last name in any script, never cut."""

    def __init__(self, label: str, words: str, **kwargs: Any) -> None:
        super().__init__(label, Required(words), Visible(words), most=names.LONGEST, **kwargs)


class Diallable:
    """Refuses what no telephone can have; without a country code the shop's country counts."""

    def __call__(self, form: object, field: Field) -> None:
        del form
        if field.data and telephones.to_e164(field.data, settings().shop_country) is None:
            raise StopValidation(str(lazy("Enter a phone number with its country code, like +44 7700 900123")))


class TelephoneField(TextField):
    """A telephone typed any way, empty when there is none; put `Required` among the checks where it is asked for."""

    def __init__(self, label: str = lazy("Telephone"), *checks: object, **kwargs: Any) -> None:
        super().__init__(label, *checks, Diallable(), most=TELEPHONE_LONGEST, **kwargs)


class MailAddress:
    """Refuses what is no e-mail address, and keeps one in the form that is written to."""

    def __call__(self, form: object, field: Field) -> None:
        del form
        if not field.data:
            return
        address = emails.read(field.data)
        if address is None:
            raise StopValidation(str(lazy("Enter an email address in the correct format, like name@example.com")))
        field.data = address


class EmailField(TextField):
    """An e-mail address, empty when there is none; put `Required` among the checks where it is asked for."""

    def __init__(self, label: str = lazy("Email"), *checks: object, **kwargs: Any) -> None:
        super().__init__(label, *checks, MailAddress(), most=emails.LONGEST, **kwargs)


class NameFields:
    """First and last name, for a form that inherits them; one name alone has a dash for its last name."""

    first_name = NameField(lazy("First name"), lazy("Enter a first name"))
    last_name = NameField(lazy("Last name"), lazy("Enter a last name, or a dash if there is only one name"))
