"""Passkeys in a real browser: made, used at both doors and to confirm, renamed and removed."""

from datetime import timedelta

from playwright.sync_api import expect

from tests.journeys.device import Device, no_offers_in_fields
from tests.journeys.mailbox import link_in
from tests.journeys.steps import Newcomer, confirm, register, sign_out

PAT = Newcomer("Pat", "Passkey")
STAN = Newcomer("Stan", "Staff")
PETE = Newcomer("Pete", "Password")


def make_passkey(person, place="/account/security", name="My laptop"):
    person.open(f"{place}/passkeys")
    person.follow("Add passkey")
    person.fill(name=name)
    person.press("Create passkey")
    assert person.path == f"{place}/recovery-codes", "the first passkey leads on to recovery codes"
    person.sees("Your passkey is added.")


def test_a_customer_comes_in_by_a_passkey_alone_and_removes_it(somebody, shop, post):
    pat = somebody(by_name=True)
    Device(pat)
    register(pat, PAT)
    confirm(pat, post, PAT)
    make_passkey(pat)
    assert "A passkey was added" in str(post.read(PAT.email, "second step"))
    sign_out(pat)
    pat.page.goto("/sign-in")  # where the virtual device picks at once what the address field offers
    pat.page.wait_for_url("**/account")

    no_offers_in_fields(pat)
    sign_out(pat)
    pat.open("/sign-in?next=/account/profile")
    pat.press("Sign in with a passkey")
    assert pat.path == "/account/profile"

    shop.prove_all(timedelta(minutes=5))
    pat.open("/account/security/passkeys")
    pat.sees("My laptop")
    pat.follow("Remove My laptop")
    assert pat.path.startswith("/account/confirm")
    pat.press("Confirm with a passkey")
    assert pat.path.endswith("/remove")
    pat.sees("Your password alone will let you in")
    pat.press("Remove passkey")
    pat.sees("Your passkey is removed.")
    pat.sees("No passkeys yet")
    post.read(PAT.email, "second step")

    sign_out(pat)
    pat.open("/sign-in")
    pat.button("Sign in with a passkey").click()
    pat.sees("That passkey doesn’t work here.")
    pat.complaints.clear()  # of the answer 422, which the journey wants
    assert pat.path == "/sign-in"


def test_a_passkey_is_the_second_step_and_its_owner_must_be_at_hand(somebody, shop, post):
    pete = somebody(by_name=True)
    device = Device(pete)
    register(pete, PETE)
    confirm(pete, post, PETE)
    make_passkey(pete)
    no_offers_in_fields(pete)
    sign_out(pete)
    pete.open("/sign-in")
    pete.fill(email=PETE.email, password="violet ladder harbour")
    pete.press("Sign in")
    assert pete.path == "/sign-in/second-step"
    pete.sees("Now show that it’s you.")
    pete.press("Use a passkey")
    assert pete.path == "/account"

    shop.prove_all(timedelta(minutes=5))
    device.no_longer_knows_its_owner()
    pete.open("/account/security/passkeys/new")
    assert pete.path.startswith("/account/confirm")
    pete.button("Confirm with a passkey").click()
    pete.sees("No passkey was used.")


def test_staff_come_in_by_a_passkey(somebody, shop):
    stan = somebody(by_name=True)
    Device(stan)
    told = shop.tell("staff", "invite", STAN.email, "--role", "clerk", "--name", "Stan Staff")
    stan.open(next(word for word in told.split() if "/staff/invitation/" in word).removeprefix(shop.address))
    stan.fill(password="seven random words for work", confirm_password="seven random words for work")
    stan.press("Save password")
    stan.fill(email=STAN.email, password="seven random words for work")
    stan.press("Sign in")
    make_passkey(stan, "/staff/me", "Work telephone")
    stan.open("/staff/me/passkeys")
    stan.follow("Rename Work telephone")
    stan.fill(name="Desk telephone")
    stan.press("Save name")
    stan.sees("Desk telephone")

    no_offers_in_fields(stan)
    stan.context.clear_cookies()
    stan.open("/staff/sign-in")
    stan.press("Sign in with a passkey")
    assert stan.path == "/staff"


def test_where_a_browser_gives_no_passkeys_the_page_says_where_it_does(somebody, post):
    nina = Newcomer("Nina", "Number")
    person = somebody()
    register(person, nina)
    confirm(person, post, nina)
    person.open("/account/security/passkeys")
    person.sees("Browsers make passkeys only for names")
    link = person.main.get_by_role("link", name="http://localhost")
    expect(link).to_have_attribute("href", f"{person.shop.name}/account/security/passkeys")


def test_without_javascript_there_is_no_button_and_the_password_works(somebody, post):
    noel = Newcomer("Noel", "Noscript")
    person = somebody(javascript=False, by_name=True)
    register(person, noel)
    person.open(link_in(post.read(noel.email, "confirm"), "/confirm-email/"))
    person.press("Confirm and sign in")
    person.open("/account/security/passkeys/new")
    person.sees("This browser can’t make passkeys here.")
    expect(person.main.get_by_role("button", name="Create passkey")).to_be_hidden()
    sign_out(person)
    person.open("/sign-in")
    expect(person.main.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    person.fill(email=noel.email, password="violet ladder harbour")
    person.press("Sign in")
    assert person.path == "/account"
