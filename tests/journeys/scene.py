"""The demo shop with everybody in place, so that each page has something to show and each link works."""

from dataclasses import dataclass, field

from playwright.sync_api import Browser

from tests.journeys.mailbox import Mailbox, link_in
from tests.journeys.person import Person
from tests.journeys.shop import Shop
from tests.journeys.steps import ANSWER, Newcomer, confirm, register, sign_out

WENDY = Newcomer("Wendy", "Waiting")
DIRK = Newcomer("Dirk", "Declined")
LARS = Newcomer("Lars", "Later")
RUTH = Newcomer("Ruth", "Recover")
OLGA = Newcomer("Olga", "Onward")
IDA = Newcomer("Ida", "Invited")
SUE = Newcomer("Sue", "Subscriber")
UMA = Newcomer("Uma", "Unsure")
PEOPLE = ("visitor", "registered", "recovering", "answered", "locked", "applicant", "declined", "ann", "owner")


@dataclass
class Scene:
    """Who stands at which browser, and the facts that addresses of pages are made of."""

    people: dict[str, Person]
    facts: dict[str, str] = field(default_factory=dict)

    def path(self, pattern: str) -> str:
        """An address with the facts filled in."""
        return pattern.format_map(self.facts)

    def leave(self) -> None:
        """Everybody goes home."""
        for person in self.people.values():
            person.leave()


def prepare(browser: Browser, shop: Shop, post: Mailbox) -> Scene:
    """Sign everybody in, send every mail there is, and collect the links."""
    scene = Scene({name: Person(browser, shop) for name in PEOPLE})
    _come_in(scene.people, shop)
    _apply(scene, post)
    _register_and_forget(scene, post)
    _lock_out(scene, post)
    _invite(scene, shop, post)
    visitor = scene.people["visitor"]
    visitor.open(_subscribe(visitor, post, UMA))
    visitor.press("Yes, subscribe me")
    scene.facts["way_out"] = link_in(post.read(UMA.email, "subscribed"), "/u/").rsplit("/", 1)[-1]
    scene.facts["newsletter"] = _subscribe(visitor, post, SUE)
    _find_records(scene)
    return scene


def _come_in(people: dict[str, Person], shop: Shop) -> None:
    for who, door, email in (("ann", "/sign-in", "ann"), ("owner", "/staff/sign-in", "owner")):
        people[who].open(door)
        people[who].fill(email=f"{email}@demo.example", password=shop.demo_password)
        people[who].press("Sign in")


def _apply(scene: Scene, post: Mailbox) -> None:
    for who, name in (("applicant", WENDY), ("declined", DIRK)):
        register(scene.people[who], name, group="Trade", newsletter=True)
        confirm(scene.people[who], post, name)
    owner = scene.people["owner"]
    owner.open(f"/staff/approvals?q={DIRK.email}")
    owner.open(first_of(owner, "/staff/approvals", at=owner.path) + "/decline")
    owner.fill(reason="own", message="We could not find your business in the register.")
    owner.press("Decline and send the mail")
    owner.sees("is declined for Trade")


def _register_and_forget(scene: Scene, post: Mailbox) -> None:
    people, facts = scene.people, scene.facts
    register(people["registered"], LARS)
    facts["confirm_before"] = link_in(post.read(LARS.email, "confirm"), "/confirm-email/")
    people["registered"].press("Send the link again")
    facts["confirm"] = link_in(post.read(LARS.email, "confirm"), "/confirm-email/")
    for who, name in (("recovering", RUTH), ("answered", OLGA)):
        person = people[who]
        register(person, name)
        confirm(person, post, name)
        sign_out(person)
        person.open("/recover")
        person.fill(email=name.email)
        person.press("Continue")
        facts[who] = link_in(post.read(name.email, "password"), "/recover/")
    people["answered"].open(facts["answered"])
    people["answered"].fill(security_answer=ANSWER)
    people["answered"].press("Continue")


def _lock_out(scene: Scene, post: Mailbox) -> None:
    for fact, door, email in (
        ("unlock", "/sign-in/unlock", "ann@demo.example"),
        ("staff_unlock", "/staff/sign-in/unlock", "owner@demo.example"),
    ):
        person = scene.people["locked"]
        person.open(door)
        person.fill(email=email)
        person.press("Send me a link")
        scene.facts[fact] = link_in(post.read(email, "let your browser in"), f"{door}/")


def _invite(scene: Scene, shop: Shop, post: Mailbox) -> None:
    owner = scene.people["owner"]
    owner.open("/staff/customers/new")
    owner.fill(first_name=IDA.first_name, last_name=IDA.last_name, email=IDA.email)
    owner.press("Add customer")
    scene.facts["invited"] = owner.path
    scene.facts["invitation"] = link_in(post.read(IDA.email, "account"), "/invitation/")
    told = shop.flask("staff", "invite", "new@journeys.example", "--role", "clerk", "--name", "Nell New")
    link = next(word for word in told.split() if "/staff/invitation/" in word)
    scene.facts["staff_invitation"] = link.removeprefix(shop.address)


def _subscribe(visitor: Person, post: Mailbox, who: Newcomer) -> str:
    visitor.open("/newsletter")
    visitor.fill(email=who.email)
    visitor.press("Subscribe")
    return link_in(post.read(who.email, "confirm"), "/newsletter/confirm/")


def _find_records(scene: Scene) -> None:
    owner, ann = scene.people["owner"], scene.people["ann"]
    for fact, place, at in (
        ("customer", "/staff/customers", "/staff/customers?q=ann@demo.example"),
        ("disabled", "/staff/customers", "/staff/customers?status=disabled"),
        ("group", "/staff/groups", "/staff/groups"),
        ("approval", "/staff/approvals", "/staff/approvals"),
        ("audience", "/staff/audiences", "/staff/audiences"),
    ):
        scene.facts[fact] = first_of(owner, place, at=at)
    scene.facts["address"] = first_of(ann, "/account/addresses", at="/account/addresses").removesuffix("/edit")
    scene.facts["kept_mail"] = first_of(scene.people["visitor"], "/dev/mail", at="/dev/mail")


def first_of(person: Person, place: str, *, at: str) -> str:
    """The address of the first thing of a list that lies below a place."""
    person.open(at)
    links = [link.get_attribute("href") or "" for link in person.main.locator(f'a[href^="{place}/"]').all()]
    assert links, f"Nothing to open at {at}."
    return next(link for link in links if not link.endswith("/new")).split("?")[0]
