"""A forgotten password: the mailed link, then the security question, then a new password."""

from tests.journeys.mailbox import link_in
from tests.journeys.steps import ANSWER, NEXT_PASSWORD, PASSWORD, QUESTION, Newcomer, confirm, register, sign_in

ROSA = Newcomer("Rosa", "Reyes")


def test_the_security_answer_leads_to_a_new_password_and_ends_the_other_sessions(somebody, post):
    at_home, elsewhere = somebody(), somebody()
    register(at_home, ROSA)
    confirm(at_home, post, ROSA)
    assert at_home.path == "/account"

    elsewhere.open("/recover")
    elsewhere.fill(email=ROSA.email)
    elsewhere.press("Continue")
    elsewhere.open(link_in(post.read(ROSA.email, "password"), "/recover/"))
    elsewhere.sees(QUESTION)
    elsewhere.fill(security_answer="Red Lightning")
    elsewhere.press("Continue")
    elsewhere.fill(security_answer=f" {ANSWER.upper()} ")
    elsewhere.press("Continue")
    elsewhere.fill(password=NEXT_PASSWORD, confirm_password=NEXT_PASSWORD)
    elsewhere.press("Save password")

    at_home.open("/account")
    assert at_home.path.startswith("/sign-in")
    sign_in(at_home, ROSA, PASSWORD)
    at_home.sees("Email or password is not right.")
    sign_in(at_home, ROSA, NEXT_PASSWORD)
    assert at_home.path == "/account"


def test_an_unknown_address_hears_the_same_as_a_known_one(somebody):
    heard = []
    for email in (ROSA.email, "nobody@journeys.example"):
        visitor = somebody()
        visitor.open("/recover")
        visitor.fill(email=email)
        visitor.press("Continue")
        heard.append((visitor.path, visitor.main.inner_text().replace(email, "")))
    assert heard[0] == heard[1]
