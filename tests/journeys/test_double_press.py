"""Whoever presses twice gets one of it."""

from http.client import HTTPConnection
from urllib.parse import urlsplit

from tests.journeys.mailbox import link_in
from tests.journeys.steps import Newcomer, fill_registration, find_customer, sign_in


def press_twice(person, words) -> None:
    """A double press whose two requests both reach the shop; as in a browser, the answer to the first is dropped."""

    def twice(route) -> None:
        asked = route.request
        if asked.method == "POST":
            first = HTTPConnection("127.0.0.1", person.shop.port)
            first.request("POST", urlsplit(asked.url).path, asked.post_data_buffer, asked.all_headers())
            first.getresponse().read()
            first.close()
        route.continue_()

    person.page.route("**/*", twice)
    person.press(words)
    person.page.unroute("**/*", twice)


def test_creating_an_account_by_a_double_press_makes_one_customer(somebody, member, post):
    dana = Newcomer("Dana", "Double")
    person = somebody()
    fill_registration(person, dana)
    press_twice(person, "Create account")
    assert person.path == "/check-email"

    person.open(link_in(post.read(dana.email, "confirm"), "/confirm-email/"))
    press_twice(person, "Confirm and sign in")
    person.sees("You’re confirmed already")
    person.follow("Sign in")
    sign_in(person, dana)
    assert person.path == "/account"

    clerk = member("clerk")
    find_customer(clerk, dana.email)
    assert clerk.main.get_by_role("table").get_by_role("link", name="Dana Double").count() == 1


def test_adding_a_customer_by_a_double_press_adds_one(member):
    clerk = member("clerk")
    clerk.open("/staff/customers/new")
    clerk.fill(first_name="Tilda", last_name="Twice", telephone="+44 7700 900321")
    press_twice(clerk, "Add customer")
    clerk.sees("Tilda Twice")
    find_customer(clerk, "Tilda Twice")
    assert clerk.main.get_by_role("table").get_by_role("link", name="Tilda Twice").count() == 1
