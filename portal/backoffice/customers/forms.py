"""What staff type about a customer."""

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, Field
from wtforms.validators import StopValidation

from portal.accounts.rules import questions
from portal.config import settings
from portal.customers.fields import (
    CHANNELS,
    ChoiceField,
    DayField,
    LongTextField,
    Option,
    SeveralField,
    TaxNumberField,
    was_sent,
)
from portal.customers.forms import EmailField, NameFields, PersonalFields, TelephoneField, VersionField
from portal.customers.rules import addresses, numbers
from portal.foundation.forms import AtMost, Clean, PortalForm, Required, TextField
from portal.foundation.text import _, language_name, lazy, locale
from portal.groups.models import CustomerGroup
from portal.stores.models import Store

ENABLED, DISABLED = "enabled", "disabled"
STATUSES: Sequence[Option] = ((ENABLED, lazy("Enabled")), (DISABLED, lazy("Disabled")))
REASON_LONGEST = 500
REMARKS_LONGEST = 5000


class RightNumber:
    """Keeps a typed customer number in its usual form; refuses what cannot be one."""

    def __call__(self, form: object, field: Field) -> None:
        del form
        if field.data:
            field.data = numbers.read(field.data)
            if words := numbers.objection(field.data):
                raise StopValidation(words)


class MoreGroupForm(PortalForm):
    """One more group of a customer; `with_terms` makes it the one whose terms count."""

    group = ChoiceField(lazy("Group"), lazy("Choose a group"))
    with_terms = BooleanField(lazy("Its terms count from now on"))

    def validate_group(self, field: Field) -> None:
        """Nothing chosen is no answer."""
        if not field.data:
            raise StopValidation(_("Choose a group"))

    def offer(self, groups: Sequence[CustomerGroup]) -> None:
        """Take these for an answer."""
        self.group.options = [(str(group.id), group.name) for group in groups]


class CustomerForm(NameFields, PersonalFields, PortalForm):
    """Add or edit a customer; `version` is the one that the edit began on."""

    email = EmailField(lazy("Email"))
    telephone = TelephoneField(lazy("Telephone"))
    customer_group = ChoiceField(lazy("Customer group"), lazy("Choose a group"))
    language = ChoiceField(lazy("Language"), lazy("Choose from the list"))
    newsletter = BooleanField(lazy("Newsletter"))
    stores = SeveralField(lazy("Stores"), lazy("Choose from the list"))
    status = ChoiceField(lazy("Status"), lazy("Choose a status"), STATUSES)
    reason = TextField(lazy("Reason"), most=REASON_LONGEST)
    customer_number = TextField(lazy("Customer number"), RightNumber())
    anniversary = DayField(lazy("Anniversary"), lazy("Enter the day of an anniversary, like 27 3 2019"))
    customer_id_number = TextField(lazy("Customer id number"), most=64)
    pan = TaxNumberField(lazy("PAN"), "pan")
    clear_pan = BooleanField(lazy("Remove the PAN"))
    gstin = TaxNumberField(lazy("GST number"), "gstin")
    clear_gstin = BooleanField(lazy("Remove the GST number"))
    vat_id = TaxNumberField(lazy("VAT number"), "vat_id")
    clear_vat_id = BooleanField(lazy("Remove the VAT number"))
    drivers_licence = TextField(lazy("Driver’s licence"), most=64)
    clear_drivers_licence = BooleanField(lazy("Remove the driver’s licence"))
    state_of_registration = TextField(lazy("State of registration"), most=64)
    allow_credit_sale = BooleanField(lazy("Sell on credit"))
    email_receipts = BooleanField(lazy("Receipts by email"))
    price_note = TextField(lazy("Price note"), most=255)
    somebody_else = BooleanField(lazy("It’s somebody else"))
    remarks = LongTextField(lazy("Remarks"), most=REMARKS_LONGEST)
    version = VersionField(default=0)

    def offer(self, groups: Sequence[CustomerGroup], stores: Sequence[Store], language: str = "") -> None:
        """Fill in what can be chosen; a language on record is, also where the shop does not offer it any more."""
        languages = dict.fromkeys((*settings().shop_locales, *filter(None, (language,))))
        self.language.options = [(code, language_name(code)) for code in languages]
        self.customer_group.options = [(str(group.id), group.name) for group in groups]
        self.nationality.options = addresses.country_names(locale())
        self.stores.options = [(store.code, store.name) for store in stores]

    def validate(self, extra_validators: Any = None) -> bool:
        """Check every field, that there is a language where one is asked for, and a way to reach the customer."""
        fine = bool(super().validate(extra_validators))
        if was_sent("language") and not self.language.data:
            self.refuse("language", lazy("Choose a language"))
            fine = False
        if not self.email.data and not self.telephone.data and not (self.email.errors or self.telephone.errors):
            self.refuse("email", lazy("Enter an email address or a telephone"))
            return False
        return fine


class RevealForm(PortalForm):
    """Which masked number is asked for, and why."""

    field = ChoiceField(lazy("Number"), lazy("Choose from the list"))
    reason = TextField(lazy("Reason"), Required(lazy("Enter what you need it for")), most=REASON_LONGEST)


class VerifiedForm(PortalForm):
    """Of which telephone somebody made sure whose it is, and where."""

    telephone_id = ChoiceField(lazy("Telephone"), lazy("Choose from the list"))
    where = TextField(lazy("Where"), Required(lazy("Enter where, like: by a call back")), most=120)


class ChannelsForm(PortalForm):
    """What a customer said about being reached, and in which words."""

    channels = SeveralField(lazy("Channels"), lazy("Choose from the list"), CHANNELS)
    said = TextField(lazy("What was said"), Required(lazy("Enter what the customer said, and where")), most=500)


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
