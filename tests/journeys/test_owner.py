"""An owner arranges the shop: role, colleague, store, a question to a group; then merges, erases and reads the log."""

import pytest
from playwright.sync_api import expect

from tests.journeys.colleagues import hire, make_role
from tests.journeys.steps import Newcomer, confirm, fill_registration, find_customer, is_listed


def add_customer(person, *, stores=(), **fields) -> str:
    """Add a customer of these stores; give the number."""
    person.open("/staff/customers/new")
    person.fill(**fields)
    if stores:
        boxes = person.main.get_by_role("group", name="Stores")
        for box in boxes.get_by_role("checkbox").all():
            box.uncheck()
        for store in stores:
            boxes.get_by_role("checkbox", name=store).check()
    person.press("Add customer")
    if person.main.locator("[name=somebody_else]").count():
        person.fill(somebody_else=True)
        person.press("Add customer")
    number = person.path.rsplit("/", 1)[-1]
    assert number != "new", person.main.inner_text()
    return number


def add_store(owner, code: str, name: str) -> None:
    """A store beside the first one."""
    owner.open("/staff/stores/new")
    owner.fill(code=code, name=name)
    owner.press("Add store")
    owner.sees(name)


def test_a_member_whose_role_holds_in_one_store_sees_that_stores_customers_alone(member, somebody, post):
    owner = member("owner")
    add_store(owner, "quay", "Quayside")
    here = add_customer(owner, first_name="Quentin", last_name="Quay", telephone="+44 7700 900811", stores=["Quayside"])
    there = add_customer(owner, first_name="Oswin", last_name="Online", telephone="+44 7700 900812")
    make_role(owner, "Counter", Customers=["Look", "Change"])
    cleo = hire(owner, post, somebody, Newcomer("Cleo", "Counter"), ("Counter", "Quayside"))

    cleo.open("/staff/customers")
    is_listed(cleo, "Quentin Quay")
    expect(cleo.main.get_by_role("table").get_by_role("link", name="Oswin Online")).to_have_count(0)
    assert cleo.open(f"/staff/customers/{here}").status == 200
    assert cleo.open(f"/staff/customers/{there}").status == 404
    assert cleo.open("/staff/roles").status == 403
    assert cleo.page.locator('[href="/staff/roles"]').count() == 0


@pytest.mark.parametrize("javascript", [True, False])
def test_a_question_that_a_group_insists_on_is_answered_at_registration_and_read_by_who_decides(
    member, somebody, post, javascript
):
    group, field = ("Growers", "Acres") if javascript else ("Bakers", "Ovens")
    ottilie = Newcomer("Ottilie" if javascript else "Bert", group)
    owner = member("owner", javascript=javascript)
    owner.open("/staff/groups/new")
    owner.fill(name=group, approval="gate", description="Trade prices.", at_registration=True)
    owner.press("Add group")
    owner.open("/staff/fields/new")
    owner.fill(name=field, kind="number")
    owner.main.get_by_label(group, exact=True).select_option(label="Asked and required")
    owner.press("Add field")

    person = somebody(javascript=javascript)
    fill_registration(person, ottilie, group=group)
    person.press("Create account")
    assert person.path == "/register"
    person.main.get_by_label(field).fill("42")
    person.fill(
        password="violet ladder harbour", confirm_password="violet ladder harbour", security_answer="Blue Thunder"
    )
    person.press("Create account")
    assert person.path == "/check-email", person.main.inner_text()
    confirm(person, post, ottilie)
    assert person.path == "/waiting"

    owner.open(f"/staff/approvals?q={ottilie.email}")
    owner.sees(field)
    owner.sees("42")


def test_a_customer_is_put_into_a_group_given_its_terms_and_taken_out(member):
    owner = member("owner")
    owner.open("/staff/groups/new")
    owner.fill(name="Rowers", approval="none")
    owner.press("Add group")
    number = add_customer(owner, first_name="Rowena", last_name="Rower", email="rowena@journeys.example")
    owner.open(f"/staff/customers/{number}?tab=groups")
    owner.press("Add to the group")
    owner.sees("Choose a group")
    owner.main.get_by_label("Add to a group").select_option(label="Rowers")
    owner.press("Add to the group")
    owner.sees("Rowena Rower is in the group Rowers now.")
    owner.press("Give these terms Rowers")
    owner.sees("Rowena Rower has the terms of Rowers now.")
    owner.press("Take out Rowers")
    owner.sees("Rowena Rower is in Rowers no more.")


def test_two_records_of_one_person_become_one_and_come_apart_again(member, shop):
    owner = member("owner")
    first = add_customer(owner, first_name="Miranda", last_name="Mergewell", email="miranda@journeys.example")
    second = add_customer(owner, first_name="Miranda", last_name="Mergewel", telephone="+44 7700 900822")
    owner.open("/staff/duplicates")
    owner.fill(number=first, other_number=second)
    owner.press("Compare these two")
    owner.press("Merge into one")
    assert owner.path == f"/staff/customers/{first}"
    owner.sees("+44 7700 900822")
    owner.open(f"/staff/customers/{second}")  # the old number finds who stays
    owner.sees("miranda@journeys.example")

    owner.open("/staff/duplicates/merged")
    owner.main.get_by_role("row", name="Miranda Mergewell").get_by_role("button").click()
    owner.sees("Both records are as they were.")
    owner.open(f"/staff/customers/{second}")
    expect(owner.main).not_to_contain_text("miranda@journeys.example")


def test_who_is_erased_is_gone_from_list_and_log_and_the_log_says_who_did_it(member, shop):
    owner = member("owner")
    number = add_customer(owner, first_name="Eraine", last_name="Vanish", email="eraine@journeys.example")
    owner.open(f"/staff/customers/{number}/erase")
    owner.fill(reason="Asked for by letter")
    owner.press("Erase for good")
    find_customer(owner, "eraine@journeys.example")
    expect(owner.main).not_to_contain_text("Eraine Vanish")

    owner.open("/staff/audit")
    owner.sees("Asked for by letter")
    expect(owner.main).not_to_contain_text("Eraine")
