"""The waiting page: what an applicant sees, may do, and how it ends."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import SessionKind, SignInSession
from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.foundation import database
from portal.foundation.database import db
from portal.groups.models import Application, ApplicationState, Approval, Membership
from portal.groups.service import applications
from tests import cast
from tests.browsing import Forms
from tests.storefront.newcomer import EMAIL, account_of, become_customer, only, rows

CLARA = Actor(ActorKind.STAFF, 1, "Clara Clerk")


@pytest.fixture
def trade(app):
    return cast.group("Trade", Approval.GATE)


@pytest.fixture
def applicant(browser, mailbox, trade):
    """A browser whose Nora waits for the group Trade."""
    become_customer(browser, mailbox, customer_group=str(trade.id))
    return browser


def test_it_tells_what_is_checked_what_was_sent_and_what_comes_next(applicant):
    page = applicant.open("/waiting")
    for words in ("We’re checking your account", "Trade", EMAIL, "Nora Newman", "usually takes 1 working day"):
        assert words in page.text
    assert "Email confirmed" in page.text
    assert 'href="/account' not in page.text


def test_every_other_page_of_a_customer_leads_back_to_it(applicant):
    for path in ("/account", "/account/profile", "/account/security", "/"):
        assert applicant.open(path).request.path == "/waiting"


def test_it_is_for_applicants_only(browser, browsers, mailbox):
    assert browsers().open("/waiting").request.path == "/sign-in"
    become_customer(browser, mailbox)
    assert browser.open("/waiting").request.path == "/account"


def test_a_declined_applicant_reads_the_reason_and_is_not_let_in(applicant):
    with database.transaction():
        applications.decline(only(Application).id, reason="The tax number is <unknown>.", by=CLARA)
    page = applicant.open("/waiting")
    assert "We couldn’t approve your account" in page.text
    assert "The tax number is &lt;unknown&gt;." in page.text
    assert {form["action"] for form in Forms(page.text).forms} == {"/sign-out", "/waiting/apply"}
    assert applicant.client.post("/waiting/withdraw").status_code == 400, "no form without its secret"
    assert applicant.open("/account").request.path == "/waiting"


def test_withdrawing_opens_the_account_in_the_default_group(applicant):
    applicant.open("/waiting")
    before = applicant.client.get_cookie("session").value
    page = applicant.send("/waiting/withdraw")
    assert page.request.path == "/account"
    assert "Application withdrawn" in page.text
    assert applicant.client.get_cookie("session").value != before
    assert account_of().held_for is None
    assert only(Application).state is ApplicationState.WITHDRAWN
    assert only(Membership).group.is_default
    states = {row.kind: row.revoked_at for row in rows(SignInSession)}
    assert states[SessionKind.APPLICANT] is not None
    assert states[SessionKind.CUSTOMER] is None


def test_withdrawing_what_was_decided_meanwhile_is_refused_and_said(applicant):
    applicant.open("/waiting")
    with database.transaction():
        applications.decline(only(Application).id, reason="Not a business.", by=CLARA)
    page = applicant.send("/waiting/withdraw")
    assert page.status_code == 409
    assert only(Application).state is ApplicationState.DECLINED
    assert applicant.open("/account").request.path == "/waiting"


def test_once_approved_one_press_leads_into_the_account(applicant):
    with database.transaction():
        applications.approve(only(Application).id, by=CLARA)
    page = applicant.open("/waiting")
    assert "Your account is ready" in page.text
    page = applicant.send("/waiting/continue")
    assert page.request.path == "/account"
    assert "Trade" in page.text


def test_to_be_let_in_is_no_proof_of_who_is_at_the_keyboard(clock, applicant):
    proven = only(SignInSession).authenticated_at
    clock.shift(timedelta(hours=1))
    with database.transaction():
        applications.approve(only(Application).id, by=CLARA)
    applicant.open("/waiting")
    applicant.send("/waiting/continue")
    whole = db.session.scalars(sa.select(SignInSession).where(SignInSession.kind == SessionKind.CUSTOMER)).one()
    assert whole.authenticated_at == proven
    assert applicant.open("/account/security/authenticator").request.path == "/account/confirm"


def test_going_on_without_approval_leads_back(applicant):
    page = applicant.open("/waiting")
    token = Forms(page.text).forms[0]["fields"]["csrf_token"]
    answer = applicant.client.post("/waiting/continue", data={"csrf_token": token}, follow_redirects=True)
    assert answer.request.path == "/waiting"
    assert account_of().held_for is not None
