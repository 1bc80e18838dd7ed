"""Campaigns at the desk: written block by block, saved by two at once, looked at, proofed, thrown away."""

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditEntry
from portal.foundation.database import db
from portal.mail import service as mail
from portal.mail.models import OutboxMessage
from portal.newsletter import queries
from portal.newsletter.models import Campaign, CampaignContent, CampaignState, Subscription, SubscriptionState
from portal.staff.rules import ROLES, Permission
from tests import cast
from tests.backoffice.campaigning import PATH, begun, fields, stored
from tests.backoffice.desk import seated


def save(browser, campaign, **more):
    """Send the editor's form; None takes a field away."""
    token = browser.open(f"{PATH}/{campaign.id}") and browser._choose("", {"subject": ""})["fields"]["csrf_token"]
    data = {
        name: value for name, value in {**fields(campaign), "csrf_token": token, **more}.items() if value is not None
    }
    return browser._arrive(browser.client.post(f"{PATH}/{campaign.id}", data=data, follow_redirects=True))


def subscribed():
    """Ann agreed to the newsletter."""
    ann = cast.customer(cast.ANN)
    db.session.add(
        Subscription(
            audience_id=queries.default_audience().id,
            email=ann.email,
            email_key=ann.email_key,
            customer_id=ann.id,
            state=SubscriptionState.ACTIVE,
        )
    )
    db.session.commit()


def verbs():
    return [row.verb for row in db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))]


def test_a_campaign_is_begun_and_its_editor_opens(mark):
    mark.open(f"{PATH}/new")
    page = mark.send(name="Lamps")
    campaign = db.session.scalars(sa.select(Campaign)).one()
    assert mark.path == f"{PATH}/{campaign.id}"
    assert (campaign.name, campaign.state, campaign.created_by) == ("Lamps", CampaignState.DRAFT, "Mark Marketing")
    assert "block-0-text" in page.text
    assert campaign.tracks_clicks is False
    assert verbs() == ["newsletter.campaign_added"]


def test_a_form_sent_twice_begins_one_campaign(mark):
    page = mark.open(f"{PATH}/new")
    mark.send(name="Lamps")
    mark._arrive(page)
    mark.send(name="Lamps")
    assert db.session.scalar(sa.select(sa.func.count(Campaign.id))) == 1


def test_what_is_written_becomes_html_and_text(mark):
    campaign = begun()
    page = save(mark, campaign)
    assert "Draft saved." in page.text
    content = stored(campaign.id).content
    assert content.subject == 'Lamps for {{ first_name | default: "you" }}'
    assert 'Dear {{ first_name | default: "friend" }},' in content.html
    assert "<strong>here</strong>" in content.html
    assert "See them: https://shop.example/lamps" in content.text
    assert "lamps are here." in content.text
    for text in (content.html, content.text):
        assert "{{ unsubscribe_url }}" in text
        assert "12 MG Road" in text


def test_html_that_is_typed_stays_text(mark):
    campaign = begun()
    sly = "<script>alert(1)</script> [x](javascript:alert(1)) <b>bold</b>"
    save(mark, campaign, **{"block-0-text": sly, "block-1-text": sly, "block-2-text": sly, "subject": sly})
    content = stored(campaign.id).content
    assert "<script" not in content.html
    assert 'href="javascript' not in content.html
    page = mark.open(f"{PATH}/{campaign.id}/message.html")
    assert "<script" not in page.text
    assert "sandbox" in page.headers["Content-Security-Policy"]


def test_only_the_newest_wording_of_a_draft_is_kept(mark):
    campaign = begun()
    for subject in ("One", "Two", "Three"):
        save(mark, campaign, subject=subject)
    assert [row.subject for row in db.session.scalars(sa.select(CampaignContent))] == ["Three"]


@pytest.mark.parametrize(
    ("act", "kinds"),
    [
        ("add:picture", ["heading", "text", "button", "picture"]),
        ("add:nonsense", ["heading", "text", "button"]),
        ("down:0", ["text", "heading", "button"]),
        ("up:2", ["heading", "button", "text"]),
        ("up:0", ["heading", "text", "button"]),
        ("remove:1", ["heading", "button"]),
        ("remove:99", ["heading", "text", "button"]),
    ],
)
def test_buttons_add_move_and_remove_blocks(mark, act, kinds):
    campaign = begun()
    page = save(mark, campaign, act=act)
    assert page.status_code == 200
    assert [block["kind"] for block in stored(campaign.id).content.blocks] == kinds


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("subject", "{{ password }}", "is no field"),
        ("subject", "{{ unsubscribe_url }}", "A link can’t stand here"),
        ("block-1-text", "Dear {{ first_name", "One of the two is missing"),
        ("block-1-text", "{{ first_name | default: '<a href=\"https://e.example/\">x</a>' }}", "without &lt; and &gt;"),
        ("subject", "{{ first_name | default: '<b>' }}", "without &lt; and &gt;"),
        ("block-1-text", "[x](lamps.html)", "is no whole address"),
        ("block-1-text", "x" * 10_001, "10,000 characters or fewer"),
        ("block-2-href", "javascript:alert(1)", "Enter a whole address"),
        ("block-2-href", "https://shop.example/?n={{ first_name }}", "Enter a whole address"),
        ("block-0-text", "a\0b", "can’t be shown"),
        ("sender_email", "nobody", "Enter an email address in the correct format"),
        ("per_hour", "0", "Enter a whole number"),
        ("to", "audience-99999", "Choose whom it goes to"),
        ("to", "segment-9", "Choose whom it goes to"),
        ("name", "", "Enter a name"),
    ],
)
def test_what_cannot_be_kept_is_told_at_its_field_and_what_was_typed_stays(mark, name, typed, words):
    campaign = begun()
    page = save(mark, campaign, **{name: typed, "preview_text": "Still here."})
    assert page.status_code == 422
    assert words in page.text
    assert "Still here." in page.text
    assert stored(campaign.id).version == 1


def test_of_two_who_save_the_second_sees_both_versions(mark):
    campaign = begun()
    old = fields(campaign, subject="Mine")
    save(mark, campaign, subject="Theirs")
    page = save(mark, campaign, **old)
    assert page.status_code == 409
    assert "Mine" in page.text
    assert "Theirs" in page.text
    assert stored(campaign.id).content.subject == "Theirs"
    page = mark.send()
    assert page.status_code == 200
    content = stored(campaign.id).content
    assert content.subject == "Mine"
    assert [block["kind"] for block in content.blocks] == ["heading", "text", "button"]


def test_a_copy_says_the_same_and_is_a_draft_of_its_own(mark):
    campaign = begun()
    save(mark, campaign)
    db.session.execute(sa.update(Campaign).values(state=CampaignState.FINISHED))
    db.session.commit()
    mark.open(f"{PATH}/{campaign.id}/progress")
    mark.send("/copy")
    one, two = db.session.scalars(sa.select(Campaign).order_by(Campaign.id))
    assert (two.name, two.state) == ("Copy of Lamps", CampaignState.DRAFT)
    assert two.content_id != one.content_id
    assert two.content.blocks == one.content.blocks


def test_a_draft_is_deleted_with_its_words(mark):
    campaign_id = begun().id
    mark.open(f"{PATH}/{campaign_id}/delete")
    page = mark.send()
    assert "“Lamps” is deleted." in page.text
    assert db.session.scalar(sa.select(sa.func.count(Campaign.id))) == 0
    assert db.session.scalar(sa.select(sa.func.count(CampaignContent.id))) == 0
    assert mark.open(f"{PATH}/{campaign_id}").status_code == 404


def test_what_is_no_draft_any_more_is_neither_changed_nor_deleted(mark):
    campaign = begun()
    typed = fields(campaign)
    mark.open(f"{PATH}/{campaign.id}")
    token = mark._choose("", {"subject": ""})["fields"]["csrf_token"]
    db.session.execute(sa.update(Campaign).values(state=CampaignState.SCHEDULED))
    db.session.commit()
    assert mark.client.post(f"{PATH}/{campaign.id}", data={**typed, "csrf_token": token}).status_code == 409
    answer = mark.client.post(f"{PATH}/{campaign.id}/delete", data={"version": "1", "csrf_token": token})
    assert answer.status_code == 409
    assert stored(campaign.id).content.subject == ""


def test_the_preview_is_the_very_message_of_a_real_recipient(mark):
    campaign = begun()
    save(mark, campaign)
    subscribed()
    page = mark.open(f"{PATH}/{campaign.id}/preview?email={cast.ANN.email}")
    assert f"Lamps for {cast.ANN.first_name}" in page.text
    assert f"message.html?as=phone&amp;email={cast.ANN.email.replace('@', '%40')}" in page.text
    message = mark.open(f"{PATH}/{campaign.id}/message.html?email={cast.ANN.email}")
    assert f"Dear {cast.ANN.first_name}," in message.text
    assert "/u/" in message.text
    text = mark.open(f"{PATH}/{campaign.id}/message.html?as=text")
    assert text.mimetype == "text/plain"
    assert "Dear Priya," in text.text


def test_who_may_not_see_subscribers_looks_as_an_invented_person(browser):
    campaign = begun()
    subscribed()
    viewer = cast.member(cast.MARK, "viewer", {Permission.CAMPAIGN_VIEW.value})
    browser = seated(browser, viewer)
    page = browser.open(f"{PATH}/{campaign.id}/preview?email={cast.ANN.email}")
    assert cast.ANN.email not in page.text.replace("email=" + cast.ANN.email, "")
    assert "priya@shop.example" in page.text


def test_a_proof_goes_to_colleagues_alone_and_says_what_it_is(mark):
    campaign = begun()
    save(mark, campaign)
    mark.open(f"{PATH}/{campaign.id}/preview")
    page = mark.send("/proof", to="stranger@elsewhere.example")
    assert "belongs to nobody of the staff" in page.text
    assert db.session.scalar(sa.select(sa.func.count(OutboxMessage.id))) == 0
    page = mark.send("/proof", to=cast.MARK.email)
    assert "A proof is on its way" in page.text
    mail.deliver_due()
    row = db.session.scalars(sa.select(OutboxMessage)).one()
    assert row.state.value == "sent", row.last_reply
    assert row.subject == "[Proof] Lamps for Priya"


def test_without_the_right_nothing_is_written_or_sent(browser):
    campaign = begun()
    viewer = cast.member(cast.MARK, "viewer", {Permission.CAMPAIGN_VIEW.value})
    browser = seated(browser, viewer)
    assert browser.open(PATH).status_code == 200
    page = browser.open(f"{PATH}/{campaign.id}")
    assert browser.path == f"{PATH}/{campaign.id}/preview"
    assert "Save draft" not in page.text
    token = {"csrf_token": "x"}
    for act in ("", "/copy", "/delete", "/proof", "/schedule", "/launch", "/pause", "/cancel", "/rehearse"):
        assert browser.client.post(f"{PATH}/{campaign.id}{act}", data=token).status_code in (400, 403)


def test_the_list_is_by_state_and_found_by_name(mark):
    begun("Lamps")
    begun("Raincoats")
    page = mark.open(f"{PATH}?view=draft&q=rain")
    assert "Raincoats" in page.text
    assert "Lamps" not in page.text.split("<main")[1]
    assert "No campaign is in this state" in mark.open(f"{PATH}?view=sent").text
    assert mark.open(f"{PATH}?view=nonsense").status_code == 200


def test_marketing_has_the_rights_to_write_and_send():
    assert {Permission.CAMPAIGN_VIEW, Permission.CAMPAIGN_EDIT, Permission.CAMPAIGN_SEND} <= ROLES["marketing"]
