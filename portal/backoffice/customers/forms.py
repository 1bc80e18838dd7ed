"""What staff type about a customer."""

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, Field
from wtforms.validators import StopValidation

from portal.accounts.rules import questions
from portal.customers.forms import EmailField, NameFields, TelephoneField, VersionField
from portal.customers.rules import numbers
from portal.foundation.forms import AtMost, Clean, PortalForm, Required, TextField
from portal.foundation.text import lazy
from portal.groups.models import CustomerGroup
from portal.stores.models import Store

Option = tuple[str, str]  # a value and its words
ENABLED, DISABLED = "enabled", "disabled"
STATUSES: Sequence[Option] = ((ENABLED, lazy("Enabled")), (DISABLED, lazy("Disabled")))
REASON_LONGEST = 500


class RightNumber:
    """Keeps a typed customer number in its usual form; refuses what cannot be one."""

    def __call__(self, form: object, field: Field) -> None:
        del form
        if field.data:
            field.data = numbers.read(field.data)
            if words := numbers.objection(field.data):
                raise StopValidation(words)


class ChoiceField(Field):
    """One of some options; `options` are filled in when the form is made."""

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
    """Refuses what is not among the options of the field."""

    def __init__(self, words: str) -> None:
        self.words = words

    def __call__(self, form: object, field: ChoiceField) -> None:
        del form
        if field.chosen - {value for value, _label in field.options}:
            raise StopValidation(str(self.words))


class CustomerForm(NameFields, PortalForm):
    """Add or edit a customer; `version` is the one that the edit began on."""

    email = EmailField(lazy("Email"))
    telephone = TelephoneField(lazy("Telephone"))
    customer_group = ChoiceField(lazy("Customer group"), lazy("Choose a group"))
    newsletter = BooleanField(lazy("Newsletter"))
    stores = SeveralField(lazy("Stores"), lazy("Choose from the list"))
    status = ChoiceField(lazy("Status"), lazy("Choose a status"), STATUSES)
    reason = TextField(lazy("Reason"), most=REASON_LONGEST)
    customer_number = TextField(lazy("Customer number"), RightNumber())
    version = VersionField(default=0)

    def offer(self, groups: Sequence[CustomerGroup], stores: Sequence[Store]) -> None:
        """Fill in what can be chosen."""
        self.customer_group.options = [(str(group.id), group.name) for group in groups]
        self.stores.options = [(store.code, store.name) for store in stores]

    def validate(self, extra_validators: Any = None) -> bool:
        """Check every field, and that there is a way to reach the customer."""
        fine = bool(super().validate(extra_validators))
        if not self.email.data and not self.telephone.data and not (self.email.errors or self.telephone.errors):
            self.refuse("email", lazy("Enter an email address or a telephone"))
            return False
        return fine


class ReasonForm(PortalForm):
    """Why a customer is disabled."""

    reason = TextField(
        lazy("Reason"), Required(lazy("Enter a reason. Only staff see it.")), Clean(), AtMost(REASON_LONGEST)
    )


class CaseForm(PortalForm):
    """Why somebody has to be verified."""

    reason = TextField(
        lazy("Reason"), Required(lazy("Enter what the caller wants. It is kept in the audit log.")), most=REASON_LONGEST
    )


class SaidForm(PortalForm):
    """What a caller says; never shown again."""

    said = TextField(
        lazy("What the caller says"), Required(lazy("Type what the caller says")), most=questions.LONGEST_ANSWER
    )


class PinForm(PortalForm):
    """The digits that a caller reads out."""

    pin = TextField(lazy("Support PIN"), Required(lazy("Type the six digits that the caller reads out")), most=32)
