"""What several journeys do on their way."""

from dataclasses import dataclass

from playwright.sync_api import expect

from tests.journeys.mailbox import Mailbox, link_in
from tests.journeys.person import Person
from tests.journeys.walker import Walker

PASSWORD = "violet ladder harbour"
NEXT_PASSWORD = "seven quiet lanterns"
QUESTION = "What did I name my first bicycle?"
ANSWER = "Blue Thunder"


@dataclass(frozen=True)
class Newcomer:
    """Somebody the shop has never heard of."""

    first_name: str
    last_name: str

    @property
    def email(self) -> str:
        return f"{self.first_name}@journeys.example".lower()


def fill_registration(person: Person | Walker, who: Newcomer, *, group: str = "", newsletter: bool = False) -> None:
    """Type everything that /register asks for."""
    person.open("/register")
    person.fill(
        first_name=who.first_name,
        last_name=who.last_name,
        email=who.email,
        telephone="+44 7700 900456",
        password=PASSWORD,
        confirm_password=PASSWORD,
        security_question="own",
        own_question=QUESTION,
        security_answer=ANSWER,
        newsletter=newsletter,
        terms=True,
    )
    if group:
        person.choose(group)


def register(person: Person | Walker, who: Newcomer, *, group: str = "", newsletter: bool = False) -> None:
    """Ask for an account and be sent to the mailbox."""
    fill_registration(person, who, group=group, newsletter=newsletter)
    person.press("Create account")
    assert person.path == "/check-email"
    person.sees(who.email)


def confirm(person: Person | Walker, post: Mailbox, who: Newcomer) -> None:
    """Follow the mailed link in the browser that registered."""
    person.open(link_in(post.read(who.email, "confirm"), "/confirm-email/"))
    person.press("Confirm and sign in")


def sign_in(person: Person | Walker, who: Newcomer, password: str = PASSWORD) -> None:
    """Try the door of the customers."""
    person.open("/sign-in")
    person.fill(email=who.email, password=password)
    person.press("Sign in")


def sign_out(person: Person) -> None:
    """Leave by the button in the head of the page."""
    with person.arriving():
        person.page.get_by_role("banner").get_by_role("button", name="Sign out").click()


def find_customer(clerk: Person, words: str) -> None:
    """Search the list of customers by the one box of the back office."""
    clerk.open("/staff/customers")
    with clerk.arriving():
        box = clerk.page.get_by_role("searchbox", name="Find a customer")
        box.fill(words)
        box.press("Enter")


def is_listed(clerk: Person, name: str) -> None:
    """The list shows this customer."""
    expect(clerk.main.get_by_role("table").get_by_role("link", name=name)).to_be_visible()
