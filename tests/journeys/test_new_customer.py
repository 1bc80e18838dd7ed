"""A customer of the default group: from the form to an account that is looked after and left safely."""

import re

from playwright.sync_api import expect

from tests.journeys.mailbox import link_in
from tests.journeys.steps import NEXT_PASSWORD, PASSWORD, Newcomer, register, sign_in, sign_out


def test_a_link_opened_in_another_browser_asks_for_the_password(somebody, post):
    nora = Newcomer("Nora", "Newman")
    register(somebody(), nora)
    link = link_in(post.read(nora.email, "confirm"), "/confirm-email/")

    telephone = somebody(width=390)
    telephone.open(link)
    telephone.fill(password="not the one she chose")
    telephone.press("Confirm and sign in")
    assert telephone.path.startswith("/confirm-email/")
    telephone.fill(password=PASSWORD)
    telephone.press("Confirm and sign in")
    assert telephone.path == "/account"
    telephone.sees("Nora")


def test_a_customer_looks_after_profile_address_password_and_sessions(somebody, post):
    lena = Newcomer("Lena", "Lindqvist")
    home, office = somebody(), somebody()
    register(home, lena)
    home.open(link_in(post.read(lena.email, "confirm"), "/confirm-email/"))
    home.press("Confirm and sign in")
    assert home.path == "/account"

    change_profile(home)
    add_address(home)

    sign_in(office, lena)
    assert office.path == "/account"
    home.open("/account/security")
    expect(home.main.get_by_role("button", name=re.compile("^Sign out .*Chrome"))).to_have_count(1)

    change_password(home)
    office.open("/account")
    assert office.path.startswith("/sign-in")
    sign_in(office, lena, PASSWORD)
    office.sees("Email or password is not right.")
    sign_in(office, lena, NEXT_PASSWORD)
    assert office.path == "/account"

    home.open("/account/security")
    home.press("Sign out everywhere")
    office.open("/account")
    assert office.path.startswith("/sign-in")
    home.open("/account")
    assert home.path.startswith("/sign-in")


def change_profile(person) -> None:
    """A new name, which the shop greets with from then on."""
    person.open("/account/profile/edit")
    person.fill(first_name="Lena Maria", telephone="+46 70 174 06 05")
    person.press("Save")
    person.open("/account")
    person.sees("Hello, Lena Maria")


def add_address(person) -> None:
    """An address in another country, whose fields come as soon as the country is chosen."""
    person.open("/account/addresses/new")
    person.fill(country="US")
    expect(person.main.get_by_label("ZIP code")).to_be_visible()
    person.fill(address_1="1600 Amphitheatre Parkway", city="Mountain View", state="CA", postcode="94043")
    person.press("Save address")
    person.sees("1600 Amphitheatre Parkway")


def change_password(person) -> None:
    """With the current one, twice the new one."""
    person.open("/account/security")
    person.fill(current_password=PASSWORD, password=NEXT_PASSWORD, confirm_password=NEXT_PASSWORD)
    person.press("Save password")


def test_signing_out_forgets_the_page_behind_it(somebody, shop):
    ann = somebody()
    ann.open("/sign-in")
    ann.fill(email="ann@demo.example", password=shop.demo_password)
    ann.press("Sign in")
    assert ann.path == "/account"
    sign_out(ann)
    ann.page.go_back()
    expect(ann.main).not_to_contain_text("Ann")
