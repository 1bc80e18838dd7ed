"""What the worker does for campaigns: brings in who left meanwhile, takes campaigns further, keeps senders at work."""

import logging

from portal.config import settings
from portal.foundation import database
from portal.newsletter.sending.crew import Crew
from portal.newsletter.service import domains, installation, progress, spooling
from portal.newsletter.service.freezing import SumsDiffer

log = logging.getLogger(__name__)


def advance_campaigns(crew: Crew) -> int:
    """Take every campaign a step further where it is ready for one, and have senders run while there is work."""
    spooling.replay()
    with database.transaction():
        campaigns = progress.due()
        allowed = not campaigns or installation.may_send()
    if not allowed:
        crew.look_after(has_work=False)
        return 0
    if campaigns:
        _look_up_domains()
    for campaign_id in campaigns:
        try:
            with database.transaction():
                progress.advance(campaign_id)
        except SumsDiffer:
            log.exception("The people of a campaign could not be written down; it is tried again.")
    with database.transaction():
        has_work = bool(campaigns) and progress.is_sending_due()
    crew.look_after(has_work=has_work)
    return 0


def _look_up_domains() -> None:
    """Ask the DNS once more before campaigns leave that were scheduled long ago, while no transaction is open."""
    with database.transaction():
        addresses = domains.unproven()
    for address in addresses:
        found = domains.asked(address, settings().dkim_selector)
        with database.transaction():
            domains.keep_what_was_told(address, found)
