"""A clerk's day: somebody found among many, edited beside a colleague, completed; many at once; a file in and out."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.colleagues import hire, make_role
from tests.journeys.person import Person
from tests.journeys.steps import Newcomer, find_customer

FILE = """First name,Last name,Email,Telephone
Dara,{word},dara.{word}@journeys.example,+44 7700 900841
Dell,{word},dell.{word}@journeys.example,
Anon,{word},not an address,
"""


@pytest.mark.parametrize("javascript", [True, False])
def test_a_customer_is_found_among_many_and_completed(member, javascript):
    word = "Scripted" if javascript else "Plain"
    clerk, owner = member("clerk", javascript=javascript), member("owner", javascript=javascript)
    path = make_known(clerk, word)
    find_customer(clerk, f"daisy {word}")
    if clerk.path != path:
        clerk.follow(f"Daisy {word}", exact=False)

    edits_beside_a_colleague(clerk, owner, path, word)
    adds_to_the_record(clerk, path)
    shows_a_masked_number(clerk, path)
    owner.open(f"{path}?tab=audit")
    owner.sees("Called about an invoice")


def make_known(clerk: Person, word: str) -> str:
    """A customer with a number of the state; the address of the page."""
    clerk.open("/staff/customers/new")
    number = "27AAPFU0939F1ZV"
    clerk.fill(first_name="Daisy", last_name=word, email=f"daisy.{word}@journeys.example", gstin=number)
    clerk.press("Add customer")
    assert clerk.path != "/staff/customers/new", clerk.main.inner_text()
    return clerk.path


def edits_beside_a_colleague(clerk: Person, owner: Person, path: str, word: str) -> None:
    """Both edit at once: the second is told, takes her own over, and both names are in the history."""
    clerk.open(f"{path}/edit")
    owner.open(f"{path}/edit")
    owner.fill(first_name="Daisie")
    owner.press("Save")
    clerk.fill(first_name="Daisy-May")
    with clerk.page.expect_response(lambda answer: answer.request.method == "POST") as saved:
        clerk.press("Save")
    assert saved.value.status == 409
    clerk.sees("Daisie")
    clerk.sees("Daisy-May")
    clerk.press("Save mine anyway")
    clerk.sees(f"Daisy-May {word}")
    owner.open(f"{path}?tab=audit")
    for name in ("Daisie", "Daisy-May"):
        owner.sees(name)


def adds_to_the_record(clerk: Person, path: str) -> None:
    """An address, one more telephone, and a tag."""
    clerk.open(f"{path}/addresses/new")
    clerk.fill(country="GB")
    if clerk.button("Change country").is_visible():
        clerk.press("Change country")
    clerk.fill(address_1="10 Downing Street", city="London", postcode="SW1A 2AA")
    clerk.press("Save address")
    clerk.sees("10 Downing Street")
    clerk.open(f"{path}?tab=contact")
    clerk.fill(telephone="+44 7700 900842")
    clerk.press("Add telephone")
    clerk.sees("900842")
    clerk.open(path)
    clerk.main.get_by_text("Add tags").click()
    clerk.fill(tags="Key account")
    clerk.press("Add")
    expect(clerk.main.get_by_role("list", name="Tags")).to_contain_text("Key account")


def shows_a_masked_number(clerk: Person, path: str) -> None:
    """Masked until she says why."""
    clerk.open(f"{path}?tab=statutory")
    expect(clerk.main).not_to_contain_text("27AAPFU0939F1ZV")
    clerk.follow("Show", exact=False)
    clerk.press("Show it once")
    clerk.sees("Enter")
    clerk.fill(reason="Called about an invoice")
    clerk.press("Show it once")
    clerk.sees("27AAPFU0939F1ZV")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_file_comes_in_its_people_join_a_group_and_a_file_goes_out(member, somebody, post, javascript):
    name, word = ("Cora", "Filed") if javascript else ("Curt", "Archived")
    owner = member("owner", javascript=javascript)
    owner.open("/staff/groups/new")
    owner.fill(name=f"{word} partners")
    owner.press("Add group")
    make_role(owner, f"{word} files", Customers=["Import", "Export"])
    roles = (("clerk", "In all stores"), (f"{word} files", "In all stores"))
    clerk = hire(owner, post, lambda: somebody(javascript=javascript), Newcomer(name, word), *roles)

    imports(clerk, word)
    joins_a_group(clerk, word)
    tags_both(clerk, word)
    exports(clerk, word)


def imports(clerk: Person, word: str) -> None:
    """Two come in, the one without an address is told with the reason."""
    clerk.open("/staff/transfers")
    content = FILE.format(word=word).encode()
    clerk.main.locator("[name=file]").set_input_files({"name": "w.csv", "mimeType": "text/csv", "buffer": content})
    clerk.press("Upload file")
    clerk.press("Check rows")
    while clerk.main.get_by_role("link", name="Look again").count():
        clerk.follow("Look again")
    clerk.sees("1 row can’t be imported")
    clerk.press("Import 2 customers")
    while not clerk.main.get_by_text("Result", exact=True).count():
        clerk.open(clerk.path)
    find_customer(clerk, f"dara {word}")
    clerk.sees(f"Dara {word}")


def joins_a_group(clerk: Person, word: str) -> None:
    """Both, by their ticks."""
    clerk.open(f"/staff/customers?q={word}")
    for name in ("Dara", "Dell"):
        clerk.main.get_by_role("row", name=re.compile(name)).get_by_role("checkbox").check()
    clerk.press("Add to group")
    clerk.main.locator("[name=to_group]").select_option(label=f"{word} partners")
    clerk.press("Add to group")
    clerk.sees("Result")


def tags_both(clerk: Person, word: str) -> None:
    """By their ticks; the job says how many."""
    clerk.open(f"/staff/customers?q={word}")
    ids = [box.get_attribute("value") for box in clerk.main.locator("tbody .sel input").all()]
    clerk.open("/staff/customers/bulk/tags?" + "&".join(f"id={number}" for number in ids))
    clerk.press("Add tags")
    clerk.sees("Enter a tag.")
    clerk.fill(tags=f"{word}, Spring fair")
    clerk.press("Add tags")
    clerk.sees("2 customers tagged")


def exports(clerk: Person, word: str) -> None:
    """What the list finds, and nobody else."""
    clerk.open(f"/staff/customers?q={word}&select=all")
    bar = clerk.main.get_by_role("region", name="Selected rows")
    bar.get_by_text("More", exact=True).click()
    with clerk.page.expect_download() as coming:
        bar.get_by_role("button", name="Export", exact=True).click()
    text = coming.value.path().read_text(encoding="utf-8-sig")
    assert f"dara.{word}@journeys.example".lower() in text.lower()
    assert "ann@demo.example" not in text
