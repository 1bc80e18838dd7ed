"""What staff type about stores, roles and each other."""

from collections.abc import Iterable
from typing import Any

from wtforms import Field, StringField
from wtforms.validators import ValidationError

from portal.customers.fields import ChoiceField, SeveralField
from portal.customers.forms import EmailField, VersionField, Visible
from portal.foundation.forms import PortalForm, Required, TextField
from portal.foundation.text import _, lazy
from portal.staff.models import Role
from portal.staff.rules import Permission
from portal.staff.service.giving import Place
from portal.stores import rules as stores
from portal.stores.models import Store
from portal.stores.service import Facts

ALL_STORES = "all"  # stands where a store's code would; no store has it, since the form refuses it


class NamedField(TextField):
    """A name that people read in lists."""

    def __init__(self, most: int, **kwargs: Any) -> None:
        checks = Required(lazy("Enter a name")), Visible(lazy("Enter a name that can be seen"))
        super().__init__(lazy("Name"), *checks, most=most, **kwargs)


class StoreForm(PortalForm):
    """A store, and the version of it that was edited."""

    name = NamedField(120)
    code = TextField(lazy("Code"), most=32)
    address = TextField(lazy("Address"), most=255)
    time_zone = ChoiceField(lazy("Time zone"), lazy("Choose a time zone"))
    currency = TextField(lazy("Currency"), Required(lazy("Enter a currency, like INR")), most=3)
    version = VersionField(default=0)
    form_key = StringField()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.time_zone.options = [(name, name.replace("_", " ")) for name in stores.time_zones()]

    def validate_currency(self, field: Field) -> None:
        """Keep a currency in capitals; refuse what is none."""
        field.data = field.data.upper()
        if field.data not in stores.currencies():
            raise ValidationError(_("Enter a currency of three letters, like INR or EUR"))

    def validate_time_zone(self, field: Field) -> None:
        """A store is somewhere."""
        if not field.data:
            raise ValidationError(_("Choose a time zone"))

    @property
    def facts(self) -> Facts:
        """What was typed, once it is in order."""
        return Facts(
            name=self.text("name"),
            address=self.text("address"),
            time_zone=self.text("time_zone"),
            currency=self.text("currency"),
        )


class NewStoreForm(StoreForm):
    """A store that opens: its code is chosen once."""

    def validate_code(self, field: Field) -> None:
        """Keep a code in small letters; refuse what cannot be one."""
        field.data = stores.read_code(field.data or "")
        if not stores.is_code(field.data) or field.data == ALL_STORES:
            raise ValidationError(_("Enter a code of letters, digits or dashes, like pune-camp"))


class RoleForm(PortalForm):
    """A role's name and its ticks."""

    name = NamedField(64)
    permission = SeveralField(
        lazy("Rights"), lazy("Choose from the list"), [(right.value, right.value) for right in Permission]
    )
    version = VersionField(default=0)
    form_key = StringField()


class RolesForm(PortalForm):
    """Which roles somebody has, each in all stores or in some."""

    given = SeveralField(lazy("Roles"), lazy("Choose from the list"))
    version = VersionField(default=0)

    def offer(self, roles: Iterable[Role], shops: Iterable[Store]) -> None:
        """Fill in what can be chosen."""
        codes = [ALL_STORES, *(store.code for store in shops)]
        self.given.options = [(f"{role.id}:{code}", role.name) for role in roles for code in codes]

    def places(self, shops: Iterable[Store]) -> set[Place]:
        """The roles that were ticked and where; one that is given in all stores is not given in some besides."""
        ids = {store.code: store.id for store in shops}
        ticked = [value.partition(":") for value in self.given.data or []]
        wide = {int(role) for role, _colon, code in ticked if code == ALL_STORES}
        narrow = {(int(role), ids[code]) for role, _colon, code in ticked if code != ALL_STORES}
        return {(role, None) for role in wide} | {place for place in narrow if place[0] not in wide}


class InviteForm(RolesForm):
    """Somebody new."""

    name = NamedField(120)
    email = EmailField(lazy("Email"), Required(lazy("Enter their email address")))
    form_key = StringField()
    order = ("name", "email", "given")
