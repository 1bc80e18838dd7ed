"""What stops a campaign by itself: what is said of it, how much it takes, and what a connection leaves behind."""

import threading
from types import SimpleNamespace

import pytest

from portal.audit.service import SYSTEM
from portal.foundation.database import db, transaction
from portal.newsletter.models import Campaign, CampaignState
from portal.newsletter.sending import watch
from portal.newsletter.sending.handing import said_about
from portal.newsletter.sending.journal import Owner
from portal.newsletter.sending.lane import Lane
from portal.newsletter.sending.rows import Chunk, Fenced
from portal.newsletter.sending.smtp import Reply
from portal.newsletter.sending.watch import IN_A_ROW, QUIET, Watch
from portal.newsletter.service import campaigns
from tests.newsletter.campaigns import campaign, launched, subscribe


def resumed(campaign_id):
    with transaction():
        campaigns.resume(db.session.get_one(Campaign, campaign_id, populate_existing=True), SYSTEM)


@pytest.fixture
def sending(app):
    """A campaign on its way, by its number."""
    subscribe(2)
    return launched()


def test_what_the_server_said_is_told_with_the_domain_and_without_the_person():
    who = SimpleNamespace(email="Zoe.Lamp@GMX.example")
    reply = Reply(550, "5.7.26 zoe.lamp@gmx.example: not authenticated")
    assert said_about(who, reply) == "gmx.example: 550 5.7.26 …@gmx.example: not authenticated"


def test_what_several_domains_said_is_kept_each_once_until_it_goes_on(app, sending):
    seen = Watch(app)
    for domain in ("a.example", "b.example", "b.example"):
        seen.trouble(sending, "policy", f"{domain}: 550 5.7.1\nno\0")
    seen.trouble(sending, "relay_down", "another story")
    for number in range(9):
        seen.trouble(sending, "policy", f"{number}.example: " + "x" * 999)
    first, second, *others = campaign().pause_said.splitlines()
    assert (first, second) == ("a.example: 550 5.7.1 no", "b.example: 550 5.7.1 no")
    assert len(others) == campaigns.MOST_SAID - 2
    resumed(sending)
    assert campaign().pause_said == ""


def test_who_resumes_a_campaign_sees_as_much_trouble_again_before_it_stops(app, sending, monkeypatch):
    monkeypatch.setattr(watch, "OUTAGE", 0)
    seen = Watch(app)
    for _ in range(IN_A_ROW):
        seen.trouble(sending, "relay_down")
    assert campaign().state is CampaignState.PAUSING
    resumed(sending)
    for _ in range(IN_A_ROW - 1):
        seen.trouble(sending, "relay_down")
    assert campaign().state is CampaignState.SENDING
    seen.trouble(sending, "relay_down")
    assert campaign().state is CampaignState.PAUSING


def test_trouble_of_long_ago_is_another_story(app, sending, monkeypatch):
    moment = [1000.0]
    monkeypatch.setattr(watch.time, "monotonic", lambda: moment[0])
    seen = Watch(app)
    for _ in range(IN_A_ROW - 1):
        seen.trouble(sending, "relay_hangs_up")
    moment[0] += QUIET + 1
    seen.trouble(sending, "relay_hangs_up")
    assert campaign().state is CampaignState.SENDING


class Away(Exception):
    """The database is away."""


class Gone:
    """A ledger that gives out one chunk, writes results and loses the database then."""

    worker = str(Owner.mine(3))
    troubles = (Away,)

    def __init__(self, release):
        self._release = release

    def is_anything_due(self):
        return True

    def transaction(self, *, lasts=False):
        return threading.Lock()

    def claim(self):
        return Chunk(1, 0, 1, 1, 1, 1)

    def waiting(self, _chunk):
        return []

    def settle(self, *_):
        pass

    def release(self, _chunk):
        if self._release is not None:
            raise self._release

    def close(self):
        pass


@pytest.mark.parametrize(("release", "stays"), [(Away, True), (Fenced, False), (None, False)])
def test_a_journal_stays_that_tells_of_a_chunk_nobody_could_give_back(tmp_path, release, stays):
    stop = threading.Event()
    stop.set()
    tools = SimpleNamespace(folder=tmp_path, journals={}, stop=stop, patience=0, compiled=lambda _: None)
    lane = Lane(3, Gone(release), tools)
    if stays:
        with pytest.raises(Away):
            lane.work()
    else:
        assert lane.work()
    lane.close()
    assert (tmp_path / Gone.worker).exists() is stays
