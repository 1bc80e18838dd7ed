"""Everything in reach of somebody who has no mouse."""

from playwright.sync_api import expect

FIELDS = [
    "first_name",
    "last_name",
    "email",
    "telephone",
    "password",
    "confirm_password",
    "security_question",
    "security_answer",
]


def focused(person, what="name") -> str:
    """The name (or another property) of the element that has the focus."""
    return person.page.evaluate(f"document.activeElement.{what}")


def test_the_first_stop_of_every_page_leads_past_its_head(somebody):
    visitor = somebody()
    visitor.open("/register")
    visitor.page.keyboard.press("Tab")
    skip = visitor.page.get_by_role("link", name="Skip to main content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    visitor.page.keyboard.press("Enter")
    assert focused(visitor, "id") == "main"


def test_tab_walks_the_registration_form_in_the_order_of_reading(somebody):
    visitor = somebody()
    visitor.open("/register")
    visitor.main.locator("[name=first_name]").focus()
    seen = [focused(visitor)]
    while seen[-1] != "terms":
        visitor.page.keyboard.press("Tab")
        name = focused(visitor)
        if name and name != seen[-1]:
            seen.append(name)
        assert len(seen) < 30, seen
    assert [name for name in seen if name in FIELDS] == FIELDS
    assert seen[-2:] == ["newsletter", "terms"]


def test_mistakes_take_the_focus_and_lead_to_their_fields(somebody):
    visitor = somebody()
    visitor.open("/register")
    visitor.press("Create account")
    expect(visitor.main.locator("[data-error-summary]")).to_be_focused()
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Enter")
    expect(visitor.main.locator("[name=first_name]")).to_be_focused()
    assert visitor.page.title().startswith("Error: ")


def test_the_drawer_of_the_back_office_closes_with_escape_and_gives_the_focus_back(member):
    clerk = member("clerk", width=390)
    clerk.open("/staff")
    opener = clerk.page.get_by_role("button", name="Menu", exact=True)
    opener.focus()
    clerk.page.keyboard.press("Enter")
    drawer = clerk.page.get_by_role("dialog")
    expect(drawer.get_by_role("link", name="Customers")).to_be_visible()
    expect(drawer).to_be_focused()
    clerk.page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(opener).to_be_focused()
