"""The same shop for a browser that runs no script."""

import re

from playwright.sync_api import expect

from tests.journeys.steps import Newcomer, confirm, register, sign_in, sign_out


def test_registration_sign_in_and_an_address_of_another_country_need_no_script(somebody, post):
    nils = Newcomer("Nils", "Noscript")
    person = somebody(javascript=False)
    register(person, nils)
    confirm(person, post, nils)
    assert person.path == "/account"
    sign_out(person)
    sign_in(person, nils)
    assert person.path == "/account"

    person.open("/account/addresses/new")
    person.fill(country="GB")
    person.press("Change country")
    person.fill(address_1="10 Downing Street", city="London", postcode="SW1A 2AA")
    person.press("Save address")
    person.sees("10 Downing Street")


def test_filtering_the_list_and_deciding_an_application_need_no_script(member, somebody, post):
    owner = member("owner", javascript=False)
    owner.open("/staff/groups/new")
    owner.fill(name="Quiet", approval="gate", description="Without a script.", at_registration=True)
    owner.press("Add group")
    quinn = Newcomer("Quinn", "Quiet")
    person = somebody(javascript=False)
    register(person, quinn, group="Quiet")
    confirm(person, post, quinn)
    assert person.path == "/waiting"

    clerk = member("clerk", javascript=False)
    clerk.open("/staff/customers")
    clerk.fill(status="waiting")
    clerk.press("Apply")
    assert "status=waiting" in clerk.path
    clerk.sees("Quinn Quiet")

    clerk.open("/staff/approvals")
    clerk.follow("Quinn Quiet", exact=False)
    with clerk.arriving():
        clerk.main.get_by_role("button", name=re.compile("^Approve")).click()
    clerk.open("/staff/approvals")
    expect(clerk.main).not_to_contain_text("Quinn Quiet")
