"""A second step: an app is set up, asked for, replaced by a recovery code, and proves who it is once more."""

from datetime import timedelta

from tests.journeys.steps import Newcomer, confirm, register, sign_in, sign_out
from tests.journeys.telephone import scan, turn_on

THEO = Newcomer("Theo", "Twice")


def test_an_app_guards_the_account_and_a_recovery_code_stands_in_for_it(somebody, shop, post):
    theo = somebody()
    register(theo, THEO)
    confirm(theo, post, THEO)
    telephone = set_up(theo)
    assert "authenticator app was added" in str(post.read(THEO.email, "second step"))
    come_in_by_the_app(theo, telephone)
    come_in_by_a_recovery_code(theo, telephone)

    shop.prove_all(timedelta(minutes=5))
    theo.follow("Change Authenticator app")
    prove_once_more(theo, telephone)
    theo.follow("Remove the app")
    theo.press("Remove the app")
    theo.sees("Your authenticator app is removed.")
    sign_out(theo)
    sign_in(theo, THEO)
    assert theo.path == "/account"


def set_up(theo):
    theo.open("/account/security")
    theo.sees("Your password alone lets you in.")
    telephone = scan(theo)
    theo.fill(code="000000")
    theo.press("Turn on")
    theo.sees("This code is not right")
    turn_on(theo, telephone)
    theo.sees("Your authenticator app is on.")
    with theo.page.expect_download() as kept:
        theo.button("Download as a file").click()
    assert telephone.codes[0] in kept.value.path().read_text("utf-8")
    theo.follow("Back to Security")
    theo.sees("On since")
    theo.sees("10 left")
    return telephone


def come_in_by_the_app(theo, telephone):
    sign_out(theo)
    sign_in(theo, THEO)
    assert theo.path == "/sign-in/second-step"
    theo.open("/account")
    assert theo.path.startswith("/sign-in")
    theo.open("/sign-in/second-step")
    theo.fill(code="000 000")
    theo.press("Continue")
    theo.sees("This code is not right")
    now = telephone.code(1)
    theo.fill(code=f"{now[:3]} {now[3:]}")
    theo.press("Continue")
    assert theo.path == "/account"


def come_in_by_a_recovery_code(theo, telephone):
    sign_out(theo)
    sign_in(theo, THEO)
    theo.follow("Phone not at hand? Use a recovery code")
    theo.fill(code=telephone.codes[0].lower())
    theo.press("Continue")
    assert theo.path == "/account"
    theo.open("/account/security")
    theo.sees("9 left")


def prove_once_more(theo, telephone):
    assert theo.path.startswith("/account/confirm")
    theo.follow("Phone not at hand? Use a recovery code")
    theo.fill(current_password="violet ladder harbour", code=telephone.codes[1])
    theo.press("Confirm")
    assert theo.path == "/account/security/authenticator"


def test_it_all_works_without_javascript(somebody, post):
    tess = Newcomer("Tess", "Twotimes")
    person = somebody(javascript=False)
    register(person, tess)
    confirm(person, post, tess)
    turn_on(person, scan(person))
    sign_out(person)
    sign_in(person, tess)
    assert person.path == "/sign-in/second-step"
