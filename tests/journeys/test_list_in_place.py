"""The list of customers fetched anew in place: what a clerk has in hand stays, and the address tells the truth."""

import pytest
from playwright.sync_api import expect

LIST = "/staff/customers"


@pytest.fixture
def clerk(member):
    """A clerk before the list, on a page that is marked: another one would not have the mark."""
    person = member("clerk")
    person.open(LIST)
    person.page.evaluate("window.samePage = true")
    return person


def is_same_page(person) -> bool:
    return bool(person.page.evaluate("window.samePage === true"))


def names(person):
    return person.main.locator("tbody .row-link")


def test_the_box_searches_while_somebody_types(clerk):
    box = clerk.main.locator("#q")
    box.press_sequentially("ann@demo")
    expect(names(clerk)).to_have_count(1)
    expect(clerk.page.locator("#told")).to_have_text("1 customer")
    expect(box).to_be_focused()
    expect(box).to_have_value("ann@demo")
    assert clerk.path == f"{LIST}?q=ann%40demo"
    box.press_sequentially(".example")
    expect(clerk.page).to_have_url(f"{clerk.address}{LIST}?q=ann%40demo.example")
    expect(box).to_have_value("ann@demo.example")
    assert is_same_page(clerk)


def test_one_letter_asks_for_nothing(clerk):
    asked = []
    clerk.page.on("request", lambda request: asked.append(request.url))
    clerk.main.locator("#q").press_sequentially("k")
    clerk.page.wait_for_timeout(600)
    assert asked == []
    clerk.main.locator("#q").press_sequentially("u")
    expect(clerk.page).to_have_url(f"{clerk.address}{LIST}?q=ku")
    assert is_same_page(clerk)


def test_an_order_keeps_the_focus_and_a_page_begins_at_its_start(clerk):
    head = clerk.main.get_by_role("columnheader", name="Customer").get_by_role("link")
    head.click()
    expect(clerk.main.locator("th[aria-sort=ascending]")).to_contain_text("Customer")
    expect(clerk.main.locator("#sort-name")).to_be_focused()
    clerk.main.get_by_role("link", name="Next").click()
    expect(clerk.main.locator("a[rel=prev]")).to_be_visible()
    expect(clerk.page.locator("#list")).to_be_focused()
    assert is_same_page(clerk)
    clerk.page.go_back()
    expect(clerk.main.locator("a[rel=prev]")).to_have_count(0)
    assert clerk.path == f"{LIST}?sort=name"
    assert clerk.page.evaluate("localStorage.length") == 0  # htmx would keep whole pages of customers there


def test_filters_are_chips_and_rows_are_ticked_after_a_swap(clerk):
    clerk.fill(status="disabled")
    clerk.button("Apply").click()
    chip = clerk.main.get_by_role("link", name="Status: Disabled")
    expect(chip).to_be_visible()
    assert clerk.path == f"{LIST}?status=disabled"
    clerk.main.get_by_label("Select all on this page").check()
    expect(clerk.main.locator("[data-selected]")).to_contain_text("selected")
    chip.click()
    expect(chip).to_have_count(0)
    assert clerk.path == LIST
    assert is_same_page(clerk)


def test_somebody_who_was_signed_out_meanwhile_gets_to_sign_in(clerk):
    clerk.context.clear_cookies()
    clerk.main.locator("#q").press_sequentially("kul")
    expect(clerk.page).to_have_url(f"{clerk.address}/staff/sign-in?next=/staff/customers?q%3Dkul")
