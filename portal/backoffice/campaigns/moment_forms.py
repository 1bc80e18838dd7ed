"""What is typed about when a campaign goes out, and until when its mails are tried."""

import re
from datetime import date, datetime, time

from wtforms import Field, StringField
from wtforms.validators import ValidationError

from portal.backoffice.campaigns.forms import VersionField
from portal.foundation.forms import PortalForm
from portal.foundation.text import _, lazy
from portal.newsletter.rules import moments
from portal.newsletter.rules.moments import Moment


class EndForm(PortalForm):
    """Until when the mails of a campaign are tried; neither day nor time means what is usual."""

    until_day = StringField(lazy("Stop trying on"))
    until_hour = StringField(lazy("At"))
    zone = StringField(lazy("Time zone"))
    version = VersionField()

    def validate_until_day(self, field: Field) -> None:
        """A day of the calendar, if there is a time."""
        if (field.data or self.until_hour.data) and _day(field.data or "") is None:
            raise ValidationError(_("Enter a day, like 2026-12-24"))

    def validate_until_hour(self, field: Field) -> None:
        """A time of the day, if there is a day."""
        if (field.data or self.until_day.data) and _hour(field.data or "") is None:
            raise ValidationError(_("Enter a time, like 09:30"))

    def read_end(self) -> datetime | None:
        """The end, once the fields are in order; a time that there is not is noted as a fault."""
        found = self._read("until_day", "until_hour") if self.text("until_day") else None
        return found.at if found is not None else None

    def _read(self, day_field: str, hour_field: str) -> Moment | None:
        day, hour, zone = _day(self.text(day_field)), _hour(self.text(hour_field)), self.text("zone")
        if day is None or hour is None:
            raise ValueError("The form is not in order.")
        try:
            return moments.read(day, hour, zone)
        except moments.NoMoment as refusal:
            self.refuse("zone" if zone not in moments.zones() else hour_field, refusal)
            return None


class MomentForm(EndForm):
    """When a campaign goes out, by the same clocks."""

    day = StringField(lazy("Day"))
    hour = StringField(lazy("Time"))

    def validate_day(self, field: Field) -> None:
        """A day of the calendar."""
        if _day(field.data or "") is None:
            raise ValidationError(_("Enter a day, like 2026-12-24"))

    def validate_hour(self, field: Field) -> None:
        """A time of the day."""
        if _hour(field.data or "") is None:
            raise ValidationError(_("Enter a time, like 09:30"))

    def read_begin(self) -> Moment | None:
        """When it goes out, once the fields are in order; a time that there is not is noted as a fault."""
        return self._read("day", "hour")


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2200 else None


def _hour(text: str) -> time | None:
    return time(int(text[:2]), int(text[3:5])) if re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text) else None
