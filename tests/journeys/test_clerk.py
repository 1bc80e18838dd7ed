"""A clerk works the list of customers."""

import pytest
from playwright.sync_api import Route, expect

from tests.journeys.steps import NEXT_PASSWORD, Newcomer, confirm, find_customer, is_listed, register, sign_in


def add_customer(clerk, **fields) -> str:
    """Add a customer through the page; give their number."""
    clerk.open("/staff/customers/new")
    clerk.fill(**fields)
    clerk.press("Add customer")
    number = clerk.path.rsplit("/", 1)[-1]
    assert number != "new", clerk.main.inner_text()
    return number


def test_a_customer_is_found_by_number_telephone_and_name_however_they_are_typed(member):
    clerk = member("clerk")
    number = add_customer(clerk, first_name="Zoë", last_name="Ångström", telephone="+44 7700 900789")

    for words in (number, "07700 900789", "+44 (7700) 900-789", "angstrom zoe", "Zoe Ang"):
        find_customer(clerk, words)
        if clerk.path.endswith(number):
            continue
        is_listed(clerk, "Zoë Ångström")


def test_the_second_of_two_editors_sees_both_versions_and_loses_nothing(member):
    clerk, owner = member("clerk"), member("owner")
    number = add_customer(clerk, first_name="Edith", last_name="Edwards", email="edith@journeys.example")

    clerk.open(f"/staff/customers/{number}/edit")
    owner.open(f"/staff/customers/{number}/edit")
    owner.fill(last_name="Eastman")
    owner.press("Save")
    assert owner.path == f"/staff/customers/{number}"
    owner.sees("Edith Eastman")

    clerk.fill(last_name="Elwood")
    with clerk.page.expect_response(lambda answer: answer.request.method == "POST") as saved:
        clerk.press("Save")
    assert saved.value.status == 409
    clerk.sees("Eastman")
    assert "Elwood" in clerk.main.inner_html()


def test_a_disabled_customer_hears_it_only_after_the_right_password(member, somebody, post):
    dora = Newcomer("Dora", "Duval")
    customer, clerk = somebody(), member("clerk")
    register(customer, dora)
    confirm(customer, post, dora)
    assert customer.path == "/account"

    find_customer(clerk, dora.email)
    clerk.follow("Dora Duval", exact=False)
    clerk.button("More").click()
    clerk.follow("Disable")
    clerk.fill(reason="Asked for it on the telephone")
    clerk.press("Disable")
    clerk.sees("Disabled")

    customer.open("/account")
    assert customer.path.startswith("/sign-in")
    sign_in(customer, dora, NEXT_PASSWORD)
    expect(customer.main).not_to_contain_text("disabled")
    sign_in(customer, dora)
    customer.sees("disabled")
    assert customer.path.startswith("/sign-in")


def test_the_first_member_of_a_shop_comes_in_by_the_invitation_of_the_command_line(shop, somebody):
    told = shop.flask("staff", "invite", "first@journeys.example", "--role", "clerk", "--name", "Fay First")
    link = next(word for word in told.split() if "/staff/invitation/" in word).removeprefix(shop.address)
    fay = somebody()
    fay.open(link)
    fay.fill(password="fifteen characters or more", confirm_password="fifteen characters or more")
    fay.press("Save password")
    fay.open("/staff/sign-in")
    fay.fill(email="first@journeys.example", password="fifteen characters or more")
    fay.press("Sign in")
    assert fay.path == "/staff"
    assert fay.open(link).status == 410


@pytest.mark.parametrize("path", ["/staff/audit", "/staff/audiences", "/staff/groups/new"])
def test_what_a_clerk_may_not_do_is_refused_and_not_offered(member, path):
    clerk = member("clerk")
    assert clerk.open("/staff").status == 200
    assert clerk.page.locator(f'[href="{path}"]').count() == 0
    assert clerk.open(path).status == 403


def test_what_is_typed_while_the_fields_of_a_country_come_stays(member):
    """The answer is held back until the clerk has typed on, in the country's new fields and beside them."""
    clerk = member("clerk")
    number = add_customer(clerk, first_name="Tyra", last_name="Typer", email="tyra@journeys.example")
    clerk.open(f"/staff/customers/{number}/addresses/new")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    clerk.page.route("**/addresses/new", hold, times=1)
    clerk.fill(country="GB")
    clerk.page.wait_for_function("document.querySelector('[data-address]').ariaBusy === 'true'")
    clerk.fill(city="London", address_1="10 Downing Street")
    while not held:
        clerk.page.wait_for_timeout(10)
    held[0].continue_()
    expect(clerk.main.get_by_label("Postcode")).to_be_visible()
    expect(clerk.main.locator('[name="address_1"]')).to_be_focused()
    expect(clerk.main.locator('[name="address_1"]')).to_have_value("10 Downing Street")
    expect(clerk.main.locator('[name="city"]')).to_have_value("London")
