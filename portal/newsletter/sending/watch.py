"""Whether a campaign may go on: too much that goes wrong in a row, or in a share of the last mails, pauses it."""

import logging
import threading
import time
from collections import deque

from flask import Flask

from portal.audit.service import SYSTEM
from portal.foundation import database
from portal.foundation.database import db
from portal.newsletter.errors import CampaignMoved
from portal.newsletter.models import Campaign
from portal.newsletter.sending.smtp import Reply
from portal.newsletter.service import campaigns

IN_A_ROW = 5  # troubles of one connection with the mail server
OUTAGE = 60.0  # seconds that a server may be away: one that starts again is no reason to stop
MADE = 0.001  # share of mails that can't be made
LAST = 500  # answers of which a share is taken
SHARE = 0.05  # of them refused for good
AT_ONCE = ("policy", "journal", "message")  # one is enough

log = logging.getLogger(__name__)


class Watch:
    """What went wrong lately in this process, by campaign."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._in_a_row: dict[tuple[int, int], tuple[int, float]] = {}  # of a campaign and thread: how many, since when
        self._answers: dict[int, deque[bool]] = {}
        self._made: dict[int, list[int]] = {}  # of a campaign: mails that could be made, and that could not

    def trouble(self, campaign_id: int, reason: str) -> None:
        """Something that is not a recipient's fault went wrong on the connection of this thread."""
        if reason == "render_errors":
            self._cannot_be_made(campaign_id)
            return
        mine, moment = (campaign_id, threading.get_ident()), time.monotonic()
        with self._lock:
            count, since = self._in_a_row.get(mine, (0, moment))
            self._in_a_row[mine] = count + 1, since
        is_long = reason != "relay_down" or moment - since >= OUTAGE
        if reason in AT_ONCE or (count + 1 >= IN_A_ROW and is_long):
            self._pause(campaign_id, reason)

    def answered(self, campaign_id: int, reply: Reply) -> None:
        """The server answered a mail."""
        with self._lock:
            self._in_a_row.pop((campaign_id, threading.get_ident()), None)
            self._made.setdefault(campaign_id, [0, 0])[0] += 1
            last = self._answers.setdefault(campaign_id, deque(maxlen=LAST))
            last.append(reply.is_for_good)
            too_many = len(last) == LAST and sum(last) > LAST * SHARE if reply.is_for_good else False
            if too_many:
                last.clear()  # who resumes it means to see LAST more
        if too_many:
            self._pause(campaign_id, "error_rate")

    def _cannot_be_made(self, campaign_id: int) -> None:
        with self._lock:
            made = self._made.setdefault(campaign_id, [0, 0])
            made[1] += 1
            too_many = made[1] >= IN_A_ROW and made[1] > sum(made) * MADE
        if too_many:
            self._pause(campaign_id, "render_errors")

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
        else:
            log.warning("Campaign %s is paused: %s.", campaign_id, reason)
