"""What people type about themselves: names, telephone, address; fields for every form that asks for them."""

from typing import Any

from flask import request
from wtforms import BooleanField, Field, IntegerField
from wtforms.validators import StopValidation

from portal.accounts.forms import Mailable
from portal.config import settings
from portal.customers.fields import CHANNELS, GENDERS, TELEPHONE_KINDS, ChoiceField, DayField, SeveralField, was_sent
from portal.customers.models import Address, Channel, Gender
from portal.customers.rules import addresses as rules
from portal.customers.rules import names, telephones
from portal.customers.service.addresses import Entry
from portal.customers.service.further import Further
from portal.foundation import emails
from portal.foundation.forms import PortalForm, Required, TextField
from portal.foundation.text import language_name, lazy, locale

TELEPHONE_LONGEST = 64  # characters as typed, with spaces and brackets
LONGEST_VERSION = 10  # digits; more would not fit the column


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

    def __init__(self, label: str, words: str, most: int = names.LONGEST, **kwargs: Any) -> None:
        super().__init__(label, Required(words), Visible(words), most=most, **kwargs)


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


class EmailField(TextField):
    """An e-mail address, empty when there is none; put `Required` among the checks where it is asked for."""

    def __init__(self, label: str = lazy("Email"), *checks: object, **kwargs: Any) -> None:
        super().__init__(label, *checks, Mailable(), most=emails.LONGEST, **kwargs)


class NameFields:
    """First and last name, for a form that inherits them; one name alone has a dash for its last name."""

    first_name = NameField(lazy("First name"), lazy("Enter a first name"))
    last_name = NameField(lazy("Last name"), lazy("Enter a last name, or a dash if there is only one name"))


class PersonalFields:
    """What somebody may say of themselves, for a form that inherits it and offers the nationalities."""

    gender = ChoiceField(lazy("Gender"), lazy("Choose from the list"), GENDERS)
    date_of_birth = DayField(lazy("Date of birth"), lazy("Enter a date of birth, like 27 3 1987"))
    nationality = ChoiceField(lazy("Nationality"), lazy("Choose from the list"))
    preferred_channel = ChoiceField(lazy("Preferred channel"), lazy("Choose from the list"), CHANNELS)

    def personal(self) -> Further:
        """What was typed into these fields; one that was not sent is left as it is."""
        typed = Further()
        if was_sent("date_of_birth"):
            typed["born_on"] = self.date_of_birth.data
        if was_sent("nationality"):
            typed["nationality"] = self.nationality.data or ""
        if was_sent("gender"):
            typed["gender"] = Gender(self.gender.data) if self.gender.data else None
        if was_sent("preferred_channel"):
            typed["preferred_channel"] = Channel(self.preferred_channel.data) if self.preferred_channel.data else None
        return typed


class VersionField(IntegerField):
    """The version that an edit began on: None where a script left it out; what is no number counts as an old one."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        if not valuelist:
            self.data = None
            return
        text = str(valuelist[0])
        self.data = int(text) if text.isascii() and text.isdecimal() and len(text) < LONGEST_VERSION else 0


class ProfileForm(NameFields, PersonalFields, PortalForm):
    """What customers change of themselves."""

    telephone = TelephoneField()
    language = ChoiceField(lazy("Language"), lazy("Choose from the list"))
    version = VersionField()

    def offer(self) -> None:
        """Fill in what can be chosen."""
        self.nationality.options = rules.country_names(locale())
        self.language.options = [(code, language_name(code)) for code in settings().shop_locales]

    def personal(self) -> Further:
        """What was typed, the language among it."""
        typed = super().personal()
        if self.language.data:
            typed["locale"] = self.language.data
        return typed


class ChannelsForm(PortalForm):
    """On which channels somebody agrees to be reached."""

    channels = SeveralField(lazy("Channels"), lazy("Choose from the list"), CHANNELS)


class MoreTelephoneForm(PortalForm):
    """One more telephone."""

    telephone = TelephoneField(lazy("Telephone"), Required(lazy("Enter a phone number")))
    kind = ChoiceField(lazy("Kind"), lazy("Choose from the list"), TELEPHONE_KINDS)


class AddressForm(PortalForm):
    """One address; which parts it has, and which are required, its country says.

    The gate code is never filled in again: an empty one leaves what is on record.
    """

    country = TextField(lazy("Country"))
    label = TextField(lazy("Name of this address"), most=64)
    telephone = TelephoneField(lazy("Telephone for deliveries"))
    delivery_note = TextField(lazy("Delivery note"), most=255)
    gate_code = TextField(lazy("Gate code"), most=32)
    clear_gate_code = BooleanField(lazy("Remove the gate code"))
    recipient = NameField(lazy("Recipient"), lazy("Enter who receives it"), most=130)
    company = TextField(lazy("Company"), most=120)
    address_1 = TextField(lazy("Address"), most=rules.LONGEST["address_1"])
    address_2 = TextField(lazy("Address, second line"), most=rules.LONGEST["address_2"])
    city = TextField(lazy("City"), most=rules.LONGEST["city"])
    state = TextField(lazy("State"), most=rules.LONGEST["state"])
    postcode = TextField(lazy("Postcode"), most=rules.LONGEST["postcode"])
    is_delivery = BooleanField(lazy("Deliver here unless I say otherwise"))
    is_billing = BooleanField(lazy("Send bills here"))
    version = VersionField()

    @classmethod
    def of(cls, address: Address) -> "AddressForm":
        """The form with what is on record."""
        known = {name: getattr(address, name) for name in (*Entry.__dataclass_fields__, "version")}
        return cls(formdata=None, data=known | {"gate_code": ""})

    @property
    def changes_country(self) -> bool:
        """Whether the button beside the country was pressed: show other fields, save nothing."""
        return "change_country" in request.form

    def validate(self, extra_validators: Any = None) -> bool:
        """Check every field, then what the country asks for."""
        fine = bool(super().validate(extra_validators))
        parts = {name: self[name].data or "" for name in rules.PARTS}
        country = self.country.data or ""
        found = rules.check(country, rules.tidy(country, parts))
        for name, words in found.items():
            if not self[name].errors:
                self.refuse(name, words)
        return fine and not found

    def entry(self) -> Entry:
        """The address in the usual form of its country, once it was found right."""
        country = self.country.data or ""
        parts = rules.tidy(country, {name: self[name].data or "" for name in rules.PARTS})
        return Entry(
            country=country,
            label=self.label.data or "",
            recipient=self.recipient.data or "",
            company=self.company.data or "",
            telephone=self.telephone.data or "",
            delivery_note=self.delivery_note.data or "",
            gate_code="" if self.clear_gate_code.data else self.gate_code.data or None,
            is_delivery=self.is_delivery.data,
            is_billing=self.is_billing.data,
            **parts,
        )
