"""Wrong tries stop whoever guesses, and never the owner in a browser of theirs."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import Device, Realm, SignInTries
from portal.accounts.rules.tries import FREE, PAUSES, SHUT
from portal.accounts.service import tries
from portal.accounts.service.sessions import Visitor
from portal.foundation import hashing, web
from portal.foundation.database import db
from portal.foundation.errors import Busy, TooMany
from portal.foundation.throttle import ThrottleCount
from tests import cast
from tests.accounts import stage
from tests.accounts.guessing import guess, send
from tests.accounts.recovering import NEW, ask, recover
from tests.accounts.test_sessions import sign_in
from tests.conftest import NOON
from tests.mails import link_in
from tests.work import measured, seen

MINUTE = timedelta(minutes=1)
REALMS = {Realm.CUSTOMER: "/sign-in", Realm.STAFF: "/staff/sign-in"}


def begin(email=cast.ANN.email, network="192.0.2.1"):
    return tries.begin(Realm.CUSTOMER, email, Visitor(network), None)


def counts():
    db.session.expire_all()
    row = db.session.scalars(sa.select(SignInTries)).one_or_none()
    return (row.failures if row else 0, sorted(db.session.scalars(sa.select(ThrottleCount.hits))))


def test_after_ten_wrong_tries_each_further_one_doubles_the_pause_up_to_an_hour(clock, app):
    for _ in range(FREE):
        begin()
    for pause in (*PAUSES, PAUSES[-1]):
        with pytest.raises(TooMany) as refusal:
            begin()
        assert refusal.value.seconds == pause.total_seconds()
        clock.shift(pause - timedelta(seconds=1))
        with pytest.raises(TooMany, match="1 minute"):
            begin()
        clock.shift(timedelta(seconds=1))
        begin()


def test_a_quarter_of_an_hour_of_quiet_gives_ten_free_tries_again_but_counts_on(clock, app):
    assert guess(15) == 10
    clock.shift(16 * MINUTE)
    assert guess(15) == 10
    assert counts()[0] == 20


def test_after_a_hundred_wrong_tries_only_a_mailed_link_opens_again(clock, app, ann, browsers):
    while counts()[0] < SHUT:
        assert guess(10) == 10
        clock.shift(16 * MINUTE)
    clock.shift(timedelta(days=400))
    tries.sweep()
    answer = send(browsers(), password=cast.PASSWORD)
    assert answer.status_code == 429
    assert "Retry-After" not in answer.headers
    assert "have us send you a link" in answer.text


def test_the_page_says_in_minutes_when_to_come_back_and_offers_a_link(clock, ann, browsers):
    guess(10)
    clock.shift(MINUTE)
    guess(1)
    answer = send(browsers())
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "120"
    assert "Wait 2 minutes" in answer.text
    assert 'action="/sign-in/unlock"' in answer.text
    assert f'value="{cast.ANN.email}"' in answer.text


def test_of_many_tries_at_once_exactly_as_many_pass_as_may(app):
    def hit(place):
        with app.app_context():
            try:
                begin(network=f"192.0.2.{place}")
            except TooMany:
                return 0
            return 1

    with ThreadPoolExecutor(8) as crowd:
        passed = sum(crowd.map(hit, range(200)))
    assert passed == FREE
    failures, hits = counts()
    assert (failures, sum(hits)) == (FREE, 2 * FREE), "what was refused is counted nowhere"


def test_of_many_tries_at_different_addresses_none_is_lost(app):
    def hit(place):
        with app.app_context():
            begin(f"nobody{place}@demo.example", network=f"192.0.2.{place % 8}")

    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(hit, range(200)))
    assert sorted(db.session.scalars(sa.select(ThrottleCount.hits))) == [25] * 8 + [200]


def test_the_right_password_forgets_the_wrong_ones_and_costs_nothing(ann, browsers):
    guess(9)
    assert send(browsers(), password=cast.PASSWORD, network="198.51.100.0").status_code == 303
    assert counts() == (0, [9, 9]), "the wrong ones still count on their network and on all together"
    assert guess(12) == 10


@pytest.mark.parametrize("realm", list(REALMS))
def test_twenty_tries_on_a_known_and_an_unknown_address_hear_the_same_as_long_as_it_takes(clock, browsers, realm):
    cast.account(cast.ANN, realm)
    heard = {}
    for email in (cast.ANN.email, stage.ABSENT):
        clock.move_to(NOON)
        heard[email] = []
        while len(heard[email]) < 160:
            answer = send(browsers(), email, door=REALMS[realm], network=f"203.0.113.{len(heard[email])}")
            heard[email].append((seen(answer, email), answer.headers.get("Retry-After")))
            if answer.status_code == 429:
                clock.shift(16 * MINUTE)
    assert heard[cast.ANN.email] == heard[stage.ABSENT]
    assert heard[stage.ABSENT][-1][1] is None, "the last of them found the address shut"


def test_one_network_may_be_wrong_fifty_times_and_nobody_elses_address_suffers(app, browsers):
    for number in range(50):
        begin(f"nobody{number}@demo.example")
    with pytest.raises(TooMany) as refusal:
        begin()
    assert 0 < refusal.value.seconds <= 900
    assert sorted(db.session.scalars(sa.select(ThrottleCount.hits))) == [50, 50]
    assert tries.of(cast.account(cast.ANN)) is None, "a try that its network was refused is none on the address"
    begin(network="192.0.2.2")


def test_all_together_may_be_wrong_a_thousand_times_in_five_minutes(clock, app, monkeypatch):
    monkeypatch.setattr(tries, "VALVE", tries.Limit("sign-in of all", 30, timedelta(minutes=5)))
    for number in range(30):
        begin(f"nobody{number}@demo.example", network=f"192.0.2.{number}")
    with pytest.raises(TooMany):
        begin("somebody@demo.example", network="198.51.100.1")
    clock.shift(5 * MINUTE)
    begin("somebody@demo.example", network="198.51.100.1")


def test_a_known_browser_passes_whatever_others_did(clock, ann, browsers, monkeypatch):
    known = browsers()
    sign_in(known)
    monkeypatch.setattr(tries, "VALVE", tries.Limit("sign-in of all", 40, timedelta(minutes=5)))
    monkeypatch.setattr(tries, "BY_NETWORK", tries.Limit("sign-in from", 5, timedelta(minutes=15)))
    guess(60, networks=12)
    assert send(browsers(), password=cast.PASSWORD, network="198.51.100.1").status_code == 429
    known.client.delete_cookie("session")
    assert send(known, network="198.51.100.1").status_code == 422
    assert send(known, password=cast.PASSWORD, network="198.51.100.1").status_code == 303
    assert counts()[0] == 10, "an owner who signs in every day gives a stranger no new tries"


def test_a_known_browser_that_is_wrong_too_often_is_known_no_longer(ann, browsers):
    known = browsers()
    sign_in(known)
    known.client.delete_cookie("session")
    assert [send(known).status_code for _ in range(10)] == [422] * 10
    assert counts()[0] == 0
    assert db.session.scalars(sa.select(Device.revoked_at)).all() == [None]
    assert [send(known).status_code for _ in range(11)] == [422] * 10 + [429]
    assert None not in db.session.scalars(sa.select(Device.revoked_at)).all()


def test_a_known_browser_is_known_for_its_own_account_alone(ann, browsers):
    cast.customer(cast.BEN)
    bens = browsers()
    sign_in(bens, cast.BEN)
    bens.client.delete_cookie("session")
    assert [send(bens).status_code for _ in range(11)] == [422] * 10 + [429]
    assert send(bens, cast.BEN.email, cast.PASSWORD).status_code == 303


def test_the_realms_count_apart(ann, browsers):
    guess(10)
    with pytest.raises(TooMany):
        begin()
    tries.begin(Realm.STAFF, cast.ANN.email, Visitor("192.0.2.1"), None)


def no_place(*_):
    raise Busy("No place.")


def test_a_hash_that_found_no_place_costs_no_try(clock, ann, browsers, monkeypatch):
    known = browsers()
    sign_in(known)
    known.client.delete_cookie("session")
    guess(9)
    before = counts()

    with monkeypatch.context() as patch:
        patch.setattr(hashing.Gate, "take", no_place)
        for browser in (browsers(), known):
            assert [send(browser, password=cast.PASSWORD).status_code for _ in range(12)] == [503] * 12
    assert counts() == before
    assert guess(2) == 1


@pytest.mark.parametrize("table", ["sign_in_tries", "throttle_count"])
def test_what_cannot_be_counted_is_refused_and_pages_are_still_read(ann, browsers, table):
    browser = browsers()
    browser.open("/sign-in")
    db.session.execute(sa.text(f"ALTER TABLE {table} RENAME TO elsewhere"))
    db.session.commit()
    try:
        with measured() as work:
            answer = browser.send("/sign-in", follow=False, email=cast.ANN.email, password=cast.PASSWORD)
        assert (answer.status_code, work.hashes) == (503, [])
        assert browser.open("/help").status_code == 200
        assert browser.open("/sign-in").status_code == 200
    finally:
        db.session.rollback()
        db.session.execute(sa.text(f"ALTER TABLE elsewhere RENAME TO {table}"))
        db.session.commit()


def test_a_forged_address_is_no_new_network(ann, browsers, app):
    seen_as = []
    for number in range(3):
        with app.test_request_context(headers={"X-Forwarded-For": f"203.0.113.{number}"}):
            seen_as.append(web.client_address())
    assert len(set(seen_as)) == 1


def test_a_reset_password_forgets_the_wrong_tries_and_every_known_browser_but_the_one_at_hand(
    clock, ann, browsers, mailbox
):
    old, new = browsers(), browsers()
    sign_in(old)
    while counts()[0] < SHUT:
        guess(10)
        clock.shift(16 * MINUTE)
    link = ask(new, mailbox)
    recover(new, link)
    assert counts()[0] == 0
    guess(10)
    assert send(new, password=NEW).status_code == 303
    old.client.delete_cookie("session")
    assert send(old, password=NEW).status_code == 429


def test_tries_are_forgotten_a_month_after_the_last_unless_the_address_is_shut(clock, app):
    guess(3)
    clock.shift(timedelta(days=29))
    tries.sweep()
    assert counts()[0] == 3
    clock.shift(timedelta(days=1))
    tries.sweep()
    assert counts()[0] == 0


def test_five_hundred_tries_from_fifty_networks_reach_forty_hashes_and_never_the_owner(clock, ann, browsers, mailbox):
    """The attack of security.md 1.1, over an hour."""
    home, new = browsers(), browsers()
    sign_in(home)
    home.client.delete_cookie("session")
    with measured() as work:
        known = [send(browsers(), network=f"198.51.100.{number % 50}").status_code for number in attack(clock)]
    assert len(known) == 500
    assert len(work.hashes) <= 40
    assert send(home, password=cast.PASSWORD).status_code == 303

    assert send(new, password=cast.PASSWORD).status_code == 429
    new.open("/sign-in/unlock")
    new.send("/sign-in/unlock", email=cast.ANN.email)
    new.open(link_in(mailbox()[-1], "/sign-in/unlock/"))
    new.send(follow=False)
    assert send(new, password=cast.PASSWORD).status_code == 303

    clock.move_to(NOON)
    stranger = [
        send(browsers(), stage.ABSENT, network=f"192.0.2.{number % 50}").status_code for number in attack(clock)
    ]
    assert stranger == known


def attack(clock):
    """Five hundred tries, evenly over an hour."""
    for number in range(500):
        yield number
        clock.shift(timedelta(seconds=7.2))
