"""The security question: it only ever takes away, it is guessed by nobody, and nothing of the answer is kept."""

import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.models import Account, SecurityAnswer, SignInSession
from portal.accounts.rules.answers import normalise
from portal.accounts.service.recovery import PER_DAY, PER_LINK
from portal.foundation import hashing
from portal.foundation.database import db
from portal.foundation.hashing import Secret
from tests import cast
from tests.accounts.recovering import answer, ask, choose
from tests.accounts.test_sessions import sign_in
from tests.browsing import Browser
from tests.work import measured, told_apart

QUESTION = "Who whistled on our roof that summer?"


def stored(ann):
    """The row of Ann's question, as it is now."""
    db.session.expire_all()
    return db.session.get_one(SecurityAnswer, ann.account_id)


def token_of(browser, path="/recover"):
    return browser.client.get(path).text.split('name="csrf_token" value="')[1].split('"')[0]


@given(st.text())
def test_normalising_is_done_once_for_all(text):
    once = normalise(text)
    assert normalise(once) == once


@given(st.text(alphabet=st.characters(categories=["Mn", "Mc", "Lo"]), min_size=1))
def test_marks_that_are_no_accents_are_kept(text):
    for sign in text:
        if unicodedata.category(sign)[0] == "M" and not "\u0300" <= sign <= "\u036f":
            assert normalise("क" + sign) != normalise("क")


def test_an_old_hash_is_made_anew_when_the_answer_is_right(app, ann, browsers, mailbox, shop_wants):
    before = stored(ann).answer_hash
    shop_wants(bcrypt_cost=5)
    browser = browsers()
    browser.open(ask(browser, mailbox))
    answer(browser, "not this one")
    assert stored(ann).answer_hash == before
    answer(browser, cast.ANSWER)
    fresh = stored(ann).answer_hash
    assert fresh != before
    assert "$2b$05$" in fresh
    assert hashing.verify(Secret.ANSWER, fresh, normalise(cast.ANSWER))


@pytest.mark.parametrize("broken", ["", "v1.garbage", "$2b$12$short", "v1.00000000.$2b$04$" + "a" * 53])
def test_a_hash_that_cannot_be_read_fits_no_answer(ann, browsers, mailbox, broken):
    stored(ann).answer_hash = broken
    db.session.commit()
    browser = browsers()
    browser.open(ask(browser, mailbox))
    assert answer(browser, cast.ANSWER).status_code == 422
    assert answer(browser, "").status_code == 422


def test_an_answer_and_a_password_are_hashed_with_different_peppers(app):
    answer_hash, password_hash = hashing.make((Secret.ANSWER, "same text"), (Secret.PASSWORD, "same text"))
    assert answer_hash.split(".")[1] != password_hash.split(".")[1]
    assert not hashing.verify(Secret.PASSWORD, answer_hash, "same text")


def test_eight_times_five_at_once_are_five_hashes(app, link):
    def five(_):
        browser = Browser(app)
        token = token_of(browser)
        data = {"csrf_token": token, "security_answer": "wrong"}
        return [browser.client.post(link, data=data).status_code for _ in range(5)]

    db.session.commit()
    with measured() as work, ThreadPoolExecutor(8) as crowd:
        statuses = {status for told in crowd.map(five, range(8)) for status in told}
    assert len(work.hashes) <= PER_LINK.hits
    assert statuses <= {410, 422}
    assert db.session.scalars(sa.select(Account)).one().is_enabled


def test_new_links_give_no_new_tries(clock, ann, browsers, mailbox):
    with measured() as work:
        for _ in range(4):
            clock.shift(3601)
            browser = browsers()
            browser.open(ask(browser, mailbox))
            for _ in range(5):
                if browser.page.status_code in (200, 422):
                    answer(browser, "wrong")
    assert len(work.hashes) == PER_DAY.hits


def test_used_up_tries_touch_neither_account_nor_password_nor_sessions(browsers, link):
    elsewhere, browser = browsers(), browsers()
    sign_in(elsewhere)
    browser.open(link)
    for _ in range(5):
        answer(browser, "wrong")
    assert elsewhere.open("/account").request.path == "/account"
    assert sign_in(browsers()).status_code == 303


def test_the_question_is_in_no_answer_before_the_link(browsers, ann, mailbox):
    stored(ann).question = QUESTION
    browser = browsers()
    pages = [browser.open(path).text for path in ("/", "/sign-in", "/recover", "/register", "/confirm-email", "/help")]
    browser.open("/recover")
    pages.append(browser.send("/recover", email=cast.ANN.email).text)
    browser.open("/sign-in")
    pages.append(browser.send("/sign-in", email=cast.ANN.email, password="wrong").text)
    pages += [str(mail) for mail in mailbox()]
    assert not [page for page in pages if QUESTION in page]
    assert QUESTION in browser.open(ask(browser, mailbox)).text


def test_asking_is_the_same_work_with_and_without_a_question(app, browsers, ann):
    cast.customer(cast.BEN)
    db.session.execute(sa.delete(SecurityAnswer).where(SecurityAnswer.account_id != ann.account_id))
    typed = {"with": cast.ANN.email, "without": cast.BEN.email, "unknown": "nobody@demo.example"}
    tries = {}
    for name, email in typed.items():
        browser = browsers()
        browser.open("/recover")
        tries[name] = lambda browser=browser, email=email: browser.send("/recover", follow=False, email=email)
    assert told_apart(tries, typed) == {}


def test_a_wrong_answer_is_told_alike_however_near_it_was(browsers, link):
    browser = browsers()
    browser.open(link)
    pages = {
        re.sub(r'name="csrf_token" value="[^"]*"', "", answer(browser, text).text)
        for text in ("Blue Thunde", "blue", "q", "Ωmega")
    }
    assert len(pages) == 1


@pytest.mark.parametrize("text", ["", "   ", "\u0301", "…", "\x00", "x" * 5000, "x" * 100_000])
def test_what_is_no_answer_costs_no_hash_and_no_500(browser, link, text):
    browser.open(link)
    with measured() as work:
        status = answer(browser, text).status_code
    assert status in (400, 413, 422)
    if len(text) > 1000 or not text.strip():
        assert work.hashes == []


def test_no_answer_alone_opens_anything(app, ann, client):
    browser = Browser(app)
    token = token_of(browser)
    for path in ("/sign-in", "/recover", "/account/security", "/account/security/question", "/staff/sign-in"):
        data = {"csrf_token": token, "email": cast.ANN.email, "security_answer": cast.ANSWER, "password": cast.ANSWER}
        browser.client.post(path, data=data)
    assert browser.open("/account").request.path == "/sign-in"
    assert db.session.scalars(sa.select(SignInSession)).all() == []


def test_the_answer_is_found_nowhere(browsers, link, mailbox, caplog):
    canary = "Zweihundertelf Kanarienvögel"
    owner = browsers()
    sign_in(owner)
    owner.open("/account/security/question")
    owner.send(
        "/question",
        security_question="own",
        own_question="Who sang in our kitchen at home?",
        security_answer=canary,
        current_password=cast.PASSWORD,
    )
    browser = browsers()
    browser.open(link)
    answer(browser, canary + " not")
    pages = [browser.page.text, answer(browser, canary).text]
    browser.open(link)
    choose(browser)
    kept = [
        str(value)
        for table in db.metadata.sorted_tables
        for row in db.session.execute(sa.select(table))
        for value in row
    ]
    said = [*kept, *pages, *(mail.as_string() for mail in mailbox()), caplog.text, owner.open("/account/security").text]
    needles = (canary, normalise(canary), "Kanarienv")
    assert not [text for text in said for needle in needles if needle.lower() in text.lower()]
