"""What staff type about a field."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from flask import request
from wtforms import Field, StringField, TextAreaField
from wtforms.validators import AnyOf, ValidationError

from portal.customers.forms import VersionField, Visible
from portal.customers.models import CustomField, FieldKind
from portal.customers.rules import custom_fields as rules
from portal.customers.rules import patterns
from portal.customers.rules.custom_fields import Misfit
from portal.customers.service.custom_fields import Definition, definition_of
from portal.foundation.forms import AtMost, Clean, PortalForm, Required, TextField
from portal.foundation.text import _, lazy
from portal.groups.models import CustomerGroup

ASKED, REQUIRED = "asked", "required"
LONGEST_LIST = rules.MOST_CHOICES * (rules.LONGEST_CHOICE + 2)


class FieldForm(PortalForm):
    """A field, its groups, and the version of it that was edited."""

    name = TextField(
        lazy("Name"), Required(lazy("Enter a name")), Visible(lazy("Enter a name that can be seen")), most=80
    )
    kind = StringField(
        lazy("Kind"), [AnyOf([kind.value for kind in FieldKind], message=lazy("Choose a kind from the list"))]
    )
    help = TextField(lazy("Help"), most=200)
    example = TextField(lazy("Example"), most=120)
    pattern = StringField(
        lazy("Pattern"), [Clean(), AtMost(patterns.LONGEST)], filters=[lambda text: (text or "").strip()]
    )
    choices = TextAreaField(
        lazy("Choices"),
        [Clean(), AtMost(LONGEST_LIST)],
        filters=[lambda text: unicodedata.normalize("NFC", (text or "").replace("\r\n", "\n")).strip()],
    )
    version = VersionField()
    form_key = StringField()

    def __init__(self, groups: Sequence[CustomerGroup], row: CustomField | None = None, *, sent: bool = True) -> None:
        self.row, self.offered = row, groups
        super().__init__(**({} if sent else {"formdata": None, "data": values_of(row)}))
        known = definition_of(row).groups if row is not None else {}
        self.wanted = {group.id: _chosen(group, sent=sent, known=known) for group in groups}

    @property
    def of_kind(self) -> FieldKind:
        """The kind: of a field that there is already, its own."""
        return self.row.kind if self.row is not None else FieldKind(self.kind.data or "")

    def validate(self, extra_validators: Any = None) -> bool:
        """Check every field, then those that only some kinds have."""
        if self.row is not None:
            self.kind.data = self.row.kind.value
        return bool(super().validate(extra_validators)) and self._example_fits()

    def validate_pattern(self, field: Field) -> None:
        """A pattern has to be one."""
        try:
            if field.data:
                patterns.read(field.data)
        except patterns.NoPattern as wrong:
            raise ValidationError(str(wrong)) from None

    def validate_choices(self, field: Field) -> None:
        """Only a kind with choices needs any."""
        if self.kind.data not in rules.WITH_CHOICES:
            return
        try:
            rules.check_choices((field.data or "").split("\n"))
        except Misfit as wrong:
            raise ValidationError(str(wrong)) from None

    def _example_fits(self) -> bool:
        """An example that the field itself would refuse helps nobody."""
        definition = self.definition
        if not definition.example or definition.kind not in rules.WITH_EXAMPLE:
            return True
        try:
            rules.read(definition, [definition.example])
        except Misfit:
            self.refuse("example", _("This field would refuse its own example. Change the example or the pattern."))
            return False
        return True

    @property
    def definition(self) -> Definition:
        """What was typed, once it is in order."""
        kind = self.of_kind
        lines = (self.choices.data or "").split("\n")
        return Definition(
            name=self.name.data or "",
            kind=kind,
            help=self.help.data or "",
            example=(self.example.data or "") if kind in rules.WITH_EXAMPLE else "",
            pattern=(self.pattern.data or "") if kind is FieldKind.TEXT else "",
            choices=rules.check_choices(lines) if kind in rules.WITH_CHOICES else [],
            groups={group_id: wanted == REQUIRED for group_id, wanted in self.wanted.items() if wanted},
        )


def values_of(row: CustomField | None) -> dict[str, Any]:
    """A field as its form shows it."""
    if row is None:
        return {"kind": FieldKind.TEXT.value}
    return {
        "name": row.name,
        "kind": row.kind.value,
        "help": row.help,
        "example": row.example,
        "pattern": row.pattern,
        "choices": "\n".join(row.choices),
        "version": row.version,
    }


def input_of(group: CustomerGroup) -> str:
    """The name of the input that says whether a group asks."""
    return f"group_{group.id}"


def _chosen(group: CustomerGroup, *, sent: bool, known: dict[int, bool] | Any) -> str:
    if sent:
        wanted = request.form.get(input_of(group), "")
        return wanted if wanted in (ASKED, REQUIRED) else ""
    if group.id not in known:
        return ""
    return REQUIRED if known[group.id] else ASKED
