"""From a draft to its last mail: every step is one statement that only one of many can win, and is audited."""

import secrets
from datetime import datetime

import sqlalchemy as sa

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.text import _
from portal.newsletter import rules
from portal.newsletter.errors import CampaignMoved, EndsTooSoon
from portal.newsletter.models import Audience, Campaign, CampaignContent, CampaignState
from portal.newsletter.rules.campaigns import MOVES, Move, before

MOST_SAID = 5  # answers of the mail server that are kept with a pause


def draft(name: str, audience: Audience, content: CampaignContent, by: Actor) -> Campaign:
    """A campaign that goes to nobody yet."""
    campaign = Campaign(
        public_id=secrets.token_urlsafe(12),
        name=name,
        audience_id=audience.id,
        content=content,
        created_by=by.name[:120],
    )
    db.session.add(campaign)
    db.session.flush()
    return campaign


def schedule(campaign: Campaign, at: datetime, by: Actor) -> None:
    """Have it go out at a moment.

    Raises:
        CampaignMoved: it is on its way already, or over.
    """
    move(campaign, Move.SCHEDULE, by, send_at=at, pause_reason="")


def launch(campaign: Campaign, by: Actor, *conditions: sa.ColumnElement[bool]) -> None:
    """Have it go out now: the worker freezes who gets it, then senders begin.

    Args:
        campaign: which one.
        by: who wants it.
        conditions: what has to hold besides.

    Raises:
        CampaignMoved: it is on its way already, or over.
    """
    move(campaign, Move.LAUNCH, by, *conditions, started_at=now(), pause_reason="")


def pause(campaign: Campaign, by: Actor, reason: str = "", said: str = "") -> None:
    """Let nothing more begin; mails in hand are handed over.

    Args:
        campaign: which one.
        by: who wants it.
        reason: why it stops by itself, a key of `rules.pauses`.
        said: the words of the mail server that did it.

    Raises:
        CampaignMoved: it is not being sent.
    """
    move(campaign, Move.PAUSE, by, pause_reason=reason, pause_said=said)


def add_said(campaign: Campaign, reason: str, said: str) -> None:
    """Keep what the mail server said to another connection about a campaign that stops for the same reason."""
    known = campaign.pause_said.splitlines()
    same = campaign.state in (CampaignState.PAUSING, CampaignState.PAUSED) and campaign.pause_reason == reason
    if same and said and said not in known and len(known) < MOST_SAID:
        campaign.pause_said = "\n".join((*known, said))


def resume(campaign: Campaign, by: Actor) -> None:
    """Go on.

    Raises:
        CampaignMoved: it is not paused.
        EndsTooSoon: nobody is tried any more by now, so going on would end it.
    """
    if campaign.stop_trying_at is not None and campaign.stop_trying_at <= now():
        raise EndsTooSoon(_("The time for trying its mails is over. Choose a later end first, or cancel it."))
    move(campaign, Move.RESUME, by, pause_reason="", pause_said="", next_slot_at=None)


def cancel(campaign: Campaign, by: Actor) -> None:
    """Let nothing more begin, for good.

    Raises:
        CampaignMoved: it is over.
    """
    move(campaign, Move.CANCEL, by)


def move(campaign: Campaign, step: Move, by: Actor, *conditions: sa.ColumnElement[bool], **values: object) -> None:
    """Take a step, unless somebody else took one that leaves no room for it.

    Raises:
        CampaignMoved: the campaign is in a state in which this step means nothing.
    """
    former = campaign.state
    if not moved(campaign.id, step, *conditions, **values):
        db.session.refresh(campaign)
        raise CampaignMoved(_("The campaign is %(state)s by now.", state=rules.CAMPAIGN_WORDS[campaign.state]))
    db.session.refresh(campaign)
    audit.record(
        f"newsletter.campaign_{step.value}",
        Subject("campaign", campaign.id, campaign.name),
        by=by,
        changes={"state": (former.value, campaign.state.value)},
    )


def moved(campaign_id: int, step: Move, *conditions: sa.ColumnElement[bool], **values: object) -> bool:
    """Take a step in one statement; whether it was this call that took it."""
    state = sa.case(
        *((Campaign.state == old, sa.literal(new.value)) for old, new in MOVES[step].items()),
        else_=Campaign.state,
    )
    change = (
        sa.update(Campaign)
        .where(Campaign.id == campaign_id, Campaign.state.in_(before(step)), *conditions)
        .values(state=state, version=Campaign.version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    return bool(db.session.execute(change).rowcount)  # type: ignore[attr-defined]  # an update's result is a CursorResult


def is_over(campaign: Campaign) -> bool:
    """Whether nothing will ever be sent of it again."""
    return campaign.state in (CampaignState.FINISHED, CampaignState.CANCELLED)
