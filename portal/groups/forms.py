"""What staff type about a group, and their decision on an application."""

import unicodedata

from wtforms import BooleanField, Field, StringField, TextAreaField
from wtforms.validators import AnyOf, ValidationError

from portal.customers.forms import Visible
from portal.foundation.forms import AtMost, Clean, PortalForm, Required, TextField
from portal.foundation.text import _, lazy
from portal.groups import rules
from portal.groups.models import Approval, CustomerGroup
from portal.groups.service.groups import Terms

LAST_PLACE = 9999
LONGEST_DESCRIPTION = 200


class GroupForm(PortalForm):
    """A group, and the version of it that was edited."""

    name = TextField(
        lazy("Name"), Required(lazy("Enter a name")), Visible(lazy("Enter a name that can be seen")), most=64
    )
    description = TextField(lazy("Description"), most=LONGEST_DESCRIPTION)
    approval = StringField(
        lazy("Approval"),
        [AnyOf([kind.value for kind in Approval], message=lazy("Choose how customers get in"))],
        default=Approval.NONE.value,
    )
    at_registration = BooleanField(lazy("Offer at registration"))
    default = BooleanField(lazy("Default group"))
    sort_order = TextField(lazy("Place in the list"), most=4, default="0")
    version = StringField()
    form_key = StringField()

    def validate_sort_order(self, field: Field) -> None:
        """A place is a whole number; nothing typed is the first."""
        if field.data and not _is_number(field.data):
            raise ValidationError(_("Enter a whole number from 0 to %(n)s", n=LAST_PLACE))

    @property
    def terms(self) -> Terms:
        """What was typed, once it is in order."""
        return Terms(
            name=self.name.data or "",
            description=self.description.data or "",
            approval=Approval(self.approval.data or ""),
            at_registration=self.at_registration.data,
            is_default=self.default.data,
            sort_order=int(self.sort_order.data or 0),
        )

    @property
    def edited_version(self) -> int:
        """The version that was shown with the form; 0, which no group has, when it is no number."""
        text = self.version.data or ""
        return int(text) if len(text) <= 9 and _is_number(text) else 0


def values_of(group: CustomerGroup) -> dict[str, str | bool]:
    """A group as its form shows it."""
    return {
        "name": group.name,
        "description": group.description,
        "approval": group.approval.value,
        "at_registration": group.at_registration,
        "default": group.is_default,
        "sort_order": str(group.sort_order),
        "version": str(group.version),
    }


class DecisionForm(PortalForm):
    """Yes or no; a no has a reason from the list, own words, or both. A script may send own words as the reason."""

    decision = StringField(validators=[AnyOf(["approve", "decline"], message=lazy("Choose Approve or Decline"))])
    reason = StringField(lazy("Reason"), [Clean(), AtMost(rules.LONGEST_MESSAGE)])
    message = TextAreaField(
        lazy("In your own words"),
        [Clean(), AtMost(rules.LONGEST_MESSAGE)],
        filters=[lambda text: unicodedata.normalize("NFC", (text or "").replace("\r\n", "\n")).strip()],
    )
    form_key = StringField()

    def validate_reason(self, field: Field) -> None:
        """Only a no needs one."""
        if self.decision.data == "decline" and not (field.data or "").strip():
            raise ValidationError(_("Choose a reason"))

    def validate_message(self, field: Field) -> None:
        """Who chooses no sentence from the list writes one."""
        if self.decision.data == "decline" and self.reason.data == rules.OWN and not field.data:
            raise ValidationError(_("Write what the customer should read"))

    @property
    def told(self) -> str:
        """What the customer reads."""
        return rules.reason_in_words(self.reason.data or "", self.message.data or "")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
