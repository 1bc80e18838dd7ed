"""Turning a second step on and off: the app, the recovery codes, what the owner hears and which sessions end."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.guards import FRESH
from portal.accounts.models import Authenticator, RecoveryCode, SignInSession
from portal.accounts.rules import recovery_codes as code_rules
from portal.accounts.service import factors, recovery_codes, totp
from portal.audit.models import AuditEntry
from portal.audit.service import OPERATOR
from portal.foundation import crypto
from portal.foundation.database import db
from tests import cast
from tests.accounts.apps import WRONG, App, app_of, codes_of, the_account
from tests.accounts.passkeying import secret_of
from tests.accounts.test_sessions import replay, sign_in
from tests.mails import text_of

APP, CODES = "/account/security/authenticator", "/account/security/recovery-codes"
CODE = re.compile(r"<li>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){5})</li>")


@pytest.fixture
def signed_in(browser, ann, clock):
    """Ann, signed in this moment; time stands still."""
    sign_in(browser)
    return browser


def set_up(browser):
    """Begin an app and scan its key."""
    browser.open(APP)
    page = browser.send("/authenticator").text
    return App(re.search(r'class="typed-key" translate="no">([A-Z2-7 ]+)<', page)[1].replace(" ", ""))


def turn_on(browser, phone):
    """Type the first code; gives the recovery codes that are shown."""
    return CODE.findall(browser.send("/on", code=phone.code()).text)


def verbs():
    return list(db.session.scalars(sa.select(AuditEntry.verb).order_by(AuditEntry.id)))


def test_an_app_counts_only_after_its_first_code(signed_in, browsers):
    phone = set_up(signed_in)
    assert sign_in(browsers()).location == "/account"
    page = signed_in.send("/on", follow=False, code=WRONG)
    assert page.status_code == 422
    assert "This code is not right" in page.text
    assert sign_in(browsers()).location == "/account"
    assert len(turn_on(signed_in, phone)) == 10
    assert sign_in(browsers()).location == "/sign-in/second-step"


def test_the_key_is_drawn_and_written_and_never_stored_in_clear(signed_in):
    phone = set_up(signed_in)
    page = signed_in.page
    assert re.search(r'<svg[^>]*class="qr"', page.text)
    assert "style=" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert phone.secret not in page.text, "only in groups, for the eye"
    row = db.session.scalars(sa.select(Authenticator)).one()
    assert phone.secret not in row.secret
    assert crypto.decrypt("totp", row.secret) == phone.secret


def test_recovery_codes_are_shown_once_and_stored_as_keyed_hashes(signed_in):
    codes = turn_on(signed_in, set_up(signed_in))
    assert len(set(codes)) == 10
    stored = " ".join(db.session.scalars(sa.select(RecoveryCode.digest)))
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)
    page = signed_in.open(CODES).text
    assert not any(code in page for code in codes)
    assert '<p class="big mb-0">10</p>' in page


def test_the_file_holds_the_codes_of_the_page_and_nothing_else_can_be_had_as_a_file(signed_in):
    codes = turn_on(signed_in, set_up(signed_in))
    token = signed_in.page.text.split('name="csrf_token" value="')[1].split('"')[0]
    file = signed_in.client.post(f"{CODES}/file", data={"csrf_token": token, "codes": codes})
    assert file.headers["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert (file.mimetype, file.headers["Cache-Control"]) == ("text/plain", "no-store")
    assert [code for code in codes if code in file.text] == codes
    for forged in ([*codes[:9], "AAAA-BBBB-CCCC"], ["<script>"], ["\0"], []):
        answer = signed_in.client.post(f"{CODES}/file", data={"csrf_token": token, "codes": forged})
        assert answer.status_code == 410


def test_a_new_set_replaces_the_one_before(signed_in, browsers):
    before = turn_on(signed_in, set_up(signed_in))
    signed_in.open(CODES)
    after = CODE.findall(signed_in.send("/recovery-codes").text)
    assert len(after) == 10
    assert not set(before) & set(after)
    other = browsers()
    sign_in(other)
    other.open("/sign-in/second-step")
    assert other.send("", follow=False, code=before[0]).status_code == 422
    assert other.send("", follow=False, code=after[0]).status_code == 303


def test_recovery_codes_need_a_second_step(signed_in):
    assert "Set up an authenticator app or a passkey first" in signed_in.open(CODES).text
    token = signed_in.open("/account/security").text.split('name="csrf_token" value="')[1].split('"')[0]
    assert signed_in.client.post(CODES, data={"csrf_token": token}).status_code == 409
    assert db.session.scalar(sa.select(sa.func.count()).select_from(RecoveryCode)) == 0


def test_turning_it_on_ends_other_sessions_changes_this_one_and_tells_the_owner(app, signed_in, browsers, mailbox):
    other = browsers()
    sign_in(other)
    phone = set_up(signed_in)
    stolen = signed_in.client.get_cookie("session").value
    turn_on(signed_in, phone)
    assert other.open("/account/security").request.path == "/sign-in"
    assert replay(app, stolen)[0].status_code == 303, "a copy of the cookie from before is worth nothing"
    assert signed_in.open("/account/security").request.path == "/account/security"
    told = [mail for mail in mailbox() if "second step" in mail["Subject"]]
    assert len(told) == 2
    assert "An authenticator app was added" in text_of(told[1]) + text_of(told[0])
    of_the_app = next(text_of(mail) for mail in told if "An authenticator app was added" in text_of(mail))
    assert "Write to us, and we take it away" in of_the_app, "a reset would ask for the app of a thief"
    assert verbs()[-2:] == ["account.app_added", "account.codes_made"]


def test_removing_the_last_factor_takes_the_codes_ends_other_sessions_and_tells_the_owner(
    signed_in, browsers, mailbox, clock
):
    phone = set_up(signed_in)
    turn_on(signed_in, phone)
    other = browsers()
    sign_in(other)
    other.open("/sign-in/second-step")
    clock.shift(timedelta(minutes=1))
    other.send("", code=phone.code())
    signed_in.open(f"{APP}/remove")
    assert "recovery codes stop working" in signed_in.page.text
    signed_in.send("/remove", follow=True)
    assert "is removed" in signed_in.page.text
    assert other.open("/account/security").request.path == "/sign-in"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(RecoveryCode)) == 0
    assert any("was removed" in text_of(mail) for mail in mailbox())
    assert verbs()[-1] == "account.app_removed"
    assert sign_in(browsers()).location == "/account"


def test_an_app_that_is_on_is_never_replaced_unseen(signed_in):
    turn_on(signed_in, set_up(signed_in))
    before = db.session.scalars(sa.select(Authenticator.secret)).one()
    token = signed_in.open("/account/security").text.split('name="csrf_token" value="')[1].split('"')[0]
    assert signed_in.client.post(APP, data={"csrf_token": token}).status_code == 409
    assert signed_in.client.post(f"{APP}/on", data={"csrf_token": token, "code": WRONG}).status_code == 303
    assert db.session.scalars(sa.select(Authenticator.secret)).one() == before


def test_a_key_that_was_begun_and_left_lying_is_shown_no_more(signed_in, clock):
    phone = set_up(signed_in)
    clock.shift(totp.SET_UP)
    signed_in.open("/account/security")
    account = the_account(cast.ANN.email)
    assert totp.begun(account) is None
    row = db.session.scalars(sa.select(SignInSession)).one()
    with pytest.raises(Exception, match="Start again"):
        totp.confirm(account, phone.code(), kept=row)


def test_a_first_code_does_not_open_the_door_as_well(signed_in, browsers):
    phone = set_up(signed_in)
    code = phone.code()
    turn_on(signed_in, phone)
    other = browsers()
    sign_in(other)
    other.open("/sign-in/second-step")
    assert other.send("", follow=False, code=code).status_code == 422


def test_staff_take_every_factor_from_somebody_who_lost_them(signed_in, browsers, mailbox):
    turn_on(signed_in, set_up(signed_in))
    account = the_account(cast.ANN.email)
    factors.remove_all(account, OPERATOR, "Telephone lost")
    db.session.commit()
    assert not factors.of(account)
    assert recovery_codes.left(account) == 0
    assert signed_in.open("/account/security").request.path == "/sign-in"
    entry = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.verb, entry.reason, entry.actor_name) == ("account.factors_removed", "Telephone lost", "Operator")
    assert "Your second step was removed" in text_of(mailbox()[-1])
    assert sign_in(browsers()).location == "/account"


def test_the_security_page_says_what_is_on(signed_in):
    page = signed_in.open("/account/security").text
    assert "Your password alone lets you in" in page
    turn_on(signed_in, set_up(signed_in))
    page = signed_in.open("/account/security").text
    assert "On since" in page
    assert "10 left" in page


def test_equal_codes_of_two_people_are_not_equal_in_the_table(app):
    cast.customer(cast.ANN)
    cast.customer(cast.BEN)
    code = code_rules.new_codes()[0]
    digests = {tuple(recovery_codes._digests(the_account(who.email), code)) for who in (cast.ANN, cast.BEN)}
    assert len(digests) == 2


@pytest.mark.parametrize(
    "typed",
    [
        "7k2p m4qx 90zd 3hwn 58vr c6te",
        "7K2PM4QX90ZD3HWN58VRC6TE",
        " 7K2P–M4QX-90ZD-3HWN-58VR-C6TE",
        "7K2P-M4QX-9OZD-3HWN-58VR-C6TE",
        "７K2P-M4QX-90ZD-3HWN-58VR-C6TE",
    ],
)
def test_a_recovery_code_is_read_however_it_was_typed(typed):
    assert code_rules.tidied(typed) == "7K2PM4QX90ZD3HWN58VRC6TE"


@pytest.mark.parametrize(
    "typed",
    ["", "123456", "7K2P-M4QX-90ZD", "7K2P-M4QX-90ZD-3HWN-58VR-C6TEE", "7K2P-M4QX-90ZD-3HWN-58VR-C6T!", "\0" * 24],
)
def test_what_can_be_no_recovery_code_is_none(typed):
    assert code_rules.tidied(typed) == ""


def test_each_code_has_112_bits_and_no_letters_that_look_alike():
    assert len(code_rules.LETTERS) ** code_rules.LENGTH >= 2**112
    assert not set("ILOU") & set(code_rules.LETTERS)
    assert all(code_rules.tidied(code) == code.replace("-", "") for code in code_rules.new_codes())


def test_a_change_of_keys_leaves_app_and_codes_working(app, ann, clock):
    account = the_account(cast.ANN.email)
    phone, codes = app_of(account), codes_of(account)
    before = app.extensions[crypto.EXTENSION]
    app.extensions[crypto.EXTENSION] = crypto.Ring(("a newer key of the tests, long enough for all", *before.masters))
    try:
        assert totp.use(account, phone.code())
        assert recovery_codes.use(account, codes[0])
        app.extensions[crypto.EXTENSION] = crypto.Ring(("a newer key of the tests, long enough for all",))
        assert not totp.use(account, phone.code(1)), "once the old key is gone"
        assert not recovery_codes.use(account, codes[1])
    finally:
        app.extensions[crypto.EXTENSION] = before


def test_who_has_an_app_proves_it_before_another_question_and_who_has_none_types_the_password_there(signed_in, clock):
    clock.shift(FRESH)
    page = "/account/security/question"
    assert signed_in.open(page).request.path == page
    token = secret_of(signed_in)
    app_of(the_account(cast.ANN.email))
    assert signed_in.client.get(page).location == f"/account/confirm?next={page}"
    assert signed_in.client.post(page, data={"csrf_token": token}).status_code == 403
