"""For seven days the old mailbox takes the account back, with everything that was added since it was lost."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import Authenticator, Device, EmailChange, Passkey, RecoveryCode, SecurityAnswer
from portal.audit.models import AuditEntry
from portal.customers.models import Customer
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.mail.models import OutboxMessage
from portal.mail.service import send_again as send_again_to
from tests import cast
from tests.accounts.apps import app_of, codes_of, prove
from tests.accounts.moving import NEW, account, change_to, link_to, mails_to, sign_in_as, states
from tests.accounts.pressing import press
from tests.accounts.recovering import choose
from tests.accounts.test_sessions import cookie, replay, sign_in
from tests.mails import link_in, text_of

THIRD = "mallory@demo.example"
PROVE, UNDO = "/account/email/", "/account/email/undo/"
MOVED = cast.Person("Ann", "Adeyemi", NEW)


def move(browser, browsers, mailbox, email=NEW):
    """Change the address, all the way."""
    change_to(browser, email)
    press(browsers(), link_to(mailbox, email, PROVE))
    assert account().email == email


@pytest.fixture
def undo(signed_in, browsers, mailbox):
    """Ann's address was changed; gives the link that she can undo it with."""
    move(signed_in, browsers, mailbox)
    return link_to(mailbox, cast.ANN.email, UNDO)


def test_the_old_address_is_back_and_everybody_is_out(app, undo, browsers, mailbox):
    thief = sign_in_as(browsers(), MOVED)
    saved = cookie(thief)
    assert press(browsers(), undo).request.path == "/account/email/undone"
    assert account().email == cast.ANN.email
    assert db.session.scalars(sa.select(Customer.email)).one() == cast.ANN.email
    assert states() == ["undone"]
    assert replay(app, saved)[0].status_code == 303
    for person in (cast.ANN, MOVED):
        assert sign_in(browsers(), person).status_code == 422, "the password of before opens nothing"
    owner = browsers()
    reset = link_in(mails_to(mailbox, cast.ANN.email, "yours again")[-1], "/recover/")
    owner.open(reset)
    owner.send(security_answer=cast.ANSWER)
    assert choose(owner).status_code == 303
    assert sign_in(browsers(), password="violet ladder harbour").status_code == 303
    assert "account.email_change_undone" in db.session.scalars(sa.select(AuditEntry.verb)).all()


def test_the_address_that_is_left_hears_of_it_and_gets_no_way_in(undo, browsers, mailbox):
    press(browsers(), undo)
    [mail] = mails_to(mailbox, NEW, "changed back")
    assert f"{NEW} is no longer the address of your account" in text_of(mail)
    assert "/recover" not in text_of(mail)


def test_looking_at_the_link_changes_nothing_and_it_works_once(undo, client, browsers):
    for _ in range(5):
        client.head(undo)
        assert client.get(undo).status_code == 200
    assert states() == ["applied"]
    press(browsers(), undo)
    assert press(browsers(), undo).status_code == 410


def test_it_works_for_seven_days_to_the_second(clock, signed_in, browsers, mailbox):
    move(signed_in, browsers, mailbox)
    link = link_to(mailbox, cast.ANN.email, UNDO)
    clock.shift(timedelta(days=7) - timedelta(seconds=1))
    assert browsers().open(link).status_code == 200
    clock.shift(timedelta(seconds=1))
    assert press(browsers(), link).status_code == 410
    assert account().email == NEW


def test_a_mail_that_is_sent_again_gives_the_old_mailbox_no_other_seven_days(clock, undo, browsers, mailbox):
    def send_again():
        message = db.session.scalars(
            sa.select(OutboxMessage).where(OutboxMessage.kind == "accounts.email_changed")
        ).first()
        send_again_to(message)
        db.session.commit()
        return link_to(mailbox, cast.ANN.email, UNDO)

    clock.shift(timedelta(days=6))
    link = send_again()
    assert browsers().open(link).status_code == 200
    clock.shift(timedelta(days=1))
    assert press(browsers(), link).status_code == 410
    assert send_again() == link, "there is nothing to say any more"
    assert account().email == NEW


def test_what_came_since_the_change_is_dropped(clock, signed_in, browsers, mailbox):
    row = account()
    move(signed_in, browsers, mailbox)
    clock.shift(timedelta(minutes=1))
    app_of(row)
    codes_of(row)
    db.session.add(Passkey(account_id=row.id, credential="x", public_key=b"x", name="Key"))
    db.session.add(Device(account_id=row.id, digest="d" * 64, browser="Firefox"))
    db.session.get_one(SecurityAnswer, row.id).changed_at = now()
    db.session.commit()
    press(browsers(), link_to(mailbox, cast.ANN.email, UNDO))
    kept = [
        db.session.scalar(sa.select(sa.func.count()).select_from(table))
        for table in (Authenticator, Passkey, RecoveryCode, SecurityAnswer)
    ]
    assert kept == [0, 0, 0, 0]
    assert db.session.scalars(sa.select(Device).where(Device.revoked_at.is_(None))).all() == []
    owner = browsers()
    owner.open(link_in(mails_to(mailbox, cast.ANN.email, "yours again")[-1], "/recover/"))
    assert choose(owner).status_code == 303, "nothing of the thief's is asked for"


def test_a_factor_that_the_thief_added_first_is_dropped_too(clock, signed_in, browsers, mailbox):
    app_of(account())
    clock.shift(timedelta(minutes=4))
    move(signed_in, browsers, mailbox)
    press(browsers(), link_to(mailbox, cast.ANN.email, UNDO))
    owner = browsers()
    owner.open(link_in(mails_to(mailbox, cast.ANN.email, "yours again")[-1], "/recover/"))
    owner.send(security_answer=cast.ANSWER)
    assert choose(owner).status_code == 303, "no code is asked for that the owner never had"


def test_what_was_there_before_stays_and_is_asked_for(clock, signed_in, browsers, mailbox):
    phone = app_of(account())
    clock.shift(timedelta(days=1, seconds=1))
    sign_in(signed_in)
    signed_in.open("/sign-in/second-step")
    prove(signed_in, phone.code())
    clock.shift(timedelta(seconds=30))  # the next code is another one
    move(signed_in, browsers, mailbox)
    press(browsers(), link_to(mailbox, cast.ANN.email, UNDO))
    owner = browsers()
    owner.open(link_in(mails_to(mailbox, cast.ANN.email, "yours again")[-1], "/recover/"))
    assert owner.send(follow=False, code=phone.code()).status_code == 303
    assert db.session.get(SecurityAnswer, account().id) is not None


def test_a_second_change_does_not_carry_the_account_away(undo, browsers, mailbox):
    thief = sign_in_as(browsers(), MOVED)
    move(thief, browsers, mailbox, THIRD)
    second = link_to(mailbox, NEW, UNDO)
    assert press(browsers(), undo).request.path == "/account/email/undone"
    assert account().email == cast.ANN.email
    assert states() == ["undone", "undone"]
    assert press(browsers(), second).status_code == 410, "the way back of the thief's own mailbox is closed"
    assert account().email == cast.ANN.email


def test_the_later_change_can_be_undone_alone_and_the_earlier_one_after_it(undo, browsers, mailbox):
    thief = sign_in_as(browsers(), MOVED)
    move(thief, browsers, mailbox, THIRD)
    press(browsers(), link_to(mailbox, NEW, UNDO))
    assert (account().email, states()) == (NEW, ["applied", "undone"])
    press(browsers(), undo)
    assert (account().email, states()) == (cast.ANN.email, ["undone", "undone"])


def test_a_change_that_is_still_asked_for_is_cancelled(undo, browsers, mailbox):
    thief = sign_in_as(browsers(), MOVED)
    change_to(thief, THIRD)
    link = link_to(mailbox, THIRD, PROVE)
    press(browsers(), undo)
    assert press(browsers(), link).status_code == 410
    assert states() == ["undone", "cancelled"]


def test_for_a_day_after_no_other_change_is_taken(clock, signed_in, browsers, mailbox):
    move(signed_in, browsers, mailbox)
    press(browsers(), link_to(mailbox, cast.ANN.email, UNDO))
    owner = browsers()
    owner.open(link_in(mails_to(mailbox, cast.ANN.email, "yours again")[-1], "/recover/"))
    owner.send(security_answer=cast.ANSWER)
    choose(owner)
    sign_in(owner, password="violet ladder harbour")
    assert change_to(owner, THIRD).status_code == 403
    clock.shift(timedelta(days=1, seconds=1))
    sign_in(owner, password="violet ladder harbour")
    assert change_to(owner, THIRD).status_code == 200


def test_an_old_address_that_somebody_else_has_by_now_changes_nothing(undo, browsers):
    cast.customer(cast.Person("Else", "Body", cast.ANN.email), number="T-ELSE")
    page = press(browsers(), undo)
    assert page.status_code == 409
    assert account().email == NEW
    assert states() == ["applied"]
    assert db.session.scalars(sa.select(EmailChange)).one().settled_at is not None
    assert press(browsers(), undo).status_code == 409, "the link is not used up by that"


def test_a_link_to_undo_is_no_link_to_prove_or_stop(undo, browsers):
    token = undo.rsplit("/", 1)[1]
    for path in ("/account/email/", "/account/email/stop/", "/recover/", "/recover/stop/", "/confirm-email/"):
        assert browsers().open(f"{path}{token}").status_code == 404
