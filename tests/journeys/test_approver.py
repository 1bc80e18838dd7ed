"""An approver, limited to one group of one store, asks, decides, takes back, and declines several at once."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.colleagues import hire
from tests.journeys.steps import PASSWORD, Newcomer, confirm, register, sign_in

CREWS = {
    True: ("Scripted", [Newcomer(name, "Scripted") for name in ("Zoe", "Amos", "Bela", "Cyra", "Dino")]),
    False: ("Plain", [Newcomer(name, "Plain") for name in ("Zita", "Arno", "Berta", "Carlo", "Doris")]),
}


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
    word, (zoe, *applicants) = CREWS[javascript]
    owner = member("owner", javascript=javascript)
    groups = f"{word} masons", f"{word} tilers"
    ours = make_group(owner, groups[0])
    make_group(owner, groups[1])
    approver = hire(owner, post, lambda: somebody(javascript=javascript), zoe, ("clerk", "In all stores"))
    limit(owner, ours, f"{zoe.first_name} {word}")
    people = []
    for who, wanted in zip(applicants, (groups[0], groups[0], groups[0], groups[1]), strict=True):
        people.append(somebody(javascript=javascript))
        register(people[-1], who, group=wanted)
        confirm(people[-1], post, who)

    asks_and_hears(approver, people[0], applicants, post)
    approves_and_takes_back(approver, people[0], applicants[0])
    declines_several(approver, word, applicants[1:3])
    for person in people[1:]:
        person.open("/waiting")
        person.sees("We’re checking")
    elsewhere = somebody(javascript=javascript)
    sign_in(elsewhere, applicants[1], PASSWORD)
    assert elsewhere.path == "/waiting"


def asks_and_hears(approver, person, applicants, post) -> None:
    """The queue has the three of the group; the oldest is asked something, and answers."""
    first, other = applicants[0], applicants[3]
    approver.open(f"/staff/approvals?q={first.last_name}")
    approver.sees("3 found")
    expect(approver.main.get_by_role("navigation", name="Waiting applications")).not_to_contain_text(other.first_name)
    approver.follow(f"{first.first_name} {first.last_name}", exact=False)
    here = approver.path
    approver.follow("Ask for more")
    approver.fill(message="Which guild are you of?")
    approver.press("Send the question")
    assert approver.path != here, "the next one opens by itself"
    post.read(first.email, "A question about")
    person.open("/waiting")
    person.sees("Which guild are you of?")
    person.fill(answer="That of Pune.")
    person.press("Send the answer")
    approver.open(here)
    approver.sees("That of Pune.")


def approves_and_takes_back(approver, person, who) -> None:
    """Of a decision that can be taken back its applicant sees nothing."""
    press_approve(approver)
    approver.sees("is let into")
    person.open("/waiting")
    person.sees("We’re checking")
    approver.press(f"Undo {who.first_name} {who.last_name}")
    approver.sees("is taken back")
    approver.sees("That of Pune.")


def declines_several(approver, word, two) -> None:
    """Two of the three, with one reason; then they are out of the queue, and the third waits on."""
    approver.open(f"/staff/approvals/list?q={word}")
    for who in two:
        approver.main.get_by_role("row", name=re.compile(who.first_name)).get_by_role("checkbox").check()
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
