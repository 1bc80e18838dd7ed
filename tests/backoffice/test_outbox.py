"""The outbox as staff see it: what waits, what failed and why, and sending again."""

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditEntry
from portal.backoffice import mail_kinds
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.mail.models import OutboxMessage, State
from portal.mail.service import post, posting
from portal.staff.rules import OWNER, Permission
from tests import cast


def at_work(browser, *permissions):
    """Somebody with these rights, signed in."""
    cast.member(cast.CLARA, "clerk", {permission.value for permission in permissions})
    browser.open("/staff/sign-in")
    browser.send(email=cast.CLARA.email, password=cast.STAFF_PASSWORD)
    return browser


@pytest.fixture
def clerk(app, browser):
    """Somebody who may see the outbox and send again."""
    return at_work(browser, Permission.OUTBOX_VIEW, Permission.OUTBOX_RESEND)


def mail(to="ann@demo.example", state=State.SENT, reply="250 accepted", kind="accounts.password_changed"):
    """A mail in some state."""
    row = db.session.get_one(OutboxMessage, post(kind, to, account=0))
    row.state, row.last_reply, row.settled_at, row.tries = state, reply, now(), 1
    db.session.commit()
    return row


def test_staff_read_what_failed_and_why(clerk):
    mail("ann@demo.example")
    mail("ben@demo.example", State.FAILED, "550 No such mailbox")
    page = clerk.open("/staff/outbox").text
    assert "ann@demo.example" in page
    assert "550 No such mailbox" in page
    assert "Password changed" in page
    only = clerk.open("/staff/outbox?state=failed").text
    assert "ben@demo.example" in only
    assert "ann@demo.example" not in only


def test_every_kind_of_mail_has_words_for_staff(app):
    declared = {kind for kind in posting.kinds() if not kind.startswith("tests.")}
    assert declared == set(mail_kinds.WORDS)


def test_every_state_has_words_and_an_unknown_filter_shows_everything(clerk):
    for state in State:
        mail(f"{state}@demo.example", state)
    page = clerk.open("/staff/outbox?state=nonsense&after=%00&before=x")
    assert page.status_code == 200
    for words in ("Waiting", "Being sent", "Sent", "Failed", "Not sent"):
        assert words in page.text


def test_the_list_goes_on_from_page_to_page_in_each_state(clerk):
    for number in range(55):
        mail(f"a{number}@demo.example", State.FAILED)
    first = clerk.open("/staff/outbox?state=failed").text
    assert "a54@demo.example" in first
    assert "a4@demo.example" not in first
    [following] = [part.split('"')[0] for part in first.split('href="')[1:] if "after=" in part.split('"')[0]]
    second = clerk.open(following.replace("&amp;", "&")).text
    assert "a4@demo.example" in second
    assert "a54@demo.example" not in second


def test_a_mail_is_sent_again_and_the_log_says_by_whom(clerk):
    row = mail(state=State.FAILED)
    clerk.open("/staff/outbox")
    page = clerk.send(f"/{row.id}/again")
    assert "on its way again" in page.text
    anew = db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert (anew.to, anew.kind, anew.context, anew.state) == (row.to, row.kind, row.context, State.QUEUED)
    assert anew.id != row.id
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.verb == "mail.sent_again")).one()
    assert (entry.actor_name, entry.subject_id) == ("Clara Clerk", anew.id)


def test_a_mail_that_does_not_exist_cannot_be_sent_again(clerk):
    mail()
    clerk.open("/staff/outbox")
    for number in (999, 2**70):
        token = clerk.page.text.split('name="csrf_token" value="')[1].split('"')[0]
        page = clerk.client.post(f"/staff/outbox/{number}/again", data={"csrf_token": token})
        assert page.status_code == 404


def test_a_link_for_staff_is_sent_again_from_their_page_alone(clerk):
    owner = cast.member(cast.OTTO, "owner", set(OWNER))
    row = mail(owner.email, kind="staff.invitation")
    assert "/again" not in clerk.open("/staff/outbox").text
    mail()
    clerk.open("/staff/outbox")
    token = clerk.page.text.split('name="csrf_token" value="')[1].split('"')[0]
    page = clerk.client.post(f"/staff/outbox/{row.id}/again", data={"csrf_token": token})
    assert page.status_code == 403
    assert "a link for a member of staff" in page.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == 2


def test_who_may_only_look_has_no_button(app, browser):
    mail(state=State.FAILED)
    page = at_work(browser, Permission.OUTBOX_VIEW).open("/staff/outbox").text
    assert "Send again" not in page
    assert "ann@demo.example" in page
