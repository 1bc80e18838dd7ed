"""Campaigns at the desk: begun, saved, copied, deleted, taken back; of two who save at once, the second is told."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.newsletter.errors import CampaignMoved, ChangedMeanwhile
from portal.newsletter.models import Audience, Campaign, CampaignContent, CampaignState
from portal.newsletter.rules import CAMPAIGN_WORDS
from portal.newsletter.rules import blocks as rules
from portal.newsletter.rules.campaigns import Move
from portal.newsletter.service import campaigns, wording
from portal.newsletter.service.wording import Draft

LONGEST_NAME = 120


def begin(name: str, audience: Audience, *, by: Actor) -> Campaign:
    """A campaign with nothing in it but its name, whom it is for and whom it comes from."""
    sender_name, sender_email = wording.default_sender(audience)
    draft = Draft(name, audience, sender_name, sender_email, blocks=rules.first(), is_archived=audience.has_archive)
    return _added(draft, by)


def copy(campaign: Campaign, *, by: Actor) -> Campaign:
    """A draft that says the same to the same people."""
    source = draft_of(campaign)
    name = _("Copy of %(name)s", name=source.name)[:LONGEST_NAME]
    return _added(Draft(**{**vars(source), "name": name}), by)


def draft_of(campaign: Campaign) -> Draft:
    """A campaign as its editor holds it."""
    row = campaign.content or CampaignContent(sender="", reply_to="", subject="", preview_text="", blocks=[])
    sender_name, sender_email = wording.sender_of(row)
    return Draft(
        name=campaign.name,
        audience=campaign.audience,
        sender_name=sender_name,
        sender_email=sender_email,
        subject=row.subject,
        preview_text=row.preview_text,
        reply_to=row.reply_to,
        blocks=row.blocks,
        segment_id=campaign.segment_id,
        excluded=tuple(campaign.excluded_segment_ids),
        per_hour=campaign.per_hour,
        tracks_clicks=campaign.tracks_clicks,
        is_archived=campaign.is_archived,
    )


def save(campaign_id: int, draft: Draft, *, version: int, by: Actor) -> Campaign:
    """Keep a draft without faults (see `wording.faults`) instead of the wording before.

    Raises:
        NotFound: the campaign is gone.
        CampaignMoved: it is no draft any more.
        ChangedMeanwhile: `version` is not the one on record.
    """
    campaign = _draft_at(campaign_id, version)
    before, old = draft_of(campaign), campaign.content
    if before == draft:
        return campaign
    campaign.content = wording.content(draft)
    _take_over(campaign, draft)
    campaign.version += 1
    campaign.changed_at, campaign.changed_by = now(), by.name[:120]
    db.session.flush()
    if old is not None:
        db.session.delete(old)
        db.session.flush()
    audit.record("newsletter.campaign_saved", _subject(campaign), by=by, changes=_changes(before, draft))
    return campaign


def delete(campaign_id: int, *, version: int, by: Actor) -> str:
    """Throw a draft away; returns its name.

    Raises:
        NotFound: the campaign is gone.
        CampaignMoved: it is no draft any more.
        ChangedMeanwhile: `version` is not the one on record.
    """
    campaign = _draft_at(campaign_id, version)
    content, name, subject = campaign.content, campaign.name, _subject(campaign)
    db.session.delete(campaign)
    db.session.flush()
    if content is not None:
        db.session.delete(content)
        db.session.flush()
    audit.record("newsletter.campaign_deleted", subject, by=by)
    return name


def back(campaign: Campaign, *, by: Actor) -> None:
    """Take a scheduled campaign back to the desk.

    Raises:
        CampaignMoved: it is on its way already, or over.
    """
    campaigns.move(campaign, Move.BACK, by, send_at=None, stop_trying_at=None, pause_reason="")


def found(campaign_id: int) -> Campaign:
    """A campaign that nobody else changes while the caller does.

    Raises:
        NotFound: there is none.
    """
    row = db.session.scalar(
        sa.select(Campaign)
        .where(Campaign.id == campaign_id)
        .with_for_update(of=Campaign)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound(_("There is no such campaign. Look in the list of campaigns."))
    return row


def at_version(campaign_id: int, version: int) -> Campaign:
    """A campaign as somebody saw it.

    Raises:
        NotFound: there is none.
        ChangedMeanwhile: `version` is not the one on record.
    """
    campaign = found(campaign_id)
    if campaign.version != version:
        words = _("%(who)s changed this campaign while it was open here. Look at it again, then decide.")
        raise ChangedMeanwhile(words % {"who": campaign.changed_by or _("Somebody")})
    return campaign


def _draft_at(campaign_id: int, version: int) -> Campaign:
    campaign = found(campaign_id)
    if campaign.state is not CampaignState.DRAFT:
        raise CampaignMoved(_("The campaign is %(state)s by now.", state=CAMPAIGN_WORDS[campaign.state]))
    return at_version(campaign_id, version)


def _added(draft: Draft, by: Actor) -> Campaign:
    campaign = campaigns.draft(draft.name, draft.audience, wording.content(draft), by)
    _take_over(campaign, draft)
    campaign.changed_at, campaign.changed_by = now(), by.name[:120]
    db.session.flush()
    audit.record("newsletter.campaign_added", _subject(campaign), by=by)
    return campaign


def _take_over(campaign: Campaign, draft: Draft) -> None:
    campaign.name, campaign.audience = draft.name, draft.audience
    campaign.segment_id, campaign.excluded_segment_ids = draft.segment_id, list(draft.excluded)
    campaign.per_hour = draft.per_hour
    campaign.tracks_clicks, campaign.is_archived = draft.tracks_clicks, draft.is_archived


def _changes(before: Draft, after: Draft) -> dict[str, tuple[object, object]]:
    names = ("name", "subject", "preview_text", "segment_id", "per_hour", "tracks_clicks", "is_archived")
    told: dict[str, tuple[object, object]] = {name: (getattr(before, name), getattr(after, name)) for name in names}
    told["audience"] = (before.audience.name, after.audience.name)
    told["sender"] = (before.sender_email, after.sender_email)
    if list(before.blocks) != list(after.blocks):
        told["blocks"] = (len(before.blocks), _("%(n)s, rewritten", n=len(after.blocks)))
    return told


def _subject(campaign: Campaign) -> Subject:
    return Subject("campaign", campaign.id, campaign.name)
