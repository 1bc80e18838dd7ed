"""What can't be noted is not sent: a disk that is full stops a campaign and loses nobody."""

import errno
import os
from pathlib import Path

import pytest

from portal.audit.service import SYSTEM
from portal.config import settings
from portal.foundation.database import db, transaction
from portal.newsletter.models import Campaign, CampaignState, DeliveryState
from portal.newsletter.sending import journal
from portal.newsletter.sending.journal import FOLDER, Journal, Owner, read
from portal.newsletter.service import campaigns
from tests.newsletter.campaigns import advance, campaign, launched, send, states, subscribe
from tests.newsletter.sink import sink

PEOPLE = 6


@pytest.fixture
def full_after(app, monkeypatch):
    """Call it with the bytes that a journal takes, as on a disk that is nearly full, or with None for any."""
    folder, write, room = settings().instance / FOLDER, os.write, [None]

    def kept(file, line):
        if room[0] is None or f"/{FOLDER}/" not in str(Path(f"/proc/self/fd/{file}").readlink()):
            return write(file, line)
        free = room[0] - os.fstat(file).st_size
        if free <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
        return write(file, line[:free])

    monkeypatch.setattr(journal.os, "write", kept)
    return lambda number: room.__setitem__(0, number)


@pytest.mark.real
@pytest.mark.parametrize("room", [0, 20, 45])  # for nothing; for a start and a part of its answer; for some more
def test_a_full_disk_pauses_the_campaign_and_what_was_sent_is_known(app, full_after, room):
    subscribe(PEOPLE)
    campaign_id = launched()
    full_after(room)
    with sink() as server:
        send(app, server, connections=1)
        assert (campaign().state, campaign().pause_reason) == (CampaignState.PAUSED, "journal")
        sent = len(server.ids)
        assert bool(room) == bool(sent)
        assert states() == {DeliveryState.QUEUED: PEOPLE - sent} | ({DeliveryState.ACCEPTED: sent} if sent else {})
        full_after(None)
        with transaction():
            campaigns.resume(db.session.get_one(Campaign, campaign_id), SYSTEM)
        send(app, server, connections=1)
    assert len(server.ids) == len(set(server.ids)) == PEOPLE
    assert states() == {DeliveryState.ACCEPTED: PEOPLE}
    advance()
    assert campaign().state is CampaignState.FINISHED


def test_a_line_that_was_cut_off_is_not_continued_by_the_next_one(tmp_path, full_after, monkeypatch):
    folder = tmp_path / FOLDER
    mine = Journal(folder, Owner.mine(0))
    mine.start(1, 345, 1)
    full_after(mine.path.stat().st_size + 8)
    with pytest.raises(OSError, match="whole"):
        mine.answer(1, 345, "250 OK")
    full_after(None)
    mine.start(1, 346, 1)
    found = read(mine.path)
    assert (set(found.started), found.answers) == ({(1, 345), (1, 346)}, {})
    mine.close()
