"""The Security tab: how a customer signs in, and what staff can do about it with and without the right."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import Authenticator, Realm
from portal.accounts.service import factors, tries
from portal.accounts.service.sessions import Visitor
from portal.accounts.service.signing_in import sign_in
from portal.audit.models import AuditEntry
from portal.foundation import clock as time
from portal.foundation.database import db
from portal.foundation.errors import TooMany
from tests import cast
from tests.backoffice.calling import CLERK, LIST, enter, secret_of, verbs, verify


@pytest.fixture
def app_of_ann(ann):
    """Ann's authenticator app."""
    db.session.add(Authenticator(account_id=ann.account_id, secret="sealed", confirmed_at=time.now()))
    db.session.commit()


def tab(browser, customer):
    return browser.open(f"{LIST}/{customer.number}?tab=security")


def lock_out(email):
    for _ in range(20):
        try:
            sign_in(Realm.CUSTOMER, email, "wrong", Visitor("192.0.2.1"))
        except TooMany:
            break
        finally:
            db.session.commit()


def test_unlocking_lets_unknown_browsers_try_again(clerk, browsers, ann):
    lock_out(cast.ANN.email)
    stranger = browsers()
    stranger.open("/sign-in")
    assert stranger.send(email=cast.ANN.email, password=cast.PASSWORD).status_code == 429
    assert "in a row, from unknown browsers" in tab(clerk, ann).text
    assert "Sign-in is unlocked" in clerk.send("/unlock").text
    assert tries.of(ann.account) is None
    assert verbs()[-1] == "account.unlocked_by_staff"
    stranger.open("/sign-in")
    assert stranger.send(email=cast.ANN.email, password=cast.PASSWORD).request.path == "/account"


def test_a_lost_second_factor_goes_with_a_verified_caller_and_a_reason(clerk, ann, app_of_ann, outbox):
    page = tab(clerk, ann)
    assert "Verify who is calling first." in page.text
    assert "/remove-factors" not in page.text
    verify(clerk, ann)
    tab(clerk, ann)
    clerk.open(f"{LIST}/{ann.number}/remove-factors")
    assert clerk.send("/remove-factors", reason="").status_code == 422
    assert factors.asked_of(ann.account)
    assert "The second step is removed" in clerk.send("/remove-factors", reason="Lost her phone").text
    assert not factors.asked_of(ann.account)
    assert outbox()[-1].kind == "accounts.factor_changed"
    entry = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.verb, entry.reason) == ("account.factors_removed", "Lost her phone")


def test_without_a_verified_caller_the_second_factor_stays(clerk, browsers, ann, app_of_ann):
    verify(enter(browsers(), cast.OTTO), ann)  # a colleague's match is not Clara's
    path = f"{LIST}/{ann.number}/remove-factors"
    tab(clerk, ann)
    data = {"csrf_token": secret_of(clerk), "reason": "because"}
    assert clerk.client.get(path).location == f"{LIST}/{ann.number}/identity"
    assert clerk.client.post(path, data=data).status_code == 400
    assert factors.asked_of(ann.account)


def test_removing_asks_once_more_who_is_at_the_desk(clock, clerk, ann, app_of_ann):
    verify(clerk, ann)
    clerk.open(f"{LIST}/{ann.number}/remove-factors")
    clock.shift(timedelta(minutes=6))
    assert clerk.client.get(f"{LIST}/{ann.number}/remove-factors").location.startswith("/staff/confirm")
    assert clerk.send("/remove-factors", reason="Lost").status_code == 403
    assert factors.asked_of(ann.account)


def test_who_may_only_look_sees_every_control_disabled_and_is_refused(browsers, ann, app_of_ann):
    looker = enter(browsers(), cast.MARK, {"backoffice.store_control.customer.view"}, role="looker")
    lock_out(cast.ANN.email)
    page = tab(looker, ann).text
    content = page.split('id="second-step"')[0].split("Sign-in</h2>")[1]
    assert content.count("disabled title") == 3  # reset link, unlock, verify
    assert "<form" not in page.split("Sign-in</h2>")[1].split("</main>")[0]
    for act in ("unlock", "reset-link", "sign-out", "identity", "remove-factors"):
        answer = looker.client.post(f"{LIST}/{ann.number}/{act}", data={"csrf_token": secret_of(looker)})
        assert answer.status_code == 403, act


def test_changes_that_wait_are_a_queue_of_the_back_office(clerk, browsers, ann):
    owner = enter(browsers(), cast.OTTO)
    assert "Nothing to approve" in owner.open("/staff/address-changes").text
    verify(clerk, ann)
    clerk.open(f"{LIST}/{ann.number}/edit")
    clerk.send(email="ann.new@demo.example")
    page = owner.open("/staff/address-changes").text
    assert "ann.new@demo.example" in page
    assert "Clara Clerk" in page
    assert "Address changes" in owner.open("/staff").text.split("Go to")[0].split("Waiting for you")[1]
    tab(owner, ann)
    owner.send("/approve")
    assert "Nothing to approve" in owner.open("/staff/address-changes").text


def test_an_export_asks_once_more_who_is_at_the_desk(clock, browsers):
    rights = {"backoffice.newsletter.audience.view", "backoffice.newsletter.audience.export"}
    mark = enter(browsers(), cast.MARK, rights, role="marketing")
    address = "/staff/audiences/1/export.csv"
    assert mark.client.get(address).mimetype == "text/csv"
    clock.shift(timedelta(minutes=6))
    asked = mark.client.get(address)
    assert asked.status_code == 303
    page = mark.open(asked.location)
    assert page.request.path == "/staff/confirm"
    sent = mark.send(follow=False, current_password=cast.STAFF_PASSWORD)
    assert sent.location == address
    assert mark.client.get(address).mimetype == "text/csv"


def test_no_page_of_the_back_office_sets_a_customers_password(app, browsers, ann):
    """Every address that staff may post to, with every name that a password could have."""
    owner = enter(browsers(), cast.OTTO, CLERK | {"backoffice.system.audit.view"}, role="owner")
    before = ann.account.password_hash
    names = ("password", "confirm_password", "new_password", "password_hash", "current_password", "pin", "said")
    values = {"number": ann.number, "customer": ann.number, "message_id": 1, "change_id": 1, "audience_id": 1}
    posts = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/staff/") and "POST" in rule.methods]
    routes = app.url_map.bind("localhost")
    walked = 0
    for rule in posts:
        if rule.endpoint.startswith("staff_door."):
            continue
        known = {name: values.get(name, 1) for name in rule.arguments}
        if "<int:number>" in rule.rule:
            known["number"] = 1
        owner.open("/staff")
        data = {
            "csrf_token": secret_of(owner),
            "reason": "walk",
            **dict.fromkeys(names, "a staff-made password"),
        }
        owner.client.post(routes.build(rule.endpoint, known), data=data)
        walked += 1
    assert walked > 15
    db.session.expire_all()
    assert ann.account.password_hash == before
