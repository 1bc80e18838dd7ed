"""Recovery: a link in the mailbox, then the answer, then a new password, and nobody signed in by any of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account, SecurityAnswer, SignInSession
from portal.accounts.service import recovery as service
from portal.accounts.service.recovery import PER_LINK
from portal.foundation import tokens
from portal.foundation.database import db
from portal.foundation.errors import NotAllowed
from tests import cast
from tests.accounts.recovering import NEW, answer, ask, choose, recover
from tests.accounts.test_sessions import cookie, replay, sign_in
from tests.browsing import Browser
from tests.work import measured


def test_link_then_answer_then_password_and_everything_else_ends(app, browsers, link, mailbox):
    elsewhere, browser = browsers(), browsers()
    sign_in(elsewhere)
    saved = cookie(elsewhere)
    assert cast.QUESTION in browser.open(link).text
    assert answer(browser, " BLUE-thunder ").location == link
    browser.open(link)
    done = choose(browser)
    assert (done.status_code, done.location) == (303, "/sign-in")
    assert replay(app, saved)[0].status_code == 303
    assert browser.open("/account/security").request.path == "/sign-in", "nobody is signed in by a recovery"
    assert sign_in(browsers(), password=cast.PASSWORD).status_code == 422
    assert sign_in(browsers(), password=NEW).status_code == 303
    assert any("was changed" in mail["Subject"] for mail in mailbox())


def test_looking_at_a_link_changes_nothing(client, browser, link):
    for _ in range(5):
        client.head(link)
        client.get(link)
    assert recover(browser, link).status_code == 303


def test_the_question_is_shown_only_behind_the_link(browsers, ann, link):
    browser = browsers()
    for path in ("/recover", "/sign-in", "/recover/sent"):
        assert cast.QUESTION not in browser.open(path).text
    browser.open("/recover")
    assert cast.QUESTION not in browser.send("/recover", email=cast.ANN.email).text


def test_a_link_works_once(browsers, link):
    assert recover(browsers(), link).status_code == 303
    page = browsers().open(link)
    assert page.status_code == 410
    assert 'href="/recover"' in page.text


def test_a_link_that_was_begun_in_one_browser_works_in_no_other(browsers, link):
    mine, other = browsers(), browsers()
    mine.open(link)
    assert answer(mine, "wrong").status_code == 422
    assert other.open(link).status_code == 410
    assert answer(mine, cast.ANSWER).status_code == 303


def test_a_link_runs_out_to_the_second(clock, ann, browser, mailbox):
    link = ask(browser, mailbox)
    clock.shift(timedelta(minutes=30) - timedelta(seconds=1))
    assert browser.open(link).status_code == 200
    clock.shift(timedelta(seconds=1))
    assert browser.open(link).status_code == 410


def test_a_recovery_that_was_begun_runs_out_after_ten_minutes(clock, ann, browser, mailbox):
    link = ask(browser, mailbox)
    browser.open(link)
    assert answer(browser, cast.ANSWER).status_code == 303
    browser.open(link)
    clock.shift(timedelta(minutes=10))
    assert choose(browser).status_code == 410


def test_a_newer_link_ends_the_older(browsers, ann, mailbox):
    first = ask(browsers(), mailbox)
    second = ask(browsers(), mailbox)
    assert browsers().open(first).status_code == 410
    assert recover(browsers(), second).status_code == 303


def test_a_link_dies_with_the_password_and_with_sign_out_everywhere(browsers, ann, mailbox):
    browser = browsers()
    sign_in(browser)
    link = ask(browsers(), mailbox)
    browser.open("/account/security")
    browser.send("/sign-out-everywhere")
    assert browsers().open(link).status_code == 410


def test_a_link_of_one_purpose_serves_no_other(app, browser, ann):
    token = tokens.issue(tokens.Purpose("confirm-email", timedelta(hours=1)), ann.account_id)
    db.session.commit()
    assert browser.open(f"/recover/{token}").status_code == 404


@pytest.mark.parametrize("token", ["x", "A" * 54, "%00", "é", "A" * 5000, "-", "_" * 54])
def test_a_link_that_is_none_says_so_and_offers_a_new_one(browser, app, token):
    page = browser.open(f"/recover/{token}")
    assert page.status_code == 404
    assert 'href="/recover"' in page.text


def test_five_wrong_answers_end_the_link_and_tell_the_owner_and_nothing_else_happens(browsers, link, mailbox):
    elsewhere, browser = browsers(), browsers()
    sign_in(elsewhere)
    browser.open(link)
    told = [answer(browser, f"wrong {number}") for number in range(5)]
    assert [page.status_code for page in told] == [422] * 4 + [410]
    assert len({page.text.count(cast.QUESTION) for page in told[:4]}) == 1, "the question never changes"
    assert "Wrong answers" in mailbox()[-1]["Subject"]
    assert browser.open(link).status_code == 410
    assert elsewhere.open("/account/security").request.path == "/account/security"
    assert sign_in(browsers()).status_code == 303


def test_a_right_answer_after_too_many_wrong_ones_is_too_late(browser, link):
    browser.open(link)
    for _ in range(5):
        answer(browser, "wrong")
    token = browser.open("/recover").text.split('name="csrf_token" value="')[1].split('"')[0]
    late = browser.client.post(link, data={"csrf_token": token, "security_answer": cast.ANSWER})
    assert late.status_code == 410


def test_ten_wrong_answers_a_day_are_all_that_new_links_give(clock, ann, browsers, mailbox):
    statuses = []
    for _ in range(3):
        clock.shift(timedelta(hours=1))
        browser = browsers()
        browser.open(ask(browser, mailbox))
        statuses += [answer(browser, "wrong").status_code for _ in range(4 if len(statuses) < 8 else 3)]
    assert statuses == [422] * 10 + [410]
    clock.shift(timedelta(days=1))
    assert recover(browsers(), ask(browsers(), mailbox)).status_code == 303


def at_once(app, link, times, text):
    """So many browsers send an answer to one link at the same moment."""

    def one(_):
        browser = Browser(app)
        token = browser.client.get("/recover").text.split('name="csrf_token" value="')[1].split('"')[0]
        return browser.client.post(link, data={"csrf_token": token, "security_answer": text}).status_code

    db.session.commit()
    with ThreadPoolExecutor(8) as crowd:
        return list(crowd.map(one, range(times)))


def test_forty_answers_at_once_are_five_hashes(app, link):
    with measured() as work:
        statuses = at_once(app, link, 40, "wrong")
    assert len(work.hashes) <= 5
    assert set(statuses) <= {410, 422}


def test_of_all_right_answers_that_a_link_takes_at_once_one_goes_on(app, link):
    # One more would be a try too many and end the link, perhaps before the first answer is compared.
    assert at_once(app, link, PER_LINK.hits, cast.ANSWER).count(303) == 1


def test_no_answer_ever_opens_a_session(browser, link):
    browser.open(link)
    answer(browser, cast.ANSWER)
    assert browser.open("/account/security").request.path == "/sign-in"
    kinds = {row.kind.value for row in db.session.scalars(sa.select(SignInSession))}
    assert kinds == {"reset"}
    with browser.client.session_transaction() as kept:
        kept["customer"] = kept["recovery"][0]
    assert browser.open("/account/security").request.path == "/sign-in"


def test_a_password_cannot_be_sent_before_the_answer(browser, link):
    browser.open(link)
    token = browser.page.text.split('name="csrf_token" value="')[1].split('"')[0]
    sent = browser.client.post(link, data={"csrf_token": token, "password": NEW, "confirm_password": NEW})
    assert sent.status_code == 422
    assert sign_in(Browser(browser.client.application), password=NEW).status_code == 422


def test_without_a_question_the_link_alone_leads_to_the_password(browsers, ann, mailbox):
    db.session.execute(sa.delete(SecurityAnswer))
    browser = browsers()
    page = browser.open(ask(browser, mailbox))
    assert "Security question" not in page.text, "no step is ticked that nobody took"
    assert choose(browser, "short").status_code == 422
    assert choose(browser).status_code == 303
    assert sign_in(browsers(), password=NEW).status_code == 303


def test_a_shop_that_asks_no_question_lets_the_link_alone_lead_to_the_password(browser, link, shop_wants):
    shop_wants(security_question="off")
    page = browser.open(link).text
    assert cast.QUESTION not in page
    assert "Security question" not in page
    assert choose(browser).status_code == 303


def test_a_password_that_is_refused_can_be_chosen_again(browser, link):
    browser.open(link)
    browser.send(security_answer=cast.ANSWER)
    for bad in ("short", "password123", "ann@demo.example"):
        assert choose(browser, bad).status_code == 422
    assert choose(browser).status_code == 303


@pytest.mark.parametrize("text", ["", "\x00", "x" * 5000, "\u0301", "…"])
def test_an_answer_that_is_none_is_refused(browser, link, text):
    browser.open(link)
    assert answer(browser, text).status_code == 422


def test_an_account_that_is_closed_meanwhile_is_not_recovered(browser, link):
    browser.open(link)
    answer(browser, cast.ANSWER)
    browser.open(link)
    db.session.scalars(sa.select(Account)).one().status = "disabled"
    db.session.commit()
    assert choose(browser).status_code == 410


def test_the_verb_itself_takes_no_password_before_the_answer(app):
    customer = cast.customer(cast.ANN)
    with pytest.raises(NotAllowed):
        service.choose_password(service.Recovery("x", customer.account), cast.PASSWORD)
