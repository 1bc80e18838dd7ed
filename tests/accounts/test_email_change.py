"""Another address: asked for while signed in, proven in the new mailbox, told to the old one, which can stop it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import Registration
from portal.accounts.service import email_change as service
from portal.audit import queries as audit
from portal.audit.models import AuditEntry
from portal.audit.service import OPERATOR
from portal.customers.models import Customer
from portal.foundation import database
from portal.foundation.database import db
from portal.newsletter import queries as newsletter
from portal.newsletter.models import Subscription, SubscriptionState
from tests import cast
from tests.accounts import stage
from tests.accounts.moving import NEW, account, change_to, link_to, mails_to, states
from tests.accounts.pressing import press
from tests.accounts.recovering import ask as ask_reset
from tests.accounts.test_sessions import cookie, replay, sign_in
from tests.mails import link_in

PAGE = "/account/security/email"
PROVE, STOP = "/account/email/", "/account/email/stop/"


def test_the_new_mailbox_proves_it_and_everything_follows(app, signed_in, browsers, mailbox):
    elsewhere = browsers()
    sign_in(elsewhere)
    reset = ask_reset(browsers(), mailbox)
    page = change_to(signed_in)
    assert (page.request.path, account().email) == (PAGE, cast.ANN.email)
    assert NEW in page.text
    assert "Cancel the change" in page.text
    saved, copied = cookie(elsewhere), cookie(signed_in)
    assert press(signed_in, link_to(mailbox, NEW, PROVE)).request.path == "/account/security"
    assert (account().email, account().email_key) == (NEW, NEW)
    assert replay(app, saved)[0].status_code == 303, "other sessions end"
    assert replay(app, copied)[0].status_code == 303, "and copies of the cookie that goes on"
    assert browsers().open(reset).status_code == 410, "links of the old mailbox end"
    customer = db.session.scalars(sa.select(Customer)).one()
    assert (customer.email, customer.email_key) == (NEW, NEW)
    assert NEW in customer.search_text
    assert sign_in(browsers()).status_code == 422
    assert sign_in(browsers(), cast.Person("Ann", "Adeyemi", NEW)).status_code == 303


def test_the_audit_log_tells_before_and_after(signed_in, mailbox):
    change_to(signed_in)
    press(signed_in, link_to(mailbox, NEW, PROVE))
    told = {entry.verb: entry.changes for entry in db.session.scalars(sa.select(AuditEntry))}
    assert told["account.email_change_asked"] == {"new_email": ["", NEW]}
    assert told["account.email_changed"] == {"email": [cast.ANN.email, NEW]}
    assert told["customer.changed"] == {"email": [cast.ANN.email, NEW]}


def test_the_link_works_in_any_browser_and_keeps_only_the_session_of_the_owner(signed_in, browsers, mailbox):
    cast.customer(cast.BEN)
    ben = browsers()
    sign_in(ben, cast.BEN)
    change_to(signed_in)
    press(ben, link_to(mailbox, NEW, PROVE))
    assert account().email == NEW
    assert signed_in.open("/account/security").request.path == "/sign-in"
    assert ben.open("/account/security").request.path == "/account/security"


def test_the_old_mailbox_hears_at_once_and_stops_it(app, signed_in, browsers, mailbox):
    change_to(signed_in)
    saved = cookie(signed_in)
    stop = link_to(mailbox, cast.ANN.email, STOP)
    other = browsers()
    assert press(other, stop).request.path == "/account/email/stopped"
    assert states() == ["cancelled"]
    assert browsers().open(link_to(mailbox, NEW, PROVE)).status_code == 410
    assert other.open(stop).status_code == 410
    assert replay(app, saved)[0].status_code == 303, "whoever asked is signed out"


def test_opening_a_link_changes_nothing(signed_in, client, browsers, mailbox):
    change_to(signed_in)
    for link in (link_to(mailbox, NEW, PROVE), link_to(mailbox, cast.ANN.email, STOP)):
        for _ in range(5):
            client.head(link)
            assert client.get(link).status_code == 200
    assert states() == ["asked"]


def test_it_can_be_cancelled_and_sent_again(signed_in, browsers, mailbox):
    change_to(signed_in)
    first = link_to(mailbox, NEW, PROVE)
    signed_in.open(PAGE)
    signed_in.send("/email/again")
    second = link_to(mailbox, NEW, PROVE)
    assert first != second
    assert browsers().open(first).status_code == 410, "only the newest works"
    signed_in.open(PAGE)
    assert "cancelled" in signed_in.send("/email/cancel").text
    assert browsers().open(second).status_code == 410
    assert states() == ["cancelled"]


def test_a_second_wish_replaces_the_first(signed_in, browsers, mailbox):
    change_to(signed_in)
    first = link_to(mailbox, NEW, PROVE)
    change_to(signed_in, "ann.third@demo.example")
    assert states() == ["cancelled", "asked"]
    assert browsers().open(first).status_code == 410


def test_the_link_runs_out_to_the_second(clock, signed_in, browsers, mailbox):
    change_to(signed_in)
    link = link_to(mailbox, NEW, PROVE)
    clock.shift(timedelta(hours=1) - timedelta(seconds=1))
    assert browsers().open(link).status_code == 200
    clock.shift(timedelta(seconds=1))
    assert press(browsers(), link).status_code == 410
    assert account().email == cast.ANN.email


def test_a_wish_runs_out_after_a_week_and_the_page_says_when(clock, signed_in, browsers, mailbox):
    change_to(signed_in)
    assert "On 28 Nov 2026" in signed_in.open(PAGE).text
    clock.shift(timedelta(days=7) - timedelta(minutes=30))
    swept()
    assert states() == ["asked"]
    sign_in(signed_in)
    signed_in.open(PAGE)
    signed_in.send("/email/again")
    link = link_to(mailbox, NEW, PROVE)
    assert browsers().open(link).status_code == 200
    clock.shift(timedelta(minutes=30))
    assert "ran out after 7 days" in browsers().open(link).text, "before anything is swept"
    assert NEW not in signed_in.open(PAGE).text
    swept()
    assert states() == ["cancelled"]
    assert account().email == cast.ANN.email
    assert audit.trail("account", account().id)[0].verb == "account.email_change_ran_out"


def test_one_that_is_proven_and_only_waits_for_its_day_does_not_run_out(clock, signed_in, browsers, mailbox):
    service.ask(account(), NEW, by=OPERATOR, wait=timedelta(days=8))
    press(browsers(), link_to(mailbox, NEW, PROVE))
    clock.shift(timedelta(days=7, minutes=1))
    swept()
    assert states() == ["asked"]
    clock.shift(timedelta(days=1))
    with database.transaction():
        service.apply_due()
    assert account().email == NEW


def swept():
    with database.transaction():
        service.expire_due()


def test_three_are_asked_for_a_day(clock, signed_in):
    told = [change_to(signed_in, f"ann{number}@demo.example").status_code for number in range(4)]
    assert told == [200, 200, 200, 429]
    clock.shift(timedelta(days=1))
    sign_in(signed_in)
    assert change_to(signed_in).status_code == 200


@pytest.mark.parametrize(
    "email",
    ["", "nobody", "a@b", "x\x00@demo.example", "a" * 10_000, "a\r\nBcc: x@demo.example", cast.ANN.email.upper()],
)
def test_what_is_no_other_address_is_said_at_the_field(signed_in, email):
    page = change_to(signed_in, email)
    assert page.status_code == 422
    assert 'href="#email"' in page.text
    assert states() == []


def test_it_asks_once_more_who_is_there(clock, signed_in):
    page = signed_in.open(PAGE)
    clock.shift(timedelta(minutes=5))
    assert signed_in.open(PAGE).request.path == "/account/confirm"
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    assert signed_in.client.post(PAGE, data={"csrf_token": token, "email": NEW}).status_code == 403
    assert states() == []


def test_registrations_that_wait_for_the_address_end(signed_in, mailbox):
    stage.registered(cast.Person("Nora", "Newman", NEW))
    change_to(signed_in)
    press(signed_in, link_to(mailbox, NEW, PROVE))
    assert db.session.scalars(sa.select(Registration)).one().ended_as == "superseded"


def test_the_newsletter_leaves_the_old_mailbox_and_asks_the_new_one(signed_in, ann, mailbox):
    audience = newsletter.default_audience()
    old = Subscription(
        audience_id=audience.id,
        email=ann.email,
        email_key=ann.email_key,
        customer_id=ann.id,
        state=SubscriptionState.ACTIVE,
    )
    db.session.add(old)
    change_to(signed_in)
    press(signed_in, link_to(mailbox, NEW, PROVE))
    found = dict(db.session.execute(sa.select(Subscription.email, Subscription.state)).all())
    assert found == {cast.ANN.email: SubscriptionState.UNSUBSCRIBED, NEW: SubscriptionState.PENDING}
    assert link_in(mails_to(mailbox, NEW)[-1], "/newsletter/confirm/")


def test_nobody_sees_or_cancels_the_change_of_somebody_else(signed_in, browsers, mailbox):
    cast.customer(cast.BEN)
    ben = browsers()
    sign_in(ben, cast.BEN)
    change_to(signed_in)
    page = ben.open(PAGE)
    assert NEW not in page.text
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    for verb in ("cancel", "again"):
        assert ben.client.post(f"{PAGE}/{verb}", data={"csrf_token": token}).status_code == 404
    assert states() == ["asked"]
