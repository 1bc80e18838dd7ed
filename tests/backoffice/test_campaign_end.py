"""Until when the mails of a campaign are tried: said where it begins, changed while it is on its way."""

from datetime import timedelta

import pytest

from portal.foundation import clock
from portal.newsletter.models import CampaignState
from tests.backoffice.campaigning import PATH, rewrite, stored, verbs
from tests.newsletter.campaigns import advance

BEGIN = {"day": "2150-01-05", "hour": "09:30", "zone": "Asia/Kolkata"}


def launched(browser, campaign_id, **more):
    browser.open(f"{PATH}/{campaign_id}/launch")
    answer = browser.send("", **more)
    advance()
    return answer


def scheduled(browser, campaign_id, **more):
    browser.open(f"{PATH}/{campaign_id}/review")
    return browser.send("/schedule", **BEGIN, **more)


def paused(browser, campaign_id):
    """On its way, paused, and its time is over by now."""
    launched(browser, campaign_id)
    browser.open(f"{PATH}/{campaign_id}/progress")
    browser.send("/pause")
    advance()
    rewrite(campaign_id, stop_trying_at=clock.now() - timedelta(hours=1))


def test_an_end_is_said_by_the_clocks_of_the_start_and_shown(mark, written):
    page = scheduled(mark, written, until_day="2150-01-06", until_hour="18:00")
    assert stored(written).stop_trying_at.isoformat() == "2150-01-06T12:30:00+00:00"
    assert "Its mails are tried until 2150-01-06 18:00 Asia/Kolkata." in page.text
    review = mark.open(f"{PATH}/{written}/review")
    assert 'value="2150-01-06"' in review.text
    assert 'value="18:00"' in review.text


def test_without_an_end_the_usual_one_is_said_in_words(mark, written):
    page = scheduled(mark, written)
    assert stored(written).stop_trying_at is None
    assert "tried for 72 hours from then, and longer where the pace needs it" in page.text


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (("2150-01-05", "09:30"), "Choose a later end, or none"),
        (("2150-01-06", ""), "Enter a time, like 09:30"),
        (("", "09:30"), "Enter a day, like 2026-12-24"),
        (("2150-02-30", "09:30"), "Enter a day, like 2026-12-24"),
        (("2150-01-06\0", "09:30"), "Enter a day, like 2026-12-24"),
    ],
)
def test_an_end_that_is_none_is_told_at_its_field(mark, written, end, words):
    page = scheduled(mark, written, until_day=end[0], until_hour=end[1])
    assert page.status_code == 422
    assert words in page.text
    assert stored(written).state is CampaignState.DRAFT


def test_an_end_in_an_hour_that_the_clocks_skip_is_told_at_its_field(mark, written):
    mark.open(f"{PATH}/{written}/review")
    moment = {"day": "2100-01-05", "hour": "09:30", "zone": "Europe/Berlin"}
    page = mark.send("/schedule", **moment, until_day="2100-03-28", until_hour="02:30")
    assert page.status_code == 422
    assert "skip this time. Take 03:30" in page.text


def test_a_campaign_taken_back_to_the_desk_has_no_end(mark, written):
    scheduled(mark, written, until_day="2150-01-06", until_hour="18:00")
    mark.send("/back")
    assert stored(written).stop_trying_at is None


def test_a_campaign_that_goes_at_once_ends_when_its_form_says(mark, written):
    launched(mark, written, until_day="2150-01-06", until_hour="18:00", zone="Asia/Kolkata")
    assert stored(written).state is CampaignState.SENDING
    assert stored(written).stop_trying_at.isoformat() == "2150-01-06T12:30:00+00:00"


def test_a_campaign_that_would_end_before_it_goes_does_not_go(mark, written):
    answer = launched(mark, written, until_day="2001-01-06", until_hour="18:00", zone="Asia/Kolkata")
    assert answer.status_code == 422
    assert 'value="2001-01-06"' in answer.text
    assert stored(written).state is CampaignState.DRAFT


@pytest.mark.parametrize(("per_hour", "hours"), [(None, 72), (1, 75)])
def test_the_usual_end_leaves_time_for_the_pace(mark, written, per_hour, hours):
    rewrite(written, per_hour=per_hour)
    before = clock.now()
    launched(mark, written)
    lasts = stored(written).stop_trying_at - timedelta(hours=hours)
    assert before <= lasts <= clock.now()


def test_where_domains_have_limits_nobody_is_given_up_for_being_late(mark, written, shop_wants):
    shop_wants(domain_limits=("demo.example=1",))
    launched(mark, written)
    assert stored(written).stop_trying_at is None


def test_a_campaign_whose_time_is_over_goes_on_only_after_a_later_end_was_chosen(mark, written):
    paused(mark, written)
    page = mark.open(f"{PATH}/{written}/progress")
    assert "choose a later end first" in page.text
    mark.open(f"{PATH}/{written}/until")
    token = mark._choose("", {"until_day": ""})["fields"]["csrf_token"]
    assert mark.client.post(f"{PATH}/{written}/resume", data={"csrf_token": token}).status_code == 409
    assert stored(written).state is CampaignState.PAUSED
    assert mark.send("", until_day="2000-01-01", until_hour="09:00").status_code == 422
    mark.send("", until_day="2150-01-06", until_hour="18:00", zone="Asia/Kolkata")
    assert mark.path == f"{PATH}/{written}/progress"
    mark.send("/resume")
    assert stored(written).state is CampaignState.SENDING
    assert [verb for verb in verbs() if verb.endswith(("_end", "_resume"))] == [
        "newsletter.campaign_end",
        "newsletter.campaign_resume",
    ]


def test_an_end_is_given_to_nothing_that_is_not_on_its_way(mark, written):
    mark.open(f"{PATH}/{written}/until")
    answer = mark.send("", until_day="2150-01-06", until_hour="18:00")
    assert answer.status_code == 409
    assert stored(written).stop_trying_at is None


def test_a_scheduled_campaign_whose_end_came_first_is_missed_rather_than_given_up(mark, written):
    moment = clock.now()
    rewrite(
        written,
        state=CampaignState.SCHEDULED,
        send_at=moment - timedelta(minutes=20),
        stop_trying_at=moment - timedelta(minutes=5),
        time_zone="Asia/Kolkata",
    )
    advance()
    assert stored(written).state is CampaignState.MISSED


def test_what_is_sent_is_offered_neither_for_sending_nor_for_another_end(mark, written):
    rewrite(written, state=CampaignState.FINISHED)
    for page in ("launch", "until"):
        answer = mark.client.get(f"{PATH}/{written}/{page}")
        assert (answer.status_code, answer.location) == (303, f"{PATH}/{written}/progress")
