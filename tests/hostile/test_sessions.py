"""A copied cookie after everything that ends a session, cookies planted before a sign-in, and time."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import SIGNED_IN, Account, Realm, SessionKind, SignInSession
from portal.accounts.service import factors, passwords, sessions
from portal.accounts.service.factors import Change
from portal.accounts.service.sessions import Visitor
from portal.audit.service import SYSTEM
from portal.customers.models import Customer
from portal.customers.service import status
from portal.foundation import hashing
from portal.foundation.database import db
from portal.foundation.hashing import Secret
from portal.staff.models import RoleGrant, StaffMember, StaffRole
from tests import cast
from tests.accounts import apps
from tests.browsing import Forms
from tests.hostile import attacks

pytestmark = pytest.mark.parametrize("house", ["sqlite"], indirect=True, scope="session")
NEW = "violet ladder harbour"
HOMES = {"customer": "/account", "staff": "/staff"}
INSIDE = {"customer": ("/account", "/account/security"), "staff": ("/staff", "/staff/me")}
WRITES = {"customer": "/account/security/sign-out-others", "staff": "/staff/sign-out"}


def account_of(person, realm=Realm.CUSTOMER):
    return db.session.scalars(sa.select(Account).where(Account.realm == realm, Account.email == person.email)).one()


def opened(person, realm=Realm.CUSTOMER, **more):
    """A session, as the handle for a cookie."""
    kind = SessionKind.CUSTOMER if realm is Realm.CUSTOMER else SessionKind.STAFF
    handle = sessions.open_session(account_of(person, realm), kind, Visitor(), **more)
    db.session.commit()
    return handle


def holding(app, handle, realm="customer"):
    """A browser with that handle in its cookie."""
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie[realm] = handle
    return client


def secret_on(client, path):
    """The secret that the first form of a page carries."""
    page = client.get(path, follow_redirects=True).text
    return next(form["fields"]["csrf_token"] for form in Forms(page).forms if "csrf_token" in form["fields"])


# What ends every session of an account, or every one but the one in which it was done.


def sign_out(handle):
    sessions.sign_out(handle)


def sign_out_everywhere(_handle):
    sessions.end_all(account_of(cast.ANN))


def change_the_password(_handle):
    [made] = hashing.make((Secret.PASSWORD, NEW))
    kept = sessions.find(opened(cast.ANN))
    passwords.set_password(account_of(cast.ANN), made, by=SYSTEM, kept=kept)


def reset_the_password(_handle):
    [made] = hashing.make((Secret.PASSWORD, NEW))
    passwords.set_password(account_of(cast.ANN), made, by=SYSTEM)


def change_a_factor(_handle):
    kept = sessions.find(opened(cast.ANN))
    factors.changed(account_of(cast.ANN), Change.APP_ADDED, kept=kept)


def lose_every_factor(_handle):
    apps.app_of(account_of(cast.ANN))
    factors.remove_all(account_of(cast.ANN), SYSTEM)


def disable(_handle):
    status.disable(db.session.scalars(sa.select(Customer)).one(), "a test", SYSTEM)


def kill_by_staff(_handle):
    sessions.end_all(account_of(cast.ANN))


def end_one_device(handle):
    sessions.end_own(account_of(cast.ANN), sessions.find(handle).id)


TRIGGERS = (
    sign_out,
    sign_out_everywhere,
    change_the_password,
    reset_the_password,
    change_a_factor,
    lose_every_factor,
    disable,
    kill_by_staff,
    end_one_device,
)


@pytest.mark.parametrize("remember", [False, True], ids=["for a day", "remembered"])
@pytest.mark.parametrize("trigger", TRIGGERS, ids=lambda trigger: trigger.__name__)
def test_a_copied_cookie_opens_nothing_after(app, trigger, remember):
    cast.customer(cast.ANN)
    handle = opened(cast.ANN, remember=remember)
    secret = secret_on(holding(app, handle), "/account")
    assert holding(app, handle).get("/account").status_code == 200
    trigger(handle)
    db.session.commit()
    for path in ("/account", "/account/security", "/account/addresses"):
        answer = holding(app, handle).get(path)
        refused = answer.status_code == 303 and answer.location.startswith("/sign-in?next=")
        assert attacks.tried("sessions", refused=refused), path
    form = holding(app, handle).post("/account/security/sign-out-others", data={"csrf_token": secret})
    assert attacks.tried("sessions", refused=form.status_code == 401), form.status_code


@pytest.fixture
def at_work(app):
    """Otto's session, with a right in use."""
    cast.member(cast.OTTO, "deputy", {"backoffice.store_control.customer.view"})
    handle = opened(cast.OTTO, Realm.STAFF)
    assert holding(app, handle, "staff").get("/staff/customers").status_code == 200
    return handle


def take_the_right_away():
    db.session.execute(sa.delete(RoleGrant))


def take_the_role_away():
    db.session.execute(sa.delete(StaffRole))


def dismiss():
    db.session.scalars(sa.select(StaffMember)).one().dismissed_at = cast.clock.now()


def end_staff():
    sessions.end_all(account_of(cast.OTTO, Realm.STAFF))


@pytest.mark.parametrize(
    ("act", "expected"), [(take_the_right_away, 403), (take_the_role_away, 403), (dismiss, 303), (end_staff, 303)]
)
def test_what_staff_may_is_asked_at_every_request(app, at_work, act, expected):
    act()
    db.session.commit()
    status_code = holding(app, at_work, "staff").get("/staff/customers").status_code
    assert attacks.tried("sessions", refused=status_code == expected), status_code


@pytest.mark.parametrize("door", ["/sign-in", "/staff/sign-in"])
def test_what_was_planted_in_a_browser_before_the_sign_in_is_worth_nothing_after(app, door):
    realm = "staff" if door.startswith("/staff") else "customer"
    cast.customer(cast.ANN)
    cast.customer(cast.BEN)
    cast.member(cast.OTTO, "owner", set())
    email, password = (cast.OTTO.email, cast.STAFF_PASSWORD) if realm == "staff" else (cast.ANN.email, cast.PASSWORD)
    planted_handle = opened(cast.BEN)
    victim = holding(app, planted_handle)
    planted = secret_on(victim, "/account")
    answer = victim.post(door, data={"csrf_token": planted, "email": email, "password": password})
    assert answer.status_code == 303
    with victim.session_transaction() as cookie:
        handle = cookie[realm]
    assert attacks.tried("sessions", refused=handle != planted_handle)
    stale = victim.post(WRITES[realm], data={"csrf_token": planted})
    assert attacks.tried("sessions", refused=stale.status_code == 400), stale.status_code
    if realm == "customer":
        ended = holding(app, planted_handle).get("/account").status_code
        assert attacks.tried("sessions", refused=ended == 303), "the session signed over goes on"


@pytest.mark.parametrize("handle", ["", "x", "A" * 43, "0", None, 7, ["a"], {"a": 1}, True, "' OR '1'='1"])
def test_a_handle_that_nobody_was_given_opens_nothing(app, handle):
    cast.customer(cast.ANN)
    opened(cast.ANN)
    for realm, home in HOMES.items():
        answer = holding(app, handle, realm).get(home)
        assert attacks.tried("sessions", refused=answer.status_code == 303), answer.status_code


def test_a_cookie_that_was_changed_opens_nothing(app):
    cast.customer(cast.ANN)
    client = holding(app, opened(cast.ANN))
    value = client.get_cookie("session").value
    for place in (0, 5, len(value) // 2, len(value) - 2):
        spoiled = value[:place] + ("A" if value[place] != "A" else "B") + value[place + 1 :]
        thief = app.test_client()
        thief.set_cookie("session", spoiled)
        assert attacks.tried("sessions", refused=thief.get("/account").status_code == 303), place


HALF = [("customer", SessionKind.APPLICANT)] + [
    (realm, kind) for realm in HOMES for kind in SessionKind if kind not in SIGNED_IN
]


@pytest.mark.parametrize(("realm", "kind"), HALF)
def test_half_a_way_in_opens_no_page(app, kind, realm):
    person = cast.OTTO if realm == "staff" else cast.ANN
    cast.customer(cast.ANN)
    cast.member(cast.OTTO, "owner", set())
    handle = sessions.open_flow(account_of(person, Realm(realm)), kind, Visitor())
    db.session.commit()
    answer = holding(app, handle, realm).get(HOMES[realm])
    assert attacks.tried("sessions", refused=answer.status_code == 303)
    assert answer.location != HOMES[realm]


@pytest.mark.parametrize(("realm", "other"), [("staff", "customer"), ("customer", "staff")])
def test_a_handle_of_one_realm_opens_nothing_in_the_other(app, realm, other):
    person = cast.OTTO if realm == "staff" else cast.ANN
    cast.customer(cast.ANN)
    cast.member(cast.OTTO, "owner", set())
    handle = opened(person, Realm(realm))
    assert holding(app, handle, realm).get(HOMES[realm]).status_code == 200
    for path in INSIDE[other]:
        answer = holding(app, handle, other).get(path)
        assert attacks.tried("sessions", refused="/sign-in?" in (answer.location or "")), path


LIMITS = [
    ("customer", False, timedelta(hours=2), timedelta(hours=12)),
    ("customer", True, timedelta(days=7), timedelta(days=30)),
    ("staff", False, timedelta(minutes=15), timedelta(hours=10)),
]


@pytest.mark.parametrize("limits", LIMITS, ids=lambda limits: f"{limits[0]} {limits[2]}")
def test_a_session_ends_unused_and_in_the_end_even_in_use(app, clock, limits):
    realm, remember, idle, absolute = limits
    person = cast.OTTO if realm == "staff" else cast.ANN
    cast.customer(cast.ANN)
    cast.member(cast.OTTO, "owner", set())
    unused, used = (opened(person, Realm(realm), remember=remember) for _ in range(2))
    row = sessions.find(used)
    clock.shift(idle)
    row.seen_at = cast.clock.now()
    db.session.commit()
    assert holding(app, used, realm).get(HOMES[realm]).status_code == 200
    assert attacks.tried("sessions", refused=holding(app, unused, realm).get(HOMES[realm]).status_code == 303)
    clock.shift(absolute - idle)
    db.session.get_one(SignInSession, row.id).seen_at = cast.clock.now()
    db.session.commit()
    assert attacks.tried("sessions", refused=holding(app, used, realm).get(HOMES[realm]).status_code == 303)


def test_nobody_keeps_more_sessions_than_a_person_has_devices(app):
    cast.customer(cast.ANN)
    handles = [opened(cast.ANN) for _ in range(sessions.MOST + 5)]
    for handle in handles[:5]:
        assert attacks.tried("sessions", refused=sessions.find(handle) is None)


def test_a_known_browser_is_still_asked_for_the_second_factor(app):
    cast.customer(cast.ANN)
    client = app.test_client()
    for home in ("/account", "/sign-in/second-step"):
        data = {"csrf_token": secret_on(client, "/sign-in"), "email": cast.ANN.email, "password": cast.PASSWORD}
        answer = client.post("/sign-in", data=data)
        assert attacks.tried("sessions", refused=answer.location == home), answer.location
        client.post("/sign-out", data={"csrf_token": secret_on(client, home)})
        if home == "/account":
            apps.app_of(account_of(cast.ANN))
