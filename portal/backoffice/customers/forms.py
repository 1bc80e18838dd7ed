"""What staff type about a customer."""

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, Field, SelectField, SelectMultipleField
from wtforms.validators import StopValidation

from portal.customers.forms import EmailField, NameFields, TelephoneField, VersionField
from portal.customers.rules import numbers
from portal.foundation.forms import AtMost, Clean, PortalForm, Required, TextField
from portal.foundation.text import lazy
from portal.groups.models import CustomerGroup
from portal.stores.models import Store

ENABLED, DISABLED = "enabled", "disabled"
REASON_LONGEST = 500


class RightNumber:
    """Keeps a typed customer number in its usual form; refuses what cannot be one."""

    def __call__(self, form: object, field: Field) -> None:
        del form
        if field.data:
            field.data = numbers.read(field.data)
            if words := numbers.objection(field.data):
                raise StopValidation(words)


class Offered:
    """Refuses what is not among the choices of the field."""

    def __init__(self, words: str) -> None:
        self.words = words

    def __call__(self, form: object, field: SelectField) -> None:
        del form
        chosen = field.data if isinstance(field.data, list) else [field.data] if field.data else []
        if set(chosen) - {str(choice[0]) for choice in field.choices or []}:
            raise StopValidation(str(self.words))


class CustomerForm(NameFields, PortalForm):
    """Add or edit a customer; `version` is the one that the edit began on."""

    email = EmailField(lazy("Email"))
    telephone = TelephoneField(lazy("Telephone"))
    customer_group = SelectField(lazy("Customer group"), [Offered(lazy("Choose a group"))], validate_choice=False)
    newsletter = BooleanField(lazy("Newsletter"))
    stores = SelectMultipleField(lazy("Stores"), [Offered(lazy("Choose from the list"))], validate_choice=False)
    status = SelectField(
        lazy("Status"),
        [Offered(lazy("Choose a status"))],
        choices=[(ENABLED, lazy("Enabled")), (DISABLED, lazy("Disabled"))],
        validate_choice=False,
    )
    reason = TextField(lazy("Reason"), most=REASON_LONGEST)
    customer_number = TextField(lazy("Customer number"), RightNumber())
    version = VersionField(default=0)

    def offer(self, groups: Sequence[CustomerGroup], stores: Sequence[Store]) -> None:
        """Fill in what can be chosen."""
        self.customer_group.choices = [(str(group.id), group.name) for group in groups]
        self.stores.choices = [(store.code, store.name) for store in stores]

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
