"""The newsletter without an account: asked for, confirmed, and left again from the mail."""

from tests.journeys.mailbox import link_in

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
