"""Every form that takes an address, with addresses in every state: nobody learns which state it is."""

import pytest

from portal.accounts.models import Account, Hold
from portal.customers.models import Customer
from portal.foundation.database import db
from tests import cast
from tests.accounts import apps, stage
from tests.accounts.test_sessions import sign_in
from tests.browsing import Browser
from tests.cast import Person
from tests.hostile import attacks, forms
from tests.work import measured, seen, told_apart

pytestmark = pytest.mark.parametrize("house", ["sqlite"], indirect=True, scope="session")
DAN = Person("Dan", "Declined", "dan@demo.example")
TINA = Person("Tina", "Twice", "tina@demo.example")
ERIC = Person("Eric", "Erased", "eric@demo.example")
MOVING = "/account/security/email"
SEES = ("status", "headers", "cookies", "location", "body")
WORKS = ("hashes", "statements", "rows")


def account_of(customer):
    return db.session.get_one(Account, customer.account_id)


def addresses():
    """One address in each state, by the name of the state."""
    found = stage.addresses()
    declined, twice, erased = (cast.customer(person) for person in (DAN, TINA, ERIC))
    account_of(declined).held_for = Hold.DECLINED
    apps.app_of(account_of(twice))
    account = account_of(erased)
    db.session.delete(db.session.get_one(Customer, erased.id))
    db.session.flush()
    db.session.delete(account)
    db.session.commit()
    return found | {"declined": DAN.email, "second factor": TINA.email, "erased": ERIC.email}


def forms_with_an_address(app, client):
    """The forms of pages that anybody opens and that ask for an address."""
    found = forms.of(app, client, {})
    return {form.action: form for form in found if "email" in form.typed}


def asking(app, form, email, network="192.0.2.1"):
    """Somebody at a browser of their own who is about to send a form with an address."""
    client = app.test_client()
    found = next(one for one in forms.on(client, form.page) if one.action == form.action)
    data = {**found.fields, "email": email}
    return lambda: client.post(form.action, data=data, environ_base={"REMOTE_ADDR": network})


def count(differences, states):
    """Each state is tried for each thing that could tell it apart."""
    for state in states:
        told = " ".join(differences.get(state, ()))
        for part in (*SEES, *WORKS):
            attacks.tried("enumeration", refused=f"{part}:" not in told)


def test_every_form_gives_every_address_the_same_answer_for_the_same_work(app, client):
    typed = addresses()
    found = forms_with_an_address(app, client)
    assert {"/sign-in", "/staff/sign-in", "/register", "/recover", "/confirm-email", "/newsletter"} <= set(found)
    wrong = {}
    for action, form in found.items():
        asking(app, form, "warm@demo.example")()
        tries = {state: asking(app, form, email) for state, email in typed.items()}
        differences = told_apart(tries, typed)
        count(differences, typed)
        if differences:
            wrong[action] = differences
    assert wrong == {}


def test_the_page_that_follows_is_the_same_for_every_address(app, client):
    typed = addresses()
    wrong = {}
    for action, form in forms_with_an_address(app, client).items():
        pages = {}
        for state, email in typed.items():
            browser = Browser(app)
            answer = form.send(browser.client, {"email": email})
            pages[state] = seen(browser.open(answer.location), email) if answer.location else None
            attacks.tried("enumeration", refused=pages[state] == pages["absent"])
        if len(set(pages.values())) != 1:
            wrong[action] = pages
    assert wrong == {}


def movers(app, states):
    """Somebody signed in for each state, before the page that asks for another address, whoever has that by now."""
    found = {}
    for place, state in enumerate(states):
        person = Person("Mia", "Mover", f"mia{place:02}@demo.example")
        cast.customer(person, number=f"T-MIA{place:02}")
        found[state] = (person, Browser(app))
        sign_in(found[state][1], person)
        found[state][1].open(MOVING)
    return found


def test_who_asks_for_another_address_learns_nothing_of_whose_it_is(app, client):
    typed = addresses()
    sending = movers(app, ["warm", *typed])
    sending.pop("warm")[1].send(MOVING, follow=False, email="warm@demo.example")
    tries = {
        state: lambda browser=browser, state=state: browser.send(MOVING, follow=False, email=typed[state])
        for state, (_person, browser) in sending.items()
    }
    differences = told_apart(tries, typed)
    count(differences, typed)
    assert differences == {}
    pages = {
        state: seen(browser.open(MOVING), typed[state], person.email) for state, (person, browser) in sending.items()
    }
    wrong = [state for state, page in pages.items() if page != pages["absent"]]
    for state in pages:
        attacks.tried("enumeration", refused=state not in wrong)
    assert wrong == []


@pytest.mark.parametrize("door", ["/sign-in", "/staff/sign-in"])
def test_an_address_that_is_tried_again_and_again_hears_what_an_unknown_one_hears(app, client, door):
    form = forms_with_an_address(app, client)[door]
    heard = {}
    for place, (state, email) in enumerate(addresses().items()):
        answers = []
        for _ in range(14):
            send = asking(app, form, email, f"198.51.100.{place}")
            with measured() as work:
                answer = send()
            answers.append((seen(answer, email), work.hashes))
        heard[state] = answers
    wrong = [state for state, answers in heard.items() if answers != heard["absent"]]
    for state in heard:
        attacks.tried("enumeration", refused=state not in wrong, times=14)
    assert wrong == []


def test_work_that_knows_the_address_would_be_noticed(app, client, monkeypatch):
    from portal.accounts.service import signing_in

    real = signing_in.hashing.verify
    monkeypatch.setattr(
        signing_in.hashing, "verify", lambda kind, stored, text: bool(stored) and real(kind, stored, text)
    )
    typed = addresses()
    form = forms_with_an_address(app, client)["/sign-in"]
    tries = {state: asking(app, form, email) for state, email in typed.items()}
    assert {"active", "disabled", "second factor"} <= set(told_apart(tries, typed))
