"""A scheduled campaign's moment comes: its check list is gone through once more, and what is wrong holds it back."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.foundation import clock
from portal.foundation.database import db, transaction
from portal.newsletter import tasks
from portal.newsletter.models import CampaignState, SenderDomain, Subscription, SubscriptionState
from portal.newsletter.service import domains
from tests.backoffice.campaigning import PATH, come_from, rewrite, stored, verbs
from tests.mails import link_in, text_of
from tests.newsletter.campaigns import advance


class Idle:
    """No senders."""

    def look_after(self, *, has_work):
        pass


def due(campaign_id, **more):
    moment = clock.now() - timedelta(minutes=1)
    rewrite(campaign_id, state=CampaignState.SCHEDULED, send_at=moment, time_zone="Asia/Kolkata", **more)


def held(campaign_id):
    found = stored(campaign_id)
    return found.state is CampaignState.MISSED and found.pause_reason == "check_list"


def test_a_scheduled_campaign_goes_when_its_check_list_is_still_in_order(written):
    due(written)
    advance()
    assert stored(written).state is CampaignState.PREPARING


def test_what_went_wrong_since_it_was_scheduled_holds_it_back_until_a_person_says(mark, written):
    with transaction():
        db.session.execute(sa.update(Subscription).values(state=SubscriptionState.UNSUBSCRIBED))
    due(written)
    advance()
    assert held(written)
    page = mark.open(f"{PATH}/{written}/progress")
    assert "Something on its check list was wrong when its moment came" in page.text
    assert "Nobody would get this campaign" in mark.open(f"{PATH}/{written}/launch").text
    with transaction():
        db.session.execute(sa.update(Subscription).values(state=SubscriptionState.ACTIVE))
    mark.open(f"{PATH}/{written}/launch")
    mark.send()
    assert (stored(written).state, stored(written).pause_reason) == (CampaignState.PREPARING, "")
    assert [verb for verb in verbs() if verb.endswith(("_hold", "_launch"))] == [
        "newsletter.campaign_hold",
        "newsletter.campaign_launch",
    ]


def test_whoever_may_send_campaigns_is_told_what_held_one_back(mark, written, mailbox):
    with transaction():
        db.session.execute(sa.update(Subscription).values(state=SubscriptionState.UNSUBSCRIBED))
    due(written)
    advance()
    [mail] = [mail for mail in mailbox() if "Lamps" in mail["Subject"]]
    assert mail["Subject"] == "Campaign “Lamps” was not sent"
    assert mail["To"] == "mark@demo.example"
    assert "- Nobody would get this campaign" in text_of(mail)
    page = mark.open(link_in(mail, "/staff"))
    assert "To mend now:" in page.text
    assert "Nobody would get this campaign" in page.text


def test_nobody_is_told_of_a_campaign_that_somebody_dealt_with_already(mark, written, mailbox):
    due(written)
    rewrite(written, send_at=clock.now() - timedelta(hours=3))
    advance()
    mark.open(f"{PATH}/{written}/launch")
    mark.send()
    assert mailbox() == []


@pytest.mark.parametrize(("reason", "mails"), [("policy", 1), ("", 0)])
def test_a_campaign_that_pauses_by_itself_is_told_of_and_one_that_somebody_paused_is_not(
    mark, written, mailbox, reason, mails
):
    rewrite(written, state=CampaignState.PAUSING, pause_reason=reason)
    advance()
    advance()
    assert [mail["Subject"] for mail in mailbox()] == ["Campaign “Lamps” stopped by itself"] * mails


def answering(monkeypatch, *records, silent=False):
    """Have the DNS know these records and no others, or answer nothing; returns the names that were asked for."""
    asked = []

    def ask(name):
        asked.append(name)
        if silent:
            raise domains.Unanswered
        return [record for place, record in records if place == name]

    monkeypatch.setattr(domains, "txt_records", ask)
    return asked


SPF, DMARC = ("shop.com", "v=spf1 -all"), ("_dmarc.shop.com", "v=DMARC1; p=none")


def test_the_dns_is_asked_again_when_the_moment_comes(written, monkeypatch):
    come_from(written, "Shop <news@shop.com>")
    due(written)
    answering(monkeypatch, SPF)
    tasks.advance_campaigns(Idle())
    assert held(written)


@pytest.mark.parametrize("silent", [False, True])
def test_a_name_server_that_is_away_holds_back_nobody_whose_domain_was_in_order(written, monkeypatch, silent):
    come_from(written, "Shop <news@shop.com>")
    answering(monkeypatch, SPF, DMARC)
    with transaction():
        domains.look_up("news@shop.com", "")
        db.session.execute(sa.update(SenderDomain).values(checked_at=clock.now() - timedelta(days=3)))
    due(written)
    asked = answering(monkeypatch, SPF, DMARC, silent=silent)
    tasks.advance_campaigns(Idle())
    assert asked == ["shop.com", "_dmarc.shop.com"]
    assert stored(written).state is CampaignState.PREPARING


def test_a_reason_that_was_noted_is_still_good_when_the_moment_comes(written, monkeypatch):
    come_from(written, "Shop <news@shop.com>")
    due(written, domain_reason="Moves to the new provider tomorrow.")
    asked = answering(monkeypatch)
    tasks.advance_campaigns(Idle())
    assert asked == []
    assert stored(written).state is CampaignState.PREPARING
