"""Members of staff beside those of the demo shop: roles made, people invited, their first day."""

from collections.abc import Callable

from tests.journeys.mailbox import Mailbox, link_in
from tests.journeys.person import Person
from tests.journeys.steps import Newcomer

PASSWORD = "seven random words for work"


def tick(person: Person, within: str, words: str) -> None:
    """Tick a box of the fieldset with this heading, such as a right of a feature or the store of a role."""
    box = person.main.get_by_role("group", name=within, exact=True).get_by_role("checkbox", name=words, exact=True)
    box.check()


def make_role(owner: Person, name: str, **rights: list[str]) -> None:
    """Add a role with the tree of rights; `rights` are the words to tick by the name of their feature."""
    owner.open("/staff/roles/new")
    owner.fill(name=name)
    for feature, words in rights.items():
        for word in words:
            tick(owner, feature.replace("_", " "), word)
    owner.press("Add role")
    owner.sees(name)


def hire(owner: Person, post: Mailbox, come: Callable[[], Person], who: Newcomer, *given: tuple[str, str]) -> Person:
    """Invite somebody with roles, each with its store or “In all stores”; they choose a password and come in."""
    owner.open("/staff/members/new")
    owner.fill(name=f"{who.first_name} {who.last_name}", email=who.email)
    for role, store in given:
        tick(owner, role, store)
    owner.press("Send the invitation")
    colleague = come()
    colleague.open(link_in(post.read(who.email, "invitation"), "/staff/invitation/"))
    colleague.fill(password=PASSWORD, confirm_password=PASSWORD)
    colleague.press("Save password")
    colleague.open("/staff/sign-in")
    colleague.fill(email=who.email, password=PASSWORD)
    colleague.press("Sign in")
    assert colleague.path == "/staff", colleague.main.inner_text()
    return colleague
