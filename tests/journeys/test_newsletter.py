"""The newsletter without an account: asked for, confirmed, and left again from the mail."""

from playwright.sync_api import expect

from tests.journeys.mailbox import link_in
from tests.journeys.steps import Newcomer, confirm, register

EMAIL = "nils@journeys.example"


def test_the_public_form_subscribes_only_after_the_button_behind_the_mailed_link(somebody, post):
    nils = somebody()
    nils.open("/newsletter")
    nils.fill(email=EMAIL)
    nils.press("Subscribe")
    nils.sees("Check your email")

    nils.open(link_in(post.read(EMAIL, "confirm"), "/newsletter/confirm/"))
    nils.press("Yes, subscribe me")
    nils.sees("You’re subscribed")

    welcome = post.read(EMAIL, "subscribed")
    assert welcome["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    way_out = link_in(welcome, "/u/")
    nils.open(way_out)
    nils.sees("Stop these emails?")
    nils.open(way_out)
    nils.press("Unsubscribe")
    nils.sees("You’re unsubscribed")


def test_a_customer_gets_it_less_often_and_then_leaves_by_the_one_click_of_the_mailbox(somebody, post):
    noor, who = somebody(), Newcomer("Noor", "Naidu")
    register(noor, who, newsletter=True)
    confirm(noor, post, who)
    noor.open("/account/newsletters")
    ticks, pace = noor.main.locator("[name=audience]"), noor.main.locator("[name^=often_]").first
    expect(ticks.first).to_be_checked()
    pace.select_option("30")
    noor.press("Save preferences")
    noor.sees("Email preferences saved.")
    expect(pace).to_have_value("30")

    mailbox = somebody()  # posts by itself, knows no cookie and follows nowhere
    way_out = link_in(post.read(who.email, "subscribed"), "/u/")
    one_click = {"List-Unsubscribe": "One-Click"}
    answer = mailbox.page.request.post(f"{mailbox.address}{way_out}", form=one_click, max_redirects=0)
    assert answer.status == 200
    noor.open("/account/newsletters")
    expect(ticks.first).not_to_be_checked()
