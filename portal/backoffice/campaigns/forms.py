"""What is typed about campaigns: the editor's form with its blocks, reasons, pictures."""

import re
from typing import Any

from flask import request
from wtforms import BooleanField, Field, StringField
from wtforms.validators import ValidationError

from portal.backoffice.campaigns import audiences
from portal.foundation import emails
from portal.foundation.forms import PortalForm, Required, TextField
from portal.foundation.text import _, lazy
from portal.newsletter.rules import blocks as rules
from portal.newsletter.rules.blocks import Act, Block
from portal.newsletter.service import wording
from portal.newsletter.service.wording import Draft

FASTEST = 100_000_000  # mails an hour
NUMBER = re.compile(r"[0-9]{1,9}")


class VersionField(StringField):
    """The version that somebody saw; what is no number is version 0, which nothing has."""

    @property
    def number(self) -> int:
        """It."""
        typed = self.data or ""
        return int(typed) if NUMBER.fullmatch(typed) else 0


class NewForm(PortalForm):
    """A campaign to begin."""

    name = TextField(lazy("Name"), Required(lazy("Enter a name")), most=120)
    audience = StringField(lazy("Audience"))
    form_key = StringField()


class CampaignForm(PortalForm):
    """A draft as its editor holds it, with its blocks beside the fields."""

    name = TextField(lazy("Name"), Required(lazy("Enter a name")), most=120)
    to = StringField(lazy("To"))
    sender_name = TextField(lazy("Sender’s name"), Required(lazy("Enter a name")), most=100)
    sender_email = TextField(lazy("Sender’s address"), Required(lazy("Enter an email address")), most=emails.LONGEST)
    reply_to = TextField(lazy("Answers go to"), most=emails.LONGEST)
    subject = TextField(lazy("Subject"))
    preview_text = TextField(lazy("Preview text"))
    per_hour = TextField(lazy("Mails an hour"), most=11)
    tracks_clicks = BooleanField(lazy("Count clicks"))
    is_archived = BooleanField(lazy("Show in the archive"))
    version = VersionField()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.blocks: list[Block] = rules.read(request.form) if self.is_submitted() else []
        self.excluded: list[str] = request.form.getlist("exclude") if self.is_submitted() else []
        self.found: dict[str, str] = {}  # faults of what is no field of its own
        self.act: Act | None = rules.read_act(request.form.get("act", "")) if self.is_submitted() else None

    def validate_per_hour(self, field: Field) -> None:
        """A pace is a whole number; nothing typed is as fast as it goes."""
        typed = (field.data or "").replace(",", "")
        if typed and not (NUMBER.fullmatch(typed) and 1 <= int(typed) <= FASTEST):
            raise ValidationError(_("Enter a whole number, or nothing"))

    def read(self) -> Draft | None:
        """The draft that was typed, after the pressed button; None when something of it cannot be kept."""
        place = 0
        if self.act is not None:
            self.blocks, place = rules.done(self.act, self.blocks)
        self.place = place
        fine = bool(self.validate())
        chosen = audiences.chosen(self.text("to"), self.excluded)
        if chosen is None:
            self.found["to"] = _("Choose whom it goes to")
            return None
        draft = Draft(
            name=self.text("name"),
            audience=chosen.audience,
            segment_id=chosen.segment_id,
            excluded=chosen.excluded,
            sender_name=self.text("sender_name"),
            sender_email=self.text("sender_email"),
            reply_to=self.text("reply_to"),
            subject=self.text("subject"),
            preview_text=self.text("preview_text"),
            blocks=self.blocks,
            per_hour=int(self.text("per_hour").replace(",", "")) if fine and self.text("per_hour") else None,
            tracks_clicks=self.tracks_clicks.data,
            is_archived=self.is_archived.data,
        )
        for name, words in wording.faults(draft).items():
            if name in self._fields:
                self.refuse(name, words)
            else:
                self.found[name] = words
        return draft if fine and not self.words else None

    @property
    def words(self) -> dict[str, str]:
        """One error a field, with those of the blocks."""
        return super().words | self.found


def values_of(draft: Draft, version: int) -> dict[str, Any]:
    """A draft as its form shows it."""
    to = audiences.value_of(draft.audience.id, draft.segment_id)
    plain = ("name", "sender_name", "sender_email", "reply_to", "subject", "preview_text")
    ticks = {"tracks_clicks": draft.tracks_clicks, "is_archived": draft.is_archived}
    pace = str(draft.per_hour) if draft.per_hour else ""
    return {
        **{name: getattr(draft, name) for name in plain},
        **ticks,
        "to": to,
        "per_hour": pace,
        "version": str(version),
    }


class ReasonForm(PortalForm):
    """Why a campaign may leave although nobody vouches for its sender's domain."""

    reason = TextField(lazy("Reason"), Required(lazy("Enter a reason")), most=500)
    version = VersionField()


class VersionForm(PortalForm):
    """Nothing but the version that somebody saw, and a key against pressing twice."""

    version = VersionField()


class ProofForm(PortalForm):
    """Where a proof goes."""

    to = TextField(lazy("Send to"), most=1300)


class PictureForm(PortalForm):
    """A picture for the library."""

    name = TextField(lazy("Name"), Required(lazy("Enter a name")), most=120)
    alt = TextField(lazy("What it shows"), Required(lazy("Say what the picture shows")))
