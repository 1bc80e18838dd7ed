"""A campaign leaves its desk: checked, scheduled, launched, watched, paused, resumed, cancelled, doubted."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.foundation import clock
from portal.foundation.database import db, transaction
from portal.jobs import service as jobs
from portal.jobs.models import Job
from portal.newsletter.models import (
    CampaignState,
    Delivery,
    DeliveryChunk,
    DeliveryState,
    SenderDomain,
    Subscription,
    SubscriptionState,
)
from portal.newsletter.service import checking, domains, progress
from tests.backoffice.campaigning import PATH, come_from, fields, rewrite, stored, verbs
from tests.newsletter.campaigns import advance


def checks(campaign_id):
    return {check.words: check.kind for check in checking.of_all(stored(campaign_id))}


def test_the_review_says_who_gets_it_and_that_nothing_stands_in_the_way(mark, written):
    page = mark.open(f"{PATH}/{written}/review")
    assert "3 people" in page.text
    assert "Ready" in page.text


def test_a_campaign_is_launched_and_reaches_its_ledger(mark, written):
    page = mark.open(f"{PATH}/{written}/launch")
    assert "It goes to 3 people" in page.text
    mark.send()
    assert mark.path == f"{PATH}/{written}/progress"
    advance()
    page = mark.open(f"{PATH}/{written}/progress")
    assert "0 of 3" in page.text
    assert stored(written).state is CampaignState.SENDING
    assert "newsletter.campaign_launch" in verbs()


def test_what_was_changed_since_it_was_seen_is_not_launched(mark, written):
    mark.open(f"{PATH}/{written}/launch")
    rewrite(written, version=99)
    assert mark.send().status_code == 409
    assert stored(written).state is CampaignState.DRAFT


def test_a_second_press_launches_nothing_twice(mark, written):
    page = mark.open(f"{PATH}/{written}/launch")
    mark.send()
    mark._arrive(page)
    assert mark.send().status_code == 409
    assert verbs().count("newsletter.campaign_launch") == 1


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"subject": ""}, "The subject is missing"),
        ({"block-2-href": ""}, "Some blocks aren’t finished"),
        ({"block-1-text": "Dear {{ first_name }}"}, "first_name is empty for 3 of 3 people"),
        ({"sender_email": "news@shop.com"}, "Sender’s domain isn’t looked up"),
    ],
)
def test_what_is_unfinished_does_not_leave(mark, written, more, words):
    campaign = stored(written)
    token = mark.open(f"{PATH}/{written}") and mark._choose("", {"subject": ""})["fields"]["csrf_token"]
    mark.client.post(f"{PATH}/{written}", data={**fields(campaign, **more), "csrf_token": token})
    assert checks(written)[words] == "bad"
    assert words in mark.open(f"{PATH}/{written}/launch").text
    data = {"version": str(stored(written).version), "csrf_token": token}
    assert mark.client.post(f"{PATH}/{written}/launch", data=data).status_code == 409
    assert stored(written).state is CampaignState.DRAFT


@pytest.mark.parametrize("part", ["html", "text"])
def test_a_way_out_stands_in_both_parts(written, part):
    content = stored(written).content
    setattr(content, part, getattr(content, part).replace("unsubscribe_url", "view_url"))
    db.session.commit()
    assert checks(written)["The unsubscribe link is missing"] == "bad"


def test_a_campaign_for_nobody_does_not_leave(written):
    with transaction():
        db.session.execute(sa.update(Subscription).values(state=SubscriptionState.UNSUBSCRIBED))
    assert checks(written)["Nobody would get this campaign"] == "bad"


def test_a_campaign_goes_to_a_segment_that_was_deleted_to_nobody(written):
    rewrite(written, segment_id=99)
    assert checks(written)["A segment was deleted. Choose another one."] == "bad"


@pytest.mark.parametrize(
    ("answers", "kind", "words"),
    [
        ({"shop.com": ["v=spf1 -all"], "_dmarc.shop.com": ["v=DMARC1; p=none"]}, "ok", "Sender’s domain is set up"),
        ({"shop.com": ["v=spf1 -all"]}, "bad", "DMARC missing for shop.com"),
        (None, "bad", "No name server answered for shop.com"),
    ],
)
def test_the_senders_domain_is_as_the_dns_says(written, answers, kind, words):
    def ask(name):
        if answers is None:
            raise domains.Unanswered
        return answers.get(name, [])

    come_from(written, "Shop <news@shop.com>")
    with transaction():
        domains.look_up("news@shop.com", "", ask)
    assert checks(written)[words] == kind
    assert db.session.get(SenderDomain, "shop.com") is not None


def test_without_that_proof_it_leaves_for_a_reason_that_is_kept(mark, written):
    come_from(written, "Shop <news@shop.com>")
    mark.open(f"{PATH}/{written}/review")
    mark.send("/unproven", reason="Moves to the new provider tomorrow.")
    assert checks(written)["Sender goes unproven"] == "wait"
    assert "newsletter.campaign_unproven" in verbs()


def schedule(browser, campaign_id, day, hour, zone):
    browser.open(f"{PATH}/{campaign_id}/review")
    return browser.send("/schedule", day=day, hour=hour, zone=zone)


def test_a_campaign_is_scheduled_in_a_time_zone_and_taken_back(mark, written):
    page = schedule(mark, written, "2150-01-05", "09:30", "Asia/Kolkata")
    assert "2150-01-05 09:30 Asia/Kolkata" in page.text
    campaign = stored(written)
    assert (campaign.state, campaign.send_at.isoformat()) == (CampaignState.SCHEDULED, "2150-01-05T04:00:00+00:00")
    mark.send("/back")
    assert stored(written).state is CampaignState.DRAFT


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (("2100-03-28", "02:30", "Europe/Berlin"), "are put forward then and skip this time. Take 03:30"),
        (("2000-01-01", "09:00", "Asia/Kolkata"), "This moment is over"),
        (("2100-01-01", "09:00", "Mars/Olympus"), "Choose a time zone from the list"),
        (("2100-02-30", "09:00", "Asia/Kolkata"), "Enter a day"),
        (("2100-01-01", "25:00", "Asia/Kolkata"), "Enter a time"),
        (("", "", ""), "Enter a day"),
    ],
)
def test_a_moment_that_is_none_is_told_at_its_field(mark, written, moment, words):
    page = schedule(mark, written, *moment)
    assert page.status_code == 422
    assert words in page.text
    assert stored(written).state is CampaignState.DRAFT


def test_a_moment_that_comes_twice_is_the_first_of_them(mark, written):
    page = schedule(mark, written, "2100-10-31", "02:30", "Europe/Berlin")
    assert "show this time twice" in page.text
    assert stored(written).send_at.isoformat() == "2100-10-31T00:30:00+00:00"


def test_a_missed_campaign_waits_for_a_persons_word(mark, written):
    rewrite(written, state=CampaignState.SCHEDULED, send_at=clock.now() - timedelta(hours=3), time_zone="Asia/Kolkata")
    advance()
    page = mark.open(f"{PATH}/{written}/progress")
    assert "Say whether it still goes" in page.text
    mark.open(f"{PATH}/{written}/launch")
    mark.send()
    assert stored(written).state is CampaignState.PREPARING


def test_a_campaign_is_paused_resumed_and_cancelled_with_a_question(mark, written):
    mark.open(f"{PATH}/{written}/launch")
    mark.send()
    advance()
    mark.open(f"{PATH}/{written}/progress")
    mark.send("/pause")
    advance()
    assert stored(written).state is CampaignState.PAUSED
    mark.send("/resume")
    assert stored(written).state is CampaignState.SENDING
    page = mark.open(f"{PATH}/{written}/cancel")
    assert "3 more mails never begin" in page.text
    mark.send("/cancel")
    advance()
    assert stored(written).state is CampaignState.CANCELLED
    assert "nobody is lost" in mark.open(f"{PATH}/{written}/progress").text
    assert [verb for verb in verbs() if verb.endswith(("_pause", "_resume", "_cancel"))] == [
        "newsletter.campaign_pause",
        "newsletter.campaign_resume",
        "newsletter.campaign_cancel",
    ]


@pytest.fixture
def doubted(mark, written):
    """A finished campaign with one mail in doubt."""
    mark.open(f"{PATH}/{written}/launch")
    mark.send()
    advance()
    first = db.session.scalar(sa.select(sa.func.min(Delivery.subscription_id)))
    with transaction():
        db.session.execute(sa.update(Delivery).values(state=int(DeliveryState.ACCEPTED)))
        db.session.execute(
            sa.update(Delivery).where(Delivery.subscription_id == first).values(state=int(DeliveryState.UNKNOWN))
        )
        db.session.execute(sa.update(DeliveryChunk).values(accepted=2, unknown=1, state=2))
    advance()
    assert stored(written).state is CampaignState.FINISHED
    return written


def in_doubt():
    return db.session.scalar(sa.select(Delivery.subscription_id).where(Delivery.state == int(DeliveryState.UNKNOWN)))


def test_a_mail_in_doubt_counts_as_sent(mark, doubted):
    page = mark.open(f"{PATH}/{doubted}/progress")
    assert "zoe0@demo.example" in page.text.lower()
    mark.send(f"/resolve/{in_doubt()}", decision="sent")
    standing = progress.standing(doubted)
    assert (standing.accepted, standing.unknown, standing.waiting) == (3, 0, 0)
    assert stored(doubted).state is CampaignState.FINISHED
    assert verbs()[-1] == "newsletter.campaign_resolved"


def test_a_mail_in_doubt_goes_out_once_more(mark, doubted):
    page, who = mark.open(f"{PATH}/{doubted}/progress"), f"/resolve/{in_doubt()}"
    mark.send(who, decision="again")
    standing = progress.standing(doubted)
    assert (standing.accepted, standing.unknown, standing.waiting) == (2, 0, 1)
    assert stored(doubted).state is CampaignState.SENDING
    mark._arrive(page)
    assert mark.send(who, decision="again").status_code == 404
    assert progress.standing(doubted).waiting == 1


def test_who_is_not_in_doubt_is_never_sent_to_again(mark, doubted):
    mark.open(f"{PATH}/{doubted}/progress")
    certain = sa.select(Delivery.subscription_id).where(Delivery.state == int(DeliveryState.ACCEPTED))
    token = mark._choose(f"/resolve/{in_doubt()}", {})["fields"]["csrf_token"]
    path = f"{PATH}/{doubted}/resolve/{db.session.scalars(certain).first()}"
    assert mark.client.post(path, data={"decision": "again", "csrf_token": token}).status_code == 404


def test_a_rehearsal_makes_every_mail_and_tells_what_it_saw(mark, written):
    mark.open(f"{PATH}/{written}/review")
    mark.send("/rehearse")
    while jobs.advance_due():
        pass
    job = db.session.scalars(sa.select(Job)).one()
    assert (job.done, job.result["domains"], job.result["missing"]) == (3, {"demo.example": 3}, {})
    page = mark.open(f"/staff/jobs/{job.id}")
    assert "3 mails were made and thrown away." in page.text
    assert "demo.example 3" in page.text
