"""Whether a campaign may go on: too much that goes wrong in a row, or in a share of the last mails, pauses it."""

import logging
import threading
from collections import deque

from flask import Flask

from portal.audit.service import SYSTEM
from portal.foundation import database
from portal.foundation.database import db
from portal.newsletter.errors import CampaignMoved
from portal.newsletter.models import Campaign
from portal.newsletter.sending.smtp import Reply
from portal.newsletter.service import campaigns

IN_A_ROW = 5  # troubles with the mail server
LAST = 500  # answers of which a share is taken
SHARE = 0.05  # of them refused for good
AT_ONCE = ("policy", "journal")  # one is enough

log = logging.getLogger(__name__)


class Watch:
    """What went wrong lately in this process, by campaign."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._in_a_row: dict[int, int] = {}
        self._answers: dict[int, deque[bool]] = {}

    def trouble(self, campaign_id: int, reason: str) -> None:
        """Something that is not a recipient's fault went wrong."""
        with self._lock:
            count = self._in_a_row[campaign_id] = self._in_a_row.get(campaign_id, 0) + 1
        if reason in AT_ONCE or count >= IN_A_ROW:
            self._pause(campaign_id, reason)

    def answered(self, campaign_id: int, reply: Reply) -> None:
        """The server answered a mail."""
        with self._lock:
            self._in_a_row.pop(campaign_id, None)
            last = self._answers.setdefault(campaign_id, deque(maxlen=LAST))
            last.append(reply.is_for_good)
            too_many = len(last) == LAST and sum(last) > LAST * SHARE if reply.is_for_good else False
        if too_many:
            self._pause(campaign_id, "error_rate")

    def _pause(self, campaign_id: int, reason: str) -> None:
        try:
            with database.transaction():
                campaign = db.session.get(Campaign, campaign_id, populate_existing=True)
                if campaign is not None:
                    campaigns.pause(campaign, SYSTEM, reason)
        except CampaignMoved:
            return
        except Exception:
            log.exception("Campaign %s could not be paused (%s).", campaign_id, reason)
        log.warning("Campaign %s is paused: %s.", campaign_id, reason)
