"""The part of the scene that plays between a page and a mailbox: addresses that move, answers that are forgotten."""

from tests.journeys.mailbox import Mailbox, link_in
from tests.journeys.person import Person
from tests.journeys.shop import Shop
from tests.journeys.steps import Newcomer, confirm, register
from tests.journeys.walker import Walker, walking

MONA = Newcomer("Mona", "Moving")
MILO = Newcomer("Milo", "Moved")
FAY = Newcomer("Fay", "Forgetful")
PEOPLE = ("moving", "moved", "forgetting")


def play(people: dict[str, Person], shop: Shop, post: Mailbox) -> dict[str, str]:
    """Bring each into their state; gives the links that were mailed."""
    for who, name in (("moving", MONA), ("moved", MILO), ("forgetting", FAY)):
        with walking(people[who]) as person:
            register(person, name)
            confirm(person, post, name)
    shop.prove_all()
    facts = {}
    for who, name in (("moving", MONA), ("moved", MILO)):
        new = Newcomer(f"{name.first_name}.new", name.last_name)
        with walking(people[who]) as person:
            ask_to_move(person, new)
        facts[f"{who}_prove"] = link_in(post.read(new.email, "confirm"), "/account/email/")
        facts[f"{who}_stop"] = link_in(post.read(name.email, "change your email"), "/account/email/stop/")
    with walking(people["moved"]) as person:
        person.open(facts["moved_prove"])
        person.press("Use this address")
    facts["moved_undo"] = link_in(post.read(MILO.email, "was changed"), "/account/email/undo/")
    with walking(people["forgetting"]) as person:
        return facts | _forget(person, post)


def ask_to_move(person: Person | Walker, new: Newcomer) -> None:
    """Ask for another address on the page of a signed-in person."""
    person.open("/account/security/email")
    person.fill(email=new.email)
    person.press("Send the link")
    person.sees(new.email)


def ask_for_link(person: Person | Walker, post: Mailbox, who: Newcomer) -> str:
    """Ask for the link of a recovery and find it in the mailbox."""
    person.open("/recover")
    person.fill(email=who.email)
    person.press("Continue")
    return link_in(post.read(who.email, "asked to reset the password"), "/recover/")


def _forget(person: Walker, post: Mailbox) -> dict[str, str]:
    person.open("/account")
    person.press("Sign out")
    link = ask_for_link(person, post, FAY)
    person.open(link)
    person.press("Send me a link in 24 hours")
    return {"forgetting": link, "forgetting_stop": link_in(post.read(FAY.email, "reset tomorrow"), "/recover/stop/")}
