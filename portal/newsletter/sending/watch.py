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
QUIET = 600.0  # seconds after a trouble from which on the next one is another story: a pause may lie between
SAID = 190  # letters kept of what the server said
AT_ONCE = ("policy", "journal", "message")  # one is enough

log = logging.getLogger(__name__)


class Watch:
    """What went wrong lately in this process, by campaign."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._lock = threading.Lock()
        # Of a campaign and thread: how many, since when, and the last one.
        self._in_a_row: dict[tuple[int, int], tuple[int, float, float]] = {}
        self._answers: dict[int, deque[bool]] = {}
        self._made: dict[int, list[int]] = {}  # of a campaign: mails that could be made, and that could not

    def trouble(self, campaign_id: int, reason: str, said: str = "") -> None:
        """Something that is not a recipient's fault went wrong on the connection of this thread; what was `said`."""
        if reason == "render_errors":
            self._cannot_be_made(campaign_id)
            return
        mine, moment = (campaign_id, threading.get_ident()), time.monotonic()
        with self._lock:
            count, since, last = self._in_a_row.get(mine, (0, moment, moment))
            if moment - last > QUIET:
                count, since = 0, moment
            self._in_a_row[mine] = count + 1, since, moment
        is_long = reason != "relay_down" or moment - since >= OUTAGE
        if reason in AT_ONCE or (count + 1 >= IN_A_ROW and is_long):
            self._forget(campaign_id)
            self._pause(campaign_id, reason, said)

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

    def _forget(self, campaign_id: int) -> None:
        """Whoever resumes a campaign means to see as much trouble again."""
        with self._lock:
            for mine in [mine for mine in self._in_a_row if mine[0] == campaign_id]:
                del self._in_a_row[mine]

    def _pause(self, campaign_id: int, reason: str, said: str = "") -> None:
        said = " ".join(said.replace("\0", "").split())[:SAID]
        try:
            with database.transaction():
                campaign = db.session.get(Campaign, campaign_id, populate_existing=True)
                if campaign is not None:
                    campaigns.pause(campaign, SYSTEM, reason, said)
        except CampaignMoved:
            self._add(campaign_id, reason, said)
        except Exception:
            log.exception("Campaign %s could not be paused (%s).", campaign_id, reason)
        else:
            log.warning("Campaign %s is paused: %s.", campaign_id, reason)

    def _add(self, campaign_id: int, reason: str, said: str) -> None:
        """Another connection was faster; whether it heard the same of another domain is worth knowing."""
        try:
            with database.transaction():
                campaign = db.session.get(
                    Campaign, campaign_id, populate_existing=True, with_for_update={"of": Campaign}
                )
                if campaign is not None:
                    campaigns.add_said(campaign, reason, said)
        except Exception:
            log.exception("What the server said about campaign %s could not be kept.", campaign_id)
