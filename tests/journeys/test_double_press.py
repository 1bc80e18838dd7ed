"""Whoever presses twice gets one of it."""

from tests.journeys.mailbox import link_in
from tests.journeys.steps import Newcomer, fill_registration, find_customer


def test_creating_an_account_by_a_double_click_sends_one_mail_and_makes_one_customer(somebody, member, post):
    dana = Newcomer("Dana", "Double")
    person = somebody()
    fill_registration(person, dana)
    person.button("Create account").dblclick()
    person.page.wait_for_url("**/check-email")

    person.open(link_in(post.read(dana.email, "confirm"), "/confirm-email/"))
    person.button("Confirm and sign in").dblclick()
    person.page.wait_for_url("**/account")

    owner = member("owner")
    find_customer(owner, dana.email)
    assert owner.main.get_by_role("link", name="Dana Double").count() == 1
    owner.open(f"/staff/outbox?q={dana.email}")
    assert owner.main.get_by_text("Confirm", exact=False).count() <= 1


def test_adding_a_customer_by_a_double_click_adds_one(member):
    clerk = member("clerk")
    clerk.open("/staff/customers/new")
    clerk.fill(first_name="Tilda", last_name="Twice", telephone="+44 7700 900321")
    clerk.button("Add customer").dblclick()
    clerk.page.wait_for_url(lambda url: not url.endswith("/new"))
    find_customer(clerk, "Tilda Twice")
    assert clerk.main.get_by_role("link", name="Tilda Twice").count() == 1
