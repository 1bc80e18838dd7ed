"""The main story of the shop: somebody asks for trade prices, waits, is let in, and stops the newsletter."""

import re
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.journeys.mailbox import link_in
from tests.journeys.person import Person
from tests.journeys.steps import PASSWORD, Newcomer, confirm, register, sign_in

TARA = Newcomer("Tara", "Tradewell")


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(request):
    """This story is told on both databases."""
    return request.getfixturevalue(f"shop_on_{request.param}")


@pytest.fixture
def gate(member):
    """A group of its own name, made by the owner, that lets nobody in unasked."""
    owner = member("owner")
    owner.open("/staff/groups/new")
    owner.fill(name="Builders", approval="gate", description="Trade prices for builders.", at_registration=True)
    owner.press("Add group")
    return "Builders"


def test_a_trade_applicant_registers_waits_is_approved_and_stops_the_newsletter_by_one_click(
    somebody, member, post, gate
):
    tara = somebody()
    register(tara, TARA, group=gate, newsletter=True)
    confirm(tara, post, TARA)
    assert tara.path == "/waiting"
    tara.sees(gate)

    only_the_right_password_tells_that_it_waits(somebody())
    the_clerk_approves(member("clerk"), gate)

    decision = post.read(TARA.email, f"You’re in {gate}")
    tara.open("/waiting")
    tara.press("Go to your account")
    assert tara.path == "/account"
    elsewhere = somebody()
    elsewhere.open(link_in(decision, "/sign-in"))
    elsewhere.fill(email=TARA.email, password=PASSWORD)
    elsewhere.press("Sign in")
    assert elsewhere.path == "/account"

    tara.open("/account/newsletters")
    tick = tara.main.locator("[name=audience]").first
    expect(tick).to_be_checked()
    one_click(post.read(TARA.email, "subscribed")["List-Unsubscribe"])
    tara.open("/account/newsletters")
    expect(tick).not_to_be_checked()


def only_the_right_password_tells_that_it_waits(stranger: Person) -> None:
    """Whoever does not know the password learns nothing about the application."""
    sign_in(stranger, TARA, "a guess of a stranger")
    stranger.sees("Email or password is not right.")
    assert "waiting" not in stranger.main.inner_text().lower()
    sign_in(stranger, TARA)
    assert stranger.path == "/waiting"
    stranger.open("/account")
    assert stranger.path == "/waiting"


def the_clerk_approves(clerk: Person, gate: str) -> None:
    """From the queue, which then has this application no more."""
    clerk.open("/staff/approvals")
    clerk.follow("Tara Tradewell", exact=False)
    clerk.sees(gate)
    with clerk.arriving():
        clerk.main.get_by_role("button", name=re.compile("^Approve")).click()
    clerk.open("/staff/approvals")
    expect(clerk.main).not_to_contain_text("Tara Tradewell")


def one_click(header: str) -> None:
    """What a mail program does when its reader presses Unsubscribe (RFC 8058)."""
    [address] = re.findall(r"<(https?://[^>]+)>", header)
    asked = urllib.request.Request(address, data=b"List-Unsubscribe=One-Click", method="POST")
    with urllib.request.urlopen(asked) as answer:
        assert answer.status == 200
