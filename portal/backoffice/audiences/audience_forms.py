"""What staff type about an audience."""

import re
from typing import Any

from wtforms import BooleanField, Field, StringField
from wtforms.validators import ValidationError

from portal.accounts.forms import Mailable
from portal.customers.forms import VersionField, Visible
from portal.foundation.forms import PortalForm, Required, TextField
from portal.foundation.text import _, lazy
from portal.newsletter.models import Audience
from portal.newsletter.service.audiences import Terms

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Optional:
    """Ends the checks of a field that was left empty."""

    def __init__(self, check: Any) -> None:
        self.check = check

    def __call__(self, form: object, field: Field) -> None:
        if field.data:
            self.check(form, field)


class AudienceForm(PortalForm):
    """An audience, and the version of it that was edited."""

    name = TextField(
        lazy("Name"), Required(lazy("Enter a name")), Visible(lazy("Enter a name that can be seen")), most=120
    )
    slug = TextField(lazy("Short name"), Required(lazy("Enter a short name")), most=64)
    description = TextField(lazy("Description"), most=500)
    is_public = BooleanField(lazy("Public"), default=True)
    single_opt_in = BooleanField(lazy("Without a confirmation"))
    sender_name = TextField(lazy("Sender’s name"), most=120)
    sender_email = TextField(lazy("Sender’s address"), Optional(Mailable()), most=320)
    has_archive = BooleanField(lazy("Keep an archive on the web"))
    is_default = BooleanField(lazy("Default audience"))
    version = VersionField()
    form_key = StringField()

    def validate_slug(self, field: Field) -> None:
        """A short name goes into addresses and headers."""
        if field.data and not SLUG.fullmatch(field.data):
            raise ValidationError(_("Use small letters, digits and single dashes, like new-arrivals"))

    @property
    def terms(self) -> Terms:
        """What was typed, once it is in order."""
        return Terms(**{name: self[name].data or type(getattr(_EMPTY, name))() for name in Terms.__dataclass_fields__})


_EMPTY = Terms(name="", slug="")


def values_of(audience: Audience) -> dict[str, Any]:
    """An audience as its form shows it."""
    return {name: getattr(audience, name) for name in (*Terms.__dataclass_fields__, "version")}
