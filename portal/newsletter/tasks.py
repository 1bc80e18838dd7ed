"""What the worker does for campaigns: brings in who left meanwhile, takes campaigns further, keeps senders at work."""

import logging
from contextlib import nullcontext

from portal.config import settings
from portal.foundation import database
from portal.newsletter.models import CampaignState
from portal.newsletter.sending.crew import Crew
from portal.newsletter.service import domains, installation, progress, spooling

log = logging.getLogger(__name__)


def advance_campaigns(crew: Crew) -> int:
    """Take every campaign a step further where it is ready for one, and have senders run while there is work."""
    _bring_in_who_left()
    with database.reading():  # keeps nobody from writing: mostly there is none
        campaigns = progress.due()
    if not campaigns or not _may_send():
        crew.look_after(has_work=False)
        return 0
    _look_up_domains()
    for campaign_id, state in campaigns.items():
        _advance(campaign_id, state)
    with database.transaction():
        has_work = progress.is_sending_due()
    crew.look_after(has_work=has_work)
    return 0


def _may_send() -> bool:
    with database.transaction():
        return installation.may_send()


def _bring_in_who_left() -> None:
    """What can't be brought in stays in the spool, where senders find it; campaigns go on meanwhile."""
    try:
        spooling.replay()
    except Exception:
        log.exception("Who left while the database was away could not be brought in; it is tried again.")


def _advance(campaign_id: int, state: CampaignState) -> None:
    """Take one campaign further; whatever is wrong with it keeps no other one waiting."""
    try:
        with database.still() if state is CampaignState.PREPARING else nullcontext(), database.transaction():
            progress.advance(campaign_id)
    except Exception:
        log.exception("Campaign %s could not be taken further; it is tried again.", campaign_id)


def _look_up_domains() -> None:
    """Ask the DNS once more before campaigns leave that were scheduled long ago, while no transaction is open."""
    with database.transaction():
        addresses = domains.unproven()
    for address in addresses:
        found = domains.asked(address, settings().dkim_selector)
        with database.transaction():
            domains.keep_what_was_told(address, found)
