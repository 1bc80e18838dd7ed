"""Mailed links: one purpose, one use, one moment at which they run out, and stored nowhere."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.foundation import database, tokens
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import Expired, NotFound
from portal.foundation.tokens import ActionToken, Purpose

RESET = Purpose("reset", timedelta(minutes=30))
CONFIRM = Purpose("confirm-email", timedelta(hours=24))


@pytest.fixture
def link(app):
    token = tokens.issue(RESET, 7)
    db.session.commit()
    return token


def test_a_link_leads_to_its_subject_and_opening_it_changes_nothing(link):
    assert [tokens.find(RESET, link).subject_id for _ in range(5)] == [7] * 5
    assert tokens.redeem(RESET, link).subject_id == 7


def test_a_link_works_once(link):
    tokens.redeem(RESET, link)
    with pytest.raises(Expired):
        tokens.redeem(RESET, link)


def test_a_link_serves_one_purpose(link):
    with pytest.raises(NotFound):
        tokens.redeem(CONFIRM, link)


def test_a_link_with_one_letter_changed_is_nobodys(link):
    for place in range(len(link)):
        other = "A" if link[place] != "A" else "B"
        with pytest.raises(NotFound):
            tokens.find(RESET, link[:place] + other + link[place + 1 :])


@pytest.mark.parametrize("garbage", ["", "x", "%00", "é", "A" * 54, "A" * 5000, "../../etc", "AAAA====", "\0"])
def test_garbage_is_no_link(app, garbage):
    with pytest.raises(NotFound):
        tokens.find(RESET, garbage)


def test_a_link_runs_out_to_the_second(clock, app):
    token = tokens.issue(RESET, 7)
    clock.shift(timedelta(minutes=29, seconds=59))
    assert tokens.find(RESET, token)
    clock.shift(timedelta(seconds=1))
    with pytest.raises(Expired):
        tokens.redeem(RESET, token)


def test_a_newer_link_ends_the_older_of_the_same_subject_only(app):
    older, other, newer = tokens.issue(RESET, 7), tokens.issue(RESET, 8), tokens.issue(RESET, 7)
    with pytest.raises(Expired):
        tokens.find(RESET, older)
    assert tokens.find(RESET, other)
    assert tokens.find(RESET, newer)


def test_a_mail_that_is_rendered_again_carries_the_same_link(app):
    assert tokens.issue(RESET, 7, outbox_id=1) == tokens.issue(RESET, 7, outbox_id=1)


def test_a_copy_of_the_table_opens_nothing(link):
    row = db.session.scalars(sa.select(ActionToken)).one()
    assert not any(str(value) and str(value) in link for value in (row.salt, row.bound_to) if value)


def test_of_eight_at_the_same_moment_one_wins(app, link):
    def redeem(_):
        with app.app_context():
            try:
                with database.transaction():
                    tokens.redeem(RESET, link)
            except Expired:
                return False
            return True

    with ThreadPoolExecutor(8) as crowd:
        assert sorted(crowd.map(redeem, range(8))) == [False] * 7 + [True]


def test_what_somebody_else_used_since_it_was_looked_up_is_refused(link):
    seen = tokens.find(RESET, link)
    db.session.connection().execute(sa.update(ActionToken.__table__).values(used_at=now()))
    assert seen.used_at is None
    with pytest.raises(Expired):
        tokens.redeem(RESET, link)
