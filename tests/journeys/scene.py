"""The demo shop with everybody in place, so that each page has something to show and each link works."""

from dataclasses import dataclass, field
from datetime import timedelta

from playwright.sync_api import Browser

from tests.journeys import audience_pages, campaigns, consent_pages, groups, lists, mailboxes, results_pages
from tests.journeys.device import Device, no_offers_in_fields
from tests.journeys.mailbox import Mailbox, link_in
from tests.journeys.person import Person
from tests.journeys.shop import Shop
from tests.journeys.steps import ANSWER, Newcomer, confirm, register, sign_in
from tests.journeys.telephone import scan, turn_on
from tests.journeys.walker import Walker, walking

WENDY = Newcomer("Wendy", "Waiting")
DIRK = Newcomer("Dirk", "Declined")
LARS = Newcomer("Lars", "Later")
RUTH = Newcomer("Ruth", "Recover")
OLGA = Newcomer("Olga", "Onward")
IDA = Newcomer("Ida", "Invited")
SUE = Newcomer("Sue", "Subscriber")
UMA = Newcomer("Uma", "Unsure")
FAYE = Newcomer("Faye", "Factor")
GUS = Newcomer("Gus", "Guarded")
MIA = Newcomer("Mia", "Member")
KIM = Newcomer("Kim", "Keeper")
KAI = Newcomer("Kai", "Keyes")
STAFF_PASSWORD = "seven random words for work"
PEOPLE = (
    *("visitor", "registered", "recovering", "answered", "locked", "applicant", "declined", "ann", "owner"),
    *("enrolling", "guarded", "half_way", "member", "member_half_way"),
    *mailboxes.PEOPLE,
)
BY_NAME = ("keeper", "keeper_half_way", "key_member", "door")  # at localhost, where browsers give passkeys


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
    people = {name: Person(browser, shop, by_name=name in BY_NAME) for name in (*PEOPLE, *BY_NAME)}
    scene = Scene(people)
    _come_in(scene.people)
    _apply(scene, post)
    _register_and_forget(scene, post)
    _lock_out(scene, post)
    _invite(scene, shop, post)
    visitor = scene.people["visitor"]
    _subscribe_two(scene, post)
    scene.facts |= consent_pages.play(visitor, scene.people["owner"])
    scene.facts |= results_pages.play(scene.people["owner"])
    scene.facts |= audience_pages.play(scene.people["owner"])
    _guard(scene, shop, post)
    _keep_passkeys(scene, shop, post)
    scene.facts |= mailboxes.play(scene.people, shop, post)
    with walking(visitor) as walker:
        scene.facts["guarded_recovery"] = mailboxes.ask_for_link(walker, post, GUS)
    _find_records(scene)
    _find_colleagues(scene, shop)
    scene.facts |= campaigns.play(scene.people["owner"])
    scene.facts |= lists.play(scene.people["owner"], scene.facts)
    scene.facts["job"] = _do_to_many(
        scene, "disable", "/staff/customers?status=enabled&sort=created", reason="Asked to"
    )
    scene.facts["refusing_job"] = _do_to_many(scene, "audience", "/staff/customers?newsletter=no&sort=created")
    return scene


def _come_in(people: dict[str, Person]) -> None:
    with walking(people["ann"]) as ann:
        ann.open("/sign-in")
        ann.fill(email="ann@demo.example", password=ann.shop.demo_password)
        ann.press("Sign in")
    with walking(people["owner"]) as owner:
        _enter_back_office(owner, "owner@demo.example", owner.shop.demo_password)


def _enter_back_office(person: Walker, email: str, password: str) -> None:
    person.open("/staff/sign-in")
    person.fill(email=email, password=password)
    person.press("Sign in")


def _apply(scene: Scene, post: Mailbox) -> None:
    for who, name in (("applicant", WENDY), ("declined", DIRK)):
        with walking(scene.people[who]) as person:
            register(person, name, group="Trade", newsletter=True)
            confirm(person, post, name)
    owner = scene.people["owner"]
    owner.open(f"/staff/approvals?q={DIRK.email}")
    owner.open(first_of(owner, "/staff/approvals", at=owner.path) + "/decline")
    owner.fill(reason="own", message="We could not find your business in the register.")
    owner.press("Decline and send the mail")
    owner.sees("is declined for Trade")


def _register_and_forget(scene: Scene, post: Mailbox) -> None:
    people, facts = scene.people, scene.facts
    with walking(people["registered"]) as person:
        register(person, LARS)
        facts["confirm_before"] = link_in(post.read(LARS.email, "confirm"), "/confirm-email/")
        person.press("Send the link again")
        facts["confirm"] = link_in(post.read(LARS.email, "confirm"), "/confirm-email/")
    for who, name in (("recovering", RUTH), ("answered", OLGA)):
        with walking(people[who]) as person:
            register(person, name)
            confirm(person, post, name)
            person.press("Sign out")
            person.open("/recover")
            person.fill(email=name.email)
            person.press("Continue")
            facts[who] = link_in(post.read(name.email, "password"), "/recover/")
    with walking(people["answered"]) as person:
        person.open(facts["answered"])
        person.fill(security_answer=ANSWER)
        person.press("Continue")


def _lock_out(scene: Scene, post: Mailbox) -> None:
    for fact, door, email in (
        ("unlock", "/sign-in/unlock", "ann@demo.example"),
        ("staff_unlock", "/staff/sign-in/unlock", "owner@demo.example"),
    ):
        with walking(scene.people["locked"]) as person:
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
    told = shop.tell("staff", "invite", "new@journeys.example", "--role", "clerk", "--name", "Nell New")
    link = next(word for word in told.split() if "/staff/invitation/" in word)
    scene.facts["staff_invitation"] = link.removeprefix(shop.address)


def _guard(scene: Scene, shop: Shop, post: Mailbox) -> None:
    people = scene.people
    for who, name, group in (("enrolling", FAYE, "Club"), ("guarded", GUS, "")):
        with walking(people[who]) as person:
            register(person, name, group=group)
            confirm(person, post, name)
    scan(people["enrolling"])
    turn_on(people["guarded"], scan(people["guarded"]))
    with walking(people["half_way"]) as person:
        sign_in(person, GUS)
    _join_staff(people["member"], shop, MIA)
    turn_on(people["member"], scan(people["member"], "/staff/me"))
    with walking(people["member_half_way"]) as person:
        _enter_back_office(person, MIA.email, STAFF_PASSWORD)


def _keep_passkeys(scene: Scene, shop: Shop, post: Mailbox) -> None:
    people = scene.people
    for name in BY_NAME:
        no_offers_in_fields(people[name])
    with walking(people["keeper"]) as person:
        register(person, KIM)
        confirm(person, post, KIM)
    _join_staff(people["key_member"], shop, KAI)
    for who, place, fact in (
        ("keeper", "/account/security/passkeys", "passkey"),
        ("key_member", "/staff/me/passkeys", "staff_passkey"),
    ):
        Device(people[who])
        people[who].open(f"{place}/new")
        people[who].press("Create passkey")
        scene.facts[fact] = first_of(people[who], place, at=place).removesuffix("/edit")
    with walking(people["keeper_half_way"]) as person:
        sign_in(person, KIM)


def _join_staff(person: Person, shop: Shop, who: Newcomer) -> None:
    told = shop.tell("staff", "invite", who.email, "--role", "clerk", "--name", f"{who.first_name} {who.last_name}")
    with walking(person) as walker:
        walker.open(next(word for word in told.split() if "/staff/invitation/" in word).removeprefix(shop.address))
        walker.fill(password=STAFF_PASSWORD, confirm_password=STAFF_PASSWORD)
        walker.press("Save password")
        _enter_back_office(walker, who.email, STAFF_PASSWORD)


def _subscribe_two(scene: Scene, post: Mailbox) -> None:
    with walking(scene.people["visitor"]) as visitor:
        visitor.open(_subscribe(visitor, post, UMA))
        visitor.press("Yes, subscribe me")
        scene.facts["way_out"] = link_in(post.read(UMA.email, "subscribed"), "/u/").rsplit("/", 1)[-1]
        scene.facts["newsletter"] = _subscribe(visitor, post, SUE)


def _subscribe(visitor: Walker, post: Mailbox, who: Newcomer) -> str:
    visitor.open("/newsletter")
    visitor.fill(email=who.email)
    visitor.press("Subscribe")
    return link_in(post.read(who.email, "confirm"), "/newsletter/confirm/")


def _do_to_many(scene: Scene, act: str, at: str, **fields: str) -> str:
    """Have the owner do an act to the first ten of a list; gives the address of its job."""
    owner = scene.people["owner"]
    owner.open(at)
    ids = [box.get_attribute("value") for box in owner.main.locator("tbody .sel input").all()[:10]]
    owner.open(f"/staff/customers/bulk/{act}?" + "&".join(f"id={number}" for number in ids))
    owner.fill(**fields)
    owner.press({"disable": "Disable", "audience": "Add to audience"}[act])
    owner.sees("Result")
    return owner.path


def _find_records(scene: Scene) -> None:
    owner, ann = scene.people["owner"], scene.people["ann"]
    for fact, place, at in (
        ("customer", "/staff/customers", "/staff/customers?q=ann@demo.example"),
        ("disabled", "/staff/customers", "/staff/customers?status=disabled"),
        ("group", "/staff/groups", "/staff/groups"),
        ("approval", "/staff/approvals", "/staff/approvals"),
        ("field", "/staff/fields", "/staff/fields"),
        ("detailed", "/staff/customers", "/staff/customers?group=2"),
        ("audience", "/staff/audiences", "/staff/audiences"),
    ):
        scene.facts[fact] = first_of(owner, place, at=at)
    scene.facts |= groups.play(scene.people)
    scene.facts["address"] = first_of(ann, "/account/addresses", at="/account/addresses").removesuffix("/edit")
    scene.facts["address_id"] = scene.facts["address"].rpartition("/")[2]
    scene.facts["kept_mail"] = first_of(scene.people["visitor"], "/dev/mail", at="/dev/mail")


def _find_colleagues(scene: Scene, shop: Shop) -> None:
    """A store beside the first one, the clerks' role and one that nobody has, and the clerk of the demo shop."""
    owner = scene.people["owner"]
    shop.prove_all(timedelta(0))
    owner.open("/staff/roles/new")
    owner.fill(name="Till")
    owner.press("Add role")
    scene.facts["spare_role"] = owner.path
    for fact, at, name in (
        ("role", "/staff/roles", "clerk"),
        ("store", "/staff/stores", "Pune Camp"),
        ("colleague", "/staff/members", "Ravi Sathe"),
    ):
        owner.open(at)
        owner.follow(name)
        scene.facts[fact] = owner.path


def first_of(person: Person, place: str, *, at: str) -> str:
    """The address of the first record of a list that lies below a place; records, unlike pages, have numbers."""
    person.open(at)
    links = [link.get_attribute("href") or "" for link in person.main.locator(f'a[href^="{place}/"]').all()]
    records = [link.split("?")[0] for link in links if any(map(str.isdigit, link.removeprefix(place).split("?")[0]))]
    assert records, f"Nothing to open at {at}."
    return records[0]
