"""An approver, limited to one group of one store, asks, decides, takes back, and declines several at once."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.colleagues import hire
from tests.journeys.steps import PASSWORD, Newcomer, confirm, register, sign_in


def make_group(owner, name: str) -> str:
    """A group that lets nobody in unasked, whose decisions can be undone; its address."""
    owner.open("/staff/groups/new")
    owner.fill(name=name, approval="gate", description="Prices for the trade.", at_registration=True, may_undo=True)
    owner.press("Add group")
    owner.open("/staff/groups")
    return owner.main.get_by_role("link", name=name, exact=True).get_attribute("href") or ""


def limit(owner, group: str, who: str) -> None:
    """Have somebody decide about this group alone, for customers of the first store."""
    owner.open(f"{group}/approvers")
    owner.main.get_by_label("Member").select_option(label=who)
    owner.fill(about="this", store="online")
    owner.press("Add the limit")
    owner.sees("Online")


def press_approve(person) -> None:
    """The button names the group, where there is room."""
    with person.arriving():
        person.main.get_by_role("button", name=re.compile("^Approve")).click()


@pytest.mark.parametrize("javascript", [True, False])
def test_an_approver_of_one_group_works_through_its_queue(member, somebody, post, javascript):
    word = "Scripted" if javascript else "Plain"
    owner = member("owner", javascript=javascript)
    ours, others = f"{word} masons", f"{word} tilers"
    group = make_group(owner, ours)
    make_group(owner, others)
    zoe = Newcomer("Zoe", word)
    approver = hire(owner, post, lambda: somebody(javascript=javascript), zoe, ("clerk", "In all stores"))
    limit(owner, group, f"Zoe {word}")
    applicants = [Newcomer(name, word) for name in ("Amos", "Bela", "Cyra", "Dino")]
    people = []
    for who, wanted in zip(applicants, (ours, ours, ours, others), strict=True):
        person = somebody(javascript=javascript)
        register(person, Newcomer(who.first_name, word), group=wanted)
        confirm(person, post, who)
        people.append(person)
    amos, bela, _cyra, dino = people

    approver.open(f"/staff/approvals?q={word}")
    approver.sees("3 found")
    expect(approver.main).not_to_contain_text("Dino")
    approver.follow(f"Amos {word}", exact=False)
    here = approver.path
    approver.follow("Ask for more")
    approver.fill(message="Which guild are you of?")
    approver.press("Send the question")
    assert approver.path != here, "the next one opens by itself"

    post.read(applicants[0].email, "A question about")
    amos.open("/waiting")
    amos.sees("Which guild are you of?")
    amos.fill(answer="That of Pune.")
    amos.press("Send the answer")
    approver.open(here)
    approver.sees("That of Pune.")
    press_approve(approver)
    approver.sees("It counts from")

    amos.open("/waiting")
    amos.sees("We’re checking")
    approver.press(f"Undo Amos {word}")
    approver.sees("is taken back")
    assert approver.path.partition("?")[0] == here.partition("?")[0]

    declines_several(approver, word)
    bela.open("/waiting")
    bela.sees("We’re checking")
    elsewhere = somebody(javascript=javascript)
    sign_in(elsewhere, applicants[1], PASSWORD)
    assert elsewhere.path == "/waiting"
    dino.open("/waiting")
    dino.sees("We’re checking")


def declines_several(approver, word: str) -> None:
    """Two of the three, with one reason; then they are out of the queue, and the third waits on."""
    approver.open(f"/staff/approvals/list?q={word}")
    for name in ("Bela", "Cyra"):
        approver.main.get_by_role("row", name=re.compile(name)).get_by_role("checkbox").check()
    approver.press("Decline")
    approver.press("Decline 2 customers")
    approver.sees("Choose a reason")
    approver.fill(reason="unsuited")
    approver.press("Decline 2 customers")
    approver.sees("2 of 2 declined")
    approver.open(f"/staff/approvals?q={word}")
    approver.sees("1 found")


def test_what_another_approver_decided_meanwhile_is_told_and_not_decided_twice(member, somebody, post):
    owner, clerk = member("owner"), member("clerk")
    make_group(owner, "Plumbers")
    pia = Newcomer("Piet", "Plumb")
    person = somebody()
    register(person, pia, group="Plumbers")
    confirm(person, post, pia)
    for who in (owner, clerk):
        who.open("/staff/approvals")
        who.follow("Piet Plumb", exact=False)
    press_approve(owner)
    press_approve(clerk)
    clerk.sees("approved this on")
    clerk.sees("Your decision changed nothing.")
