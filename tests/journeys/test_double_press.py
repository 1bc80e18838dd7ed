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

    clerk = member("clerk")
    find_customer(clerk, dana.email)
    assert clerk.main.get_by_role("table").get_by_role("link", name="Dana Double").count() == 1
    assert [mail["Subject"] for mail in post.unread(dana.email)] == []


def test_adding_a_customer_by_a_double_click_adds_one(member):
    clerk = member("clerk")
    clerk.open("/staff/customers/new")
    clerk.fill(first_name="Tilda", last_name="Twice", telephone="+44 7700 900321")
    clerk.button("Add customer").dblclick()
    clerk.page.wait_for_url(lambda url: not url.endswith("/new"))
    find_customer(clerk, "Tilda Twice")
    assert clerk.main.get_by_role("table").get_by_role("link", name="Tilda Twice").count() == 1
