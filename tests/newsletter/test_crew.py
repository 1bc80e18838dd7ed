"""The worker sends campaigns with nothing else started, and its senders end with it."""

import signal
from email import message_from_bytes
from email.policy import default

import pytest

from portal.foundation.clock import now
from portal.foundation.database import db, transaction
from portal.newsletter.models import CampaignState, Installation
from portal.newsletter.sending.crew import Crew
from portal.newsletter.sending.journal import born
from portal.newsletter.tasks import advance_campaigns
from tests import processes
from tests.newsletter import shops
from tests.newsletter.campaigns import campaign, drafted, subscribe

pytestmark = pytest.mark.real


@pytest.fixture(params=shops.DATABASES)
def shop(request, tmp_path):
    server = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    app = shops.opened(tmp_path, server)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


class Idle(Crew):
    """Starts nobody."""

    def look_after(self, *, has_work):
        """Nothing is done."""


def sender_of(worker):
    found = [pid for pid in processes.descendants(worker.pid) if "sender" in processes.command(pid)]
    return found[0] if found else 0


def test_a_campaign_goes_out_by_the_worker_alone_and_is_kept_as_files_where_there_is_no_mail_server(shop):
    own = shop.extensions["portal.settings"]
    subscribe(7)
    drafted(state=CampaignState.PREPARING)
    with processes.flask("worker", env=processes.environment(own, **shops.knobs(shop))) as worker:
        processes.until(lambda: campaign().state is CampaignState.FINISHED)
        mails = [
            message_from_bytes(path.read_bytes(), policy=default) for path in (own.instance / "mail").glob("*.eml")
        ]
        assert sorted(mail["To"] for mail in mails) == [f"Zoe{number}@demo.example" for number in range(7)]
        sender = sender_of(worker)
        assert sender
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        processes.until(lambda: not born(sender))


def test_a_copy_of_the_database_elsewhere_sends_nothing_until_somebody_says_so(shop):
    own = shop.extensions["portal.settings"]
    subscribe(1)
    drafted(state=CampaignState.PREPARING)
    with transaction():
        db.session.add(Installation(mark="0" * 64, place="the old machine", allowed_at=now()))
    env = processes.environment(own, **shops.knobs(shop))
    with processes.flask("sender", "--until-idle", "0", env=env) as sender:
        assert "flask installation allow" in sender.communicate()[0]
        assert sender.returncode == 1
    with processes.flask("installation", "allow", env=env) as said:
        assert "Campaigns may be sent from" in said.communicate()[0]
    advance_campaigns(Idle())
    assert campaign().state is CampaignState.SENDING
