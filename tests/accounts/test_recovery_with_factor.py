"""Recovery of an account with a second factor: the factor is asked for instead of the answer, and stays."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account, Authenticator, Device, Passkey, RecoveryCode, SessionKind, SignInSession
from portal.accounts.rules.links import OPEN_WAITED
from portal.accounts.service import cooling_off, sessions
from portal.accounts.service import recovery as service
from portal.accounts.service.sessions import Visitor
from portal.foundation import database, tokens
from portal.foundation.database import db
from portal.foundation.errors import NotAllowed, NotFound
from tests import cast
from tests.accounts.apps import WRONG, app_of, codes_of, the_account
from tests.accounts.recovering import NEW, answer, ask, choose
from tests.accounts.test_sessions import sign_in
from tests.browsing import Browser
from tests.mails import link_in


@pytest.fixture
def account(ann):
    return the_account(cast.ANN.email)


@pytest.fixture
def phone(clock, account):
    """The app of Ann; time stands still."""
    return app_of(account)


@pytest.fixture
def guarded(phone, browsers, mailbox):
    """A link to Ann's account, which has an app."""
    return ask(browsers(), mailbox)


def test_a_code_of_the_app_comes_instead_of_the_answer(guarded, phone, browsers, mailbox):
    browser = browsers()
    page = browser.open(guarded)
    assert cast.QUESTION not in page.text
    assert 'name="code"' in page.text
    assert browser.send(follow=False, code=phone.code()).location == guarded
    browser.open(guarded)
    assert choose(browser).status_code == 303
    assert sign_in(browsers(), password=NEW).location == "/sign-in/second-step", "the factor is still there"
    assert "was changed" in mailbox()[-1]["Subject"]


def test_a_recovery_code_works_once(account, phone, browsers, mailbox):
    first, *_ = codes_of(account)
    browser = browsers()
    browser.open(ask(browser, mailbox))
    assert browser.send(follow=False, code=first).status_code == 303
    other = browsers()
    other.open(ask(other, mailbox))
    assert other.send(follow=False, code=first).status_code == 422


def test_an_account_with_passkeys_alone_uses_a_recovery_code(account, clock, browsers, mailbox):
    db.session.add(Passkey(account_id=account.id, credential="x", public_key=b"x", name="Key"))
    [first, *_] = codes_of(account)
    browser = browsers()
    page = browser.open(ask(browser, mailbox))
    assert "Recovery code" in page.text
    assert "authenticator app" not in page.text
    assert browser.send(follow=False, code=first).status_code == 303


def test_a_reset_leaves_every_factor_and_trusts_no_browser_from_before(account, guarded, phone, browsers):
    known = browsers()
    sign_in(known)
    codes_of(account)
    db.session.add(Passkey(account_id=account.id, credential="x", public_key=b"x", name="Key"))
    db.session.add(Device(account_id=account.id, digest="d" * 64, browser="Firefox"))
    db.session.commit()
    browser = browsers()
    browser.open(guarded)
    browser.send(code=phone.code())
    assert choose(browser).status_code == 303
    kept = [
        db.session.scalar(sa.select(sa.func.count()).select_from(t)) for t in (Authenticator, Passkey, RecoveryCode)
    ]
    assert kept == [1, 1, 10]
    trusted = db.session.scalars(sa.select(Device.digest).where(Device.revoked_at.is_(None))).all()
    assert len(trusted) == 1, "the one that came by mail"
    assert "d" * 64 not in trusted


def test_neither_the_answer_nor_a_password_gets_past_the_factor(guarded, browsers):
    browser = browsers()
    token = browser.open(guarded).text.split('name="csrf_token" value="')[1].split('"')[0]
    for fields in ({"security_answer": cast.ANSWER}, {"password": NEW, "confirm_password": NEW}):
        assert browser.client.post(guarded, data={"csrf_token": token, **fields}).status_code == 422
    assert browser.client.post(f"{guarded}/forgotten", data={"csrf_token": token}).status_code == 403
    assert sign_in(browsers(), password=NEW).status_code == 422


def test_the_verb_itself_takes_no_password_before_the_factor(account, phone):
    for waited in (None, object()):
        with pytest.raises(NotAllowed):
            service.choose_password(service.Recovery("x", account, waited=waited), NEW)


def test_what_was_begun_behind_one_link_goes_on_behind_no_other(account):
    waits = cooling_off.begin(account)
    token = tokens.issue(OPEN_WAITED, waits.id, bound_to=str(account.epoch))
    flow = sessions.find(sessions.open_flow(account, SessionKind.FLOW, Visitor()))
    assert service.begun_after_waiting(token, flow).waited is waits
    with pytest.raises(NotFound):
        service.begun(token, flow)


def test_a_factor_that_was_added_while_a_recovery_waited_is_asked_for(clock, ann, account, browsers, mailbox):
    browser = browsers()
    browser.open(ask(browser, mailbox))
    browser.send("/forgotten")
    phone = app_of(account)
    for pause in (timedelta(hours=22), timedelta(hours=2)):
        clock.shift(pause)
        db.session.commit()
        with database.transaction():
            cooling_off.sweep()
    link = link_in(mailbox()[-1], "/recover/waited/")
    other = browsers()
    assert 'name="code"' in other.open(link).text
    assert other.send(follow=False, code=phone.code()).location == link
    other.open(link)
    assert choose(other).status_code == 303


def test_five_wrong_codes_end_the_link_and_nothing_else(guarded, phone, browsers, mailbox):
    elsewhere, browser = browsers(), browsers()
    browser.open(guarded)
    told = [browser.send(follow=False, code=WRONG).status_code for _ in range(5)]
    assert told == [422] * 4 + [410]
    assert "Wrong answers" in mailbox()[-1]["Subject"]
    assert browser.open(guarded).status_code == 410
    assert sign_in(elsewhere).location == "/sign-in/second-step"


def test_a_code_works_once_of_eight_at_the_same_moment(app, guarded, phone):
    code = phone.code()

    def one(_):
        browser = Browser(app)
        token = browser.client.get("/recover").text.split('name="csrf_token" value="')[1].split('"')[0]
        return browser.client.post(guarded, data={"csrf_token": token, "code": code}).status_code

    db.session.commit()
    with ThreadPoolExecutor(8) as crowd:
        statuses = list(crowd.map(one, range(5)))
    assert statuses.count(303) == 1


def test_a_code_opens_no_session(guarded, phone, browser):
    browser.open(guarded)
    browser.send(code=phone.code())
    assert browser.open("/account").request.path == "/sign-in"
    assert {row.kind.value for row in db.session.scalars(sa.select(SignInSession))} == {"reset"}


@pytest.mark.parametrize("text", ["", "\x00", "x" * 5000, "000000", "१२३४५६", "' OR 1=1"])
def test_a_code_that_is_none_is_refused(guarded, browser, text):
    browser.open(guarded)
    assert browser.send(follow=False, code=text).status_code == 422


def test_an_account_that_lost_its_factor_meanwhile_is_asked_for_the_answer(guarded, browser):
    browser.open(guarded)
    db.session.execute(sa.delete(Authenticator))
    db.session.commit()
    assert cast.QUESTION in browser.open(guarded).text
    assert answer(browser, cast.ANSWER).status_code == 303
    assert db.session.scalars(sa.select(Account)).one().is_enabled
