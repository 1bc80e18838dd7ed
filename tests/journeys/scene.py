"""The demo shop with everybody in place, so that each page has something to show and each link works."""

from dataclasses import dataclass, field

from playwright.sync_api import Browser

from tests.journeys.mailbox import Mailbox, link_in
from tests.journeys.person import Person
from tests.journeys.shop import Shop
from tests.journeys.steps import Newcomer, confirm, register

WENDY = Newcomer("Wendy", "Waiting")
LARS = Newcomer("Lars", "Later")
RUTH = Newcomer("Ruth", "Recover")
IDA = Newcomer("Ida", "Invited")
SUE = Newcomer("Sue", "Subscriber")
UMA = Newcomer("Uma", "Unsure")


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
    """Sign everybody in and collect the links of their mails."""
    people = {name: Person(browser, shop) for name in ("visitor", "registered", "applicant", "ann", "owner")}
    scene = Scene(people)
    _come_in(people, shop)
    _collect_mailed_links(scene, shop, post)
    _collect_records(scene)
    return scene


def _come_in(people: dict[str, Person], shop: Shop) -> None:
    people["ann"].open("/sign-in")
    people["ann"].fill(email="ann@demo.example", password=shop.demo_password)
    people["ann"].press("Sign in")
    people["owner"].open("/staff/sign-in")
    people["owner"].fill(email="owner@demo.example", password=shop.demo_password)
    people["owner"].press("Sign in")


def _collect_mailed_links(scene: Scene, shop: Shop, post: Mailbox) -> None:
    people, facts = scene.people, scene.facts
    register(people["applicant"], WENDY, group="Trade")
    confirm(people["applicant"], post, WENDY)
    register(people["registered"], LARS)
    facts["confirm"] = link_in(post.read(LARS.email, "confirm"), "/confirm-email/")

    visitor, owner = people["visitor"], people["owner"]
    register(visitor, RUTH)
    confirm(visitor, post, RUTH)
    visitor.context.clear_cookies()
    visitor.open("/recover")
    visitor.fill(email=RUTH.email)
    visitor.press("Continue")
    facts["recover"] = link_in(post.read(RUTH.email, "password"), "/recover/")

    owner.open("/staff/customers/new")
    owner.fill(first_name=IDA.first_name, last_name=IDA.last_name, email=IDA.email)
    owner.press("Add customer")
    facts["number"] = owner.path.rsplit("/", 1)[-1]
    facts["invitation"] = link_in(post.read(IDA.email, "account"), "/invitation/")

    visitor.open(_subscribe(visitor, post, UMA))
    visitor.press("Yes, subscribe me")
    facts["way_out"] = link_in(post.read(UMA.email, "subscribed"), "/u/").rsplit("/", 1)[-1]
    facts["newsletter"] = _subscribe(visitor, post, SUE)

    told = shop.flask("staff", "invite", "new@journeys.example", "--role", "clerk", "--name", "Nell New")
    facts["staff_invitation"] = next(word for word in told.split() if "/staff/invitation/" in word).removeprefix(
        shop.address
    )


def _subscribe(visitor: Person, post: Mailbox, who: Newcomer) -> str:
    visitor.open("/newsletter")
    visitor.fill(email=who.email)
    visitor.press("Subscribe")
    return link_in(post.read(who.email, "confirm"), "/newsletter/confirm/")


def _collect_records(scene: Scene) -> None:
    for fact, place in (
        ("customer", "customers"),
        ("group", "groups"),
        ("approval", "approvals"),
        ("audience", "audiences"),
    ):
        scene.facts[fact] = first_of(scene.people["owner"], f"/staff/{place}")


def first_of(owner: Person, place: str) -> str:
    """The address of the first thing of a list."""
    owner.open(place)
    links = [link.get_attribute("href") or "" for link in owner.main.locator(f'a[href^="{place}/"]').all()]
    return next(link for link in links if not link.endswith("/new"))
