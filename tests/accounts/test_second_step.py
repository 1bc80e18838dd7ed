"""The second step of a sign-in: which codes open it, how often, and what is open before it: nothing."""

import re
import secrets
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import SessionKind, SignInSession
from portal.accounts.service import second_step
from portal.audit.models import AuditEntry
from portal.foundation import database
from portal.foundation.database import db
from portal.foundation.errors import TooMany
from tests import cast
from tests.accounts.apps import WRONG, app_of, codes_of, filled, is_in, is_wrong, prove, the_account
from tests.accounts.test_sessions import sign_in
from tests.mails import text_of
from tests.work import seen

STEP = timedelta(seconds=30)
LONG = secrets.token_hex(5_000)  # no cookie packs it small


def test_the_code_of_the_app_lets_in_and_the_session_says_how(half_way, phone):
    assert prove(half_way, phone.code()).location == "/account"
    assert is_in(half_way)
    row = db.session.scalars(sa.select(SignInSession).where(SignInSession.kind == SessionKind.CUSTOMER)).one()
    assert row.methods == "password totp"


def test_a_way_on_that_no_cookie_holds_is_left_out_and_the_code_still_lets_in(browser, phone):
    browser.open("/sign-in")
    answer = browser.send(follow=False, email=cast.ANN.email, password=cast.PASSWORD, next=f"/account?x={LONG}")
    assert all(len(kept) < 4096 for kept in answer.headers.getlist("Set-Cookie"))
    browser.open(answer.location)
    assert prove(browser, phone.code()).location == "/account"


@pytest.mark.parametrize("typed", ["{a} {b}", "{a}-{b}", " {a}{b} ", "{a}\u2009{b}"])
def test_a_code_may_be_typed_as_it_is_read(half_way, phone, typed):
    code = phone.code()
    assert prove(half_way, typed.format(a=code[:3], b=code[3:])).status_code == 303


@pytest.mark.parametrize("steps", [-100, -2, 2, 100])
def test_a_code_of_another_time_is_wrong(half_way, phone, steps):
    assert is_wrong(prove(half_way, phone.code(steps)))
    assert not is_in(half_way)


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_be_off_by_one_step(half_way, phone, steps):
    assert prove(half_way, phone.code(steps)).status_code == 303


@pytest.mark.parametrize(
    "typed", ["", " ", WRONG, "12345", "1234567", "abcdef", "１２３４５６", "\0\0\0\0\0\0", "9" * 10_000, "٠٠٠٠٠٠"]
)
def test_what_is_no_code_of_hers_opens_nothing(half_way, typed):
    assert prove(half_way, typed).status_code == 422
    assert not is_in(half_way)


def test_a_code_that_was_used_is_never_taken_again(half_way, phone, browsers):
    used = phone.code()
    assert prove(half_way, used).status_code == 303
    again = browsers()
    sign_in(again)
    again.open("/sign-in/second-step")
    assert is_wrong(prove(again, used))
    assert not is_in(again)


def test_nor_is_one_that_was_shown_before_it(half_way, phone, browsers, clock):
    before = phone.code()
    clock.shift(STEP)
    assert prove(half_way, phone.code()).status_code == 303
    again = browsers()
    sign_in(again)
    again.open("/sign-in/second-step")
    assert is_wrong(prove(again, before))


def test_the_code_before_is_taken_once(half_way, phone, browsers, clock):
    before = phone.code()
    clock.shift(STEP)
    assert prove(half_way, before).status_code == 303
    again = browsers()
    sign_in(again)
    again.open("/sign-in/second-step")
    assert is_wrong(prove(again, before))
    assert prove(again, phone.code()).status_code == 303, "the code that is shown now still counts"


def test_a_code_of_somebody_else_is_wrong(half_way):
    ben = cast.customer(cast.BEN)
    his = app_of(the_account(ben.email))
    assert is_wrong(prove(half_way, his.code()))
    assert is_wrong(prove(half_way, codes_of(the_account(ben.email))[0]))


def test_eight_uses_of_a_code_at_the_same_moment_let_one_in(browsers, phone, at_once):
    people = [browsers() for _ in range(8)]
    for person in people:
        sign_in(person)
        person.open("/sign-in/second-step")
    code = phone.code()
    answers = at_once(*[lambda person=person: prove(person, code).status_code for person in people])
    assert Counter(answers)[303] >= 1
    assert sum(is_in(person) for person in people) == 1


# How often


def test_five_wrong_codes_end_the_sign_in_and_the_owner_is_told(half_way, phone, mailbox):
    for _ in range(4):
        assert is_wrong(prove(half_way, WRONG))
    assert prove(half_way, WRONG).location == "/sign-in"
    assert "Sign in again" in half_way.open("/sign-in").text
    assert half_way.open("/sign-in/second-step").request.path == "/sign-in"
    [mail] = mailbox()
    assert mail["Subject"].startswith("Somebody knows your password")
    assert "Nobody was let in" in text_of(mail)
    assert db.session.scalars(sa.select(AuditEntry.verb)).all() == ["account.codes_used_up"]


def test_the_right_code_comes_too_late_after_ten_wrong_ones_and_goes_in_again_15_minutes_later(
    browsers, phone, clock, mailbox
):
    for _ in range(2):
        thief = browsers()
        sign_in(thief)
        thief.open("/sign-in/second-step")
        for _ in range(5):
            prove(thief, WRONG)
    ann = browsers()
    sign_in(ann)
    ann.open("/sign-in/second-step")
    assert prove(ann, phone.code()).location == "/sign-in"
    assert not is_in(ann)
    clock.shift(timedelta(minutes=15))
    sign_in(ann)
    ann.open("/sign-in/second-step")
    assert prove(ann, phone.code()).location == "/account"
    assert len(mailbox()) == 3


def test_no_more_than_fifty_codes_a_day_are_compared_until_one_is_right(phone, clock):
    def check(code):
        with database.transaction():
            return second_step.check(the_account(cast.ANN.email), code)

    for _ in range(5):
        assert [check(WRONG) for _ in range(10)] == [None] * 10
        clock.shift(timedelta(minutes=16))
    with pytest.raises(TooMany):
        check(phone.code())
    clock.shift(timedelta(days=1))
    assert check(phone.code()) == "totp"
    assert check(WRONG) is None


def test_the_owner_hears_of_wrong_codes_three_times_an_hour_at_most(browsers, phone, clock, mailbox):
    for _ in range(5):
        thief = browsers()
        sign_in(thief)
        thief.open("/sign-in/second-step")
        while prove(thief, WRONG).status_code == 422:
            pass
        clock.shift(timedelta(minutes=8))
    assert len(mailbox()) == 3


def test_no_more_than_ten_codes_are_compared_however_many_come_at_once(browsers, phone, at_once, monkeypatch):
    compared = []
    use = second_step.use
    monkeypatch.setattr(second_step, "use", lambda account, code: compared.append(code) or use(account, code))
    people = [browsers() for _ in range(8)]
    for person in people:
        sign_in(person)
        person.open("/sign-in/second-step")
    for _ in range(3):
        at_once(
            *[
                lambda person=person: person.client.post("/sign-in/second-step", data=filled(person))
                for person in people
            ]
        )
    assert len(compared) == 10
    assert sum(is_in(person) for person in people) == 0


def test_wrong_used_and_foreign_codes_are_told_alike(browsers, phone, clock):
    codes = codes_of(the_account(cast.ANN.email))
    cast.customer(cast.BEN)
    his = codes_of(the_account(cast.BEN.email))
    other = browsers()
    sign_in(other)
    other.open("/sign-in/second-step")
    prove(other, codes[0])
    heard = set()
    for code in (WRONG, "words", codes[0], his[0], "AAAA-BBBB-CCCC", phone.code(-5)):
        clock.shift(timedelta(hours=1))
        person = browsers()
        sign_in(person)
        person.open("/sign-in/second-step")
        answer = prove(person, code)
        heard.add(seen(answer))
    assert len(heard) == 1


# Recovery codes


def test_a_recovery_code_lets_in_once_and_the_owner_hears_how_many_are_left(half_way, browsers, mailbox):
    codes = codes_of(the_account(cast.ANN.email))
    assert prove(half_way, codes[3].lower().replace("-", " ")).location == "/account"
    row = db.session.scalars(sa.select(SignInSession).where(SignInSession.kind == SessionKind.CUSTOMER)).one()
    assert row.methods == "password code"
    [mail] = mailbox()
    assert "Codes left: 9" in text_of(mail)
    again = browsers()
    sign_in(again)
    again.open("/sign-in/second-step")
    assert is_wrong(prove(again, codes[3]))
    assert prove(again, codes[4]).status_code == 303


def test_eight_uses_of_a_recovery_code_at_the_same_moment_let_one_in(browsers, phone, at_once):
    code = codes_of(the_account(cast.ANN.email))[0]
    people = [browsers() for _ in range(8)]
    for person in people:
        sign_in(person)
        person.open("/sign-in/second-step")
    at_once(*[lambda person=person: prove(person, code).status_code for person in people])
    assert sum(is_in(person) for person in people) == 1


def test_all_sendings_of_one_form_that_count_open_one_session(half_way, phone, at_once):
    data = {**filled(half_way), "code": phone.code()}
    kept = half_way.client.get_cookie("session").value

    def send():
        thief = half_way.client.application.test_client()
        thief.set_cookie("session", kept)
        return thief.post("/sign-in/second-step", data=data).location

    at_once(*[send] * second_step.PER_FLOW.hits)
    open_ones = sa.select(sa.func.count()).where(SignInSession.kind == SessionKind.CUSTOMER)
    assert db.session.execute(open_ones).scalar_one() == 1


def test_the_box_is_one_that_telephones_fill_in(half_way):
    box = re.search(r'<input[^>]*name="code"[^>]*>', half_way.page.text)[0]
    assert 'autocomplete="one-time-code"' in box
    assert 'inputmode="numeric"' in box
    assert half_way.page.headers["Cache-Control"] == "no-store"


def test_letters_of_a_recovery_code_can_be_typed_on_a_telephone(half_way):
    codes = codes_of(the_account(cast.ANN.email))
    half_way.open("/sign-in/second-step?with=recovery-code")
    assert "inputmode" not in re.search(r'<input[^>]*name="code"[^>]*>', half_way.page.text)[0]
    assert prove(half_way, "AAAA-BBBB-CCCC").status_code == 422
    assert "Recovery code</label>" in half_way.page.text, "the page still asks for the same"
    assert prove(half_way, codes[0]).location == "/account"


def test_who_used_a_recovery_code_hears_how_many_are_left_and_when_to_make_new_ones(browsers, phone):
    codes = codes_of(the_account(cast.ANN.email))
    heard = {}
    for code in codes[:7]:
        person = browsers()
        sign_in(person)
        person.open("/sign-in/second-step")
        page = person.send("", code=code)
        left = int(re.search(r"Codes left: (\d+)", page.text)[1])
        heard[left] = "k-wait" in page.text.split("Codes left")[0]
    assert heard == {9: False, 8: False, 7: False, 6: False, 5: False, 4: False, 3: True}
    assert 'class="status k-wait">3 left' in person.open("/account/security").text
