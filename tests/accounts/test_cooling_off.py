"""The answer is forgotten: a day passes, two warnings go out, then a link works without it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account, AccountStatus, CoolingOff
from portal.accounts.service import cooling_off, sessions
from portal.audit.models import AuditEntry
from portal.foundation import database
from portal.foundation.database import db
from portal.mail.models import OutboxMessage
from portal.mail.service import send_again as send_again_to
from tests import cast
from tests.accounts.pressing import press
from tests.accounts.recovering import NEW, answer, ask, choose
from tests.accounts.test_sessions import sign_in
from tests.browsing import Browser
from tests.mails import link_in, text_of

DAY = timedelta(days=1)


def forget(browser, link):
    """Say that the answer is forgotten."""
    browser.open(link)
    return browser.send("/forgotten")


def sweep(mailbox):
    """What the worker does once a minute; the mails sent so far."""
    db.session.commit()
    with database.transaction():
        cooling_off.sweep()
    return mailbox()


def wait_a_day(clock, mailbox):
    """Let the day pass with a worker that is awake; the link that comes at its end."""
    clock.shift(timedelta(hours=22))
    assert "soon" in sweep(mailbox)[-1]["Subject"]
    clock.shift(timedelta(hours=2))
    return link_in(sweep(mailbox)[-1], "/recover/waited/")


def subjects(mailbox):
    return [mail["Subject"].split(" at ")[0] for mail in mailbox()]


def verbs():
    return list(db.session.scalars(sa.select(AuditEntry.verb).order_by(AuditEntry.id)))


@pytest.fixture
def waiting(clock, ann, browsers, mailbox):
    """Somebody behind a mailed link has said that the answer is forgotten; gives their browser and the link."""
    browser = browsers()
    link = ask(browser, mailbox)
    assert forget(browser, link).status_code == 200
    return browser, link


def test_a_day_and_two_warnings_later_a_link_works_without_the_answer(waiting, clock, browsers, mailbox):
    assert subjects(mailbox)[1:] == ["Your password"]
    link = wait_a_day(clock, mailbox)
    browser = browsers()
    assert cast.QUESTION not in browser.open(link).text
    assert choose(browser).status_code == 303
    assert sign_in(browsers(), password=NEW).status_code == 303
    assert [verb for verb in verbs() if "cooling" in verb] == [
        "account.cooling_off_asked",
        "account.cooling_off_opened",
        "account.cooling_off_used",
    ]


def test_a_mail_that_is_sent_again_when_it_is_over_carries_no_link(waiting, clock, mailbox):
    def send_again():
        send_again_to(db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id.desc())).first())
        db.session.commit()
        return [mail for mail in mailbox() if "/recover/waited/" in text_of(mail)]

    wait_a_day(clock, mailbox)
    assert len(send_again()) == 2
    clock.shift(DAY)
    assert len(send_again()) == 2


def test_before_the_day_is_over_nothing_opens(waiting, clock, mailbox):
    clock.shift(DAY - timedelta(seconds=1))
    sweep(mailbox)
    assert not [mail for mail in sweep(mailbox) if "/recover/waited/" in text_of(mail)]
    assert db.session.scalars(sa.select(CoolingOff)).one().opened_at is None


def test_a_worker_that_slept_through_the_day_warns_before_it_opens(waiting, clock, mailbox):
    clock.shift(3 * timedelta(hours=8) + timedelta(minutes=1))
    for _ in range(2):
        assert not [mail for mail in sweep(mailbox) if "/recover/waited/" in text_of(mail)]
    clock.shift(timedelta(hours=1))
    assert link_in(sweep(mailbox)[-1], "/recover/waited/")


def test_the_link_of_the_mailbox_goes_on_taking_answers(waiting, browsers):
    browser, link = waiting
    page = browser.open(link)
    assert cast.QUESTION in page.text
    assert "/forgotten" not in page.text, "what waits is said instead of offered again"
    assert answer(browser, cast.ANSWER).status_code == 303


def test_asking_twice_waits_once(waiting, clock, browsers, mailbox):
    browser, link = waiting
    due = db.session.scalars(sa.select(CoolingOff)).one().due_at
    clock.shift(timedelta(minutes=10))
    token = browser.open(link).text.split('name="csrf_token" value="')[1].split('"')[0]
    browser.client.post(f"{link}/forgotten", data={"csrf_token": token})
    assert [row.due_at for row in db.session.scalars(sa.select(CoolingOff))] == [due]


def test_of_eight_at_once_one_waits(app, ann, browsers, mailbox):
    link = ask(browsers(), mailbox)

    def one(_):
        browser = Browser(app)
        token = browser.client.get("/recover").text.split('name="csrf_token" value="')[1].split('"')[0]
        return browser.client.post(f"{link}/forgotten", data={"csrf_token": token}).status_code

    db.session.commit()
    with ThreadPoolExecutor(8) as crowd:
        assert set(crowd.map(one, range(8))) == {303}
    assert len(db.session.scalars(sa.select(CoolingOff)).all()) == 1


@pytest.mark.parametrize("warning", [1, 2])
def test_either_warning_stops_it_and_every_link_of_whoever_asked(waiting, clock, browsers, mailbox, warning):
    browser, link = waiting
    stop = link_in(mailbox()[-1], "/recover/stop/")
    if warning == 2:
        clock.shift(timedelta(hours=22))
        stop = link_in(sweep(mailbox)[-1], "/recover/stop/")
    other = browsers()
    assert other.open(stop).status_code == 200
    assert press(other, stop).request.path == "/recover/stopped"
    assert other.open(stop).status_code == 410
    assert browser.open(link).status_code == 410
    clock.shift(2 * DAY)
    before = len(mailbox())
    assert len(sweep(mailbox)) == before
    assert "account.cooling_off_stopped" in verbs()


def test_the_first_warning_works_after_the_second_came(waiting, clock, browsers, mailbox):
    stop = link_in(mailbox()[-1], "/recover/stop/")
    clock.shift(timedelta(hours=22))
    sweep(mailbox)
    assert press(browsers(), stop).request.path == "/recover/stopped"


def test_stopping_ends_a_recovery_that_was_half_way(waiting, browsers, mailbox):
    browser, link = waiting
    browser.open(link)
    assert answer(browser, cast.ANSWER).status_code == 303
    press(browsers(), link_in(mailbox()[-1], "/recover/stop/"))
    assert browser.open(link).status_code == 410


def test_the_owner_who_is_signed_in_sees_it_and_stops_it(waiting, clock, browsers, mailbox):
    owner = browsers()
    sign_in(owner)
    assert "without your answer" in owner.open("/account").text
    assert "without your security answer" in owner.open("/account/security").text
    assert db.session.scalars(sa.select(CoolingOff)).one().stopped_at is None, "to sign in stops nothing"
    assert "Stopped." in owner.send("/recovery/stop").text
    clock.shift(2 * DAY)
    assert not [mail for mail in sweep(mailbox) if "/recover/waited/" in text_of(mail)]


def test_a_new_password_stops_it(waiting, clock, mailbox):
    browser, link = waiting
    browser.open(link)
    answer(browser, cast.ANSWER)
    browser.open(link)
    assert choose(browser).status_code == 303
    clock.shift(DAY)
    assert not [mail for mail in sweep(mailbox) if "/recover/waited/" in text_of(mail)]


def test_the_link_runs_out_after_half_an_hour_and_another_day_gives_new_ones(waiting, clock, browsers, mailbox):
    link = wait_a_day(clock, mailbox)
    clock.shift(timedelta(minutes=30))
    assert browsers().open(link).status_code == 410
    browser = browsers()
    browser.open("/recover")
    browser.send("/recover", email=cast.ANN.email)
    again = link_in(mailbox()[-1], "/recover/waited/")
    clock.shift(timedelta(hours=23, minutes=30))
    assert browser.open(again).status_code == 410
    assert ask(browsers(), mailbox).startswith("/recover/"), "after that, the answer is asked for again"
    assert "/recover/waited/" not in text_of(mailbox()[-1])


def test_the_link_works_once_and_looking_at_it_changes_nothing(waiting, clock, browsers, mailbox):
    link = wait_a_day(clock, mailbox)
    browser = browsers()
    for _ in range(5):
        browser.client.head(link)
        assert browser.open(link).status_code == 200
    assert choose(browser).status_code == 303
    assert browsers().open(link).status_code == 410


def test_a_step_of_one_link_is_no_step_of_the_other(waiting, browsers):
    browser, link = waiting
    token = link.rsplit("/", 1)[1]
    browser.open(link)
    answer(browser, "wrong")
    assert browser.open(f"/recover/waited/{token}").status_code == 404, "a wrong answer does not become none"


def test_nobody_without_the_mailed_link_can_begin_one(client, browser, ann):
    browser.open("/recover")
    token = browser.page.text.split('name="csrf_token" value="')[1].split('"')[0]
    for link in ("x", "A" * 54, "%00", "a" * 5000):
        assert browser.client.post(f"/recover/{link}/forgotten", data={"csrf_token": token}).status_code == 404
    assert db.session.scalars(sa.select(CoolingOff)).all() == []


def test_an_account_without_a_question_has_nothing_to_wait_for(ann, browser, mailbox, shop_wants):
    link = ask(browser, mailbox)
    shop_wants(security_question="off")
    token = browser.open(link).text.split('name="csrf_token" value="')[1].split('"')[0]
    assert browser.client.post(f"{link}/forgotten", data={"csrf_token": token}).status_code == 403


def test_an_account_that_is_closed_meanwhile_gets_no_link(waiting, clock, mailbox):
    db.session.scalars(sa.select(Account)).one().status = AccountStatus.DISABLED
    db.session.commit()
    clock.shift(timedelta(hours=22))
    sweep(mailbox)
    clock.shift(timedelta(hours=2))
    assert not [mail for mail in sweep(mailbox) if "/recover/waited/" in text_of(mail)]


def test_signing_out_everywhere_ends_the_link_but_not_the_way(waiting, clock, browsers, mailbox):
    link = wait_a_day(clock, mailbox)
    sessions.end_all(db.session.scalars(sa.select(Account)).one())
    db.session.commit()
    assert browsers().open(link).status_code == 410


def test_two_workers_send_each_mail_once(app, waiting, clock, mailbox):
    clock.shift(timedelta(hours=22))
    db.session.commit()

    def work(_):
        with app.app_context(), database.transaction():
            cooling_off.sweep()

    with ThreadPoolExecutor(4) as crowd:
        list(crowd.map(work, range(4)))
    assert sum("soon" in mail["Subject"] for mail in mailbox()) == 1
