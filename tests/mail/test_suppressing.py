"""Addresses that are not written to: two scopes, erasure, coming back, and the staff's list."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditEntry
from portal.foundation.database import db
from portal.mail import queries
from portal.mail.models import State, Suppression, SuppressionScope
from portal.mail.service import post, suppress, suppressing
from portal.newsletter import rules
from portal.newsletter.models import ConsentSource
from portal.newsletter.service import consent
from portal.staff.rules import Permission
from tests import cast
from tests.newsletter.ledger import PROOF, ZOE, ask, join, state

MARKETING, ALL = SuppressionScope.MARKETING, SuppressionScope.ALL


def rows():
    db.session.expire_all()
    return [(row.email_key, row.scope) for row in db.session.scalars(sa.select(Suppression).order_by(Suppression.id))]


@pytest.fixture
def marketing(app, browser):
    """Somebody who may look at the list and change it."""
    cast.member(cast.MARK, "marketing", {Permission.SUPPRESSION_VIEW, Permission.SUPPRESSION_MODIFY})
    browser.open("/staff/sign-in")
    browser.send(email=cast.MARK.email, password=cast.STAFF_PASSWORD)
    return browser


def test_of_two_reasons_the_wider_one_counts(app):
    suppress("Ann@demo.example", "Asked for nothing more", MARKETING)
    suppress("ann@demo.example", "Bounced")
    suppress("ann@demo.example", "Complained", MARKETING)
    db.session.commit()
    assert rows() == [("ann@demo.example", ALL)]
    assert queries.suppression_of("ann@demo.example").reason == "Bounced"


def test_who_wants_no_newsletter_gets_other_mails(app, browser, mailbox, outbox):
    suppress(ZOE, "Asked for nothing more", MARKETING)
    db.session.commit()
    ask(browser)
    assert len(mailbox()) == 1
    suppress(ZOE, "Bounced")
    db.session.commit()
    ask(browser)
    mailbox()
    assert outbox()[-1].state is State.SUPPRESSED


def test_staff_keep_no_mail_away_that_secures_an_account(app, mailbox, outbox):
    suppress("ann@demo.example", "Old list", ALL, "Mark Marketing")
    suppress("ben@demo.example", "Bounced", ALL)
    for email in ("ann@demo.example", "ben@demo.example"):
        post("accounts.password_changed", email)
    post("accounts.registration", "ann@demo.example")
    held = [suppressing.objection(mail, mail.to_key) for mail in outbox()]
    assert held == ["", "This address is not written to: Bounced", "This address is not written to: Old list"]


def test_every_mail_is_kept_away_only_by_whom_proved_who_they_are_just_now(clock, marketing):
    marketing.open("/staff/suppressions")
    clock.shift(timedelta(minutes=6))
    page = marketing.send("/staff/suppressions", addresses="ann@demo.example", scope="all", reason="Old list")
    assert (page.status_code, rows()) == (403, [])
    marketing.open("/staff/suppressions")
    marketing.send("/staff/suppressions", addresses="ann@demo.example", scope="marketing", reason="Old list")
    assert rows() == [("ann@demo.example", MARKETING)]


def test_agreeing_anew_in_the_mailbox_ends_what_kept_marketing_away_and_nothing_else(app, browser, mailbox):
    suppress(ZOE, "Asked for nothing more", MARKETING)
    db.session.commit()
    join(browser, mailbox)
    assert (state(), rows()) == ("active", [])


def test_an_erased_address_is_known_by_a_hash_alone_and_found_again(app):
    suppress(ZOE, "Bounced")
    suppressing.keep_hashed([ZOE])
    db.session.commit()
    assert rows() == [(None, ALL)]
    assert ZOE not in str(db.session.execute(sa.select(Suppression)).all())
    assert queries.suppressed_among([ZOE, "ann@demo.example"]) == {ZOE}
    assert queries.suppression_of(ZOE).scope is ALL


def test_an_erased_address_still_tells_that_staff_typed_it_so_that_nothing_that_secures_an_account_is_silenced(app):
    suppress(ZOE, "Old list", ALL, "Mark Marketing")
    suppressing.keep_hashed([ZOE])
    db.session.commit()
    assert queries.suppression_of(ZOE).who == "A member of staff"
    assert queries.suppression_of(ZOE).reason != "Old list"


def test_an_erased_address_that_comes_back_stands_in_clear_again_so_that_no_campaign_reaches_it(app):
    ann = cast.customer(cast.ANN)
    suppress(ann.email, "Bounced")
    suppressing.keep_hashed([ann.email_key])
    text = str(rules.TICK_TEXT)
    consent.subscribe_with_account(ann, text=text, source=ConsentSource.REGISTRATION, proof=PROOF)
    db.session.commit()
    assert rows() == [(ann.email_key, ALL)]
    suppressing.recognise([ann.email_key])
    assert rows() == [(ann.email_key, ALL)]


def test_the_hash_outlives_a_change_of_keys(app, rotation):
    suppress(ZOE, "Bounced")
    suppressing.keep_hashed([ZOE])
    db.session.commit()
    rotation.rotate()
    assert queries.suppressed_among([ZOE]) == {ZOE}
    suppressing.recognise([ZOE])
    db.session.commit()
    assert rows() == [(ZOE, ALL)]


def test_staff_add_addresses_and_lift_one_with_a_reason(marketing):
    marketing.open("/staff/suppressions")
    page = marketing.send(
        "/staff/suppressions",
        addresses="one@demo.example\nTwo@demo.example, one@demo.example",
        scope="all",
        reason="Old list",
    )
    assert "2 addresses are not written to." in page.text
    assert rows() == [("one@demo.example", ALL), ("two@demo.example", ALL)]
    lifting = f"/staff/suppressions/{queries.suppression_of('one@demo.example').id}/lift"
    marketing.open(lifting)
    refused = marketing.send(reason="")
    assert refused.status_code == 422
    done = marketing.send(reason="They rang and asked")
    assert "written to again" in done.text
    assert rows() == [("two@demo.example", ALL)]
    verbs = {entry.verb: entry.reason for entry in db.session.scalars(sa.select(AuditEntry))}
    assert verbs["suppression.lifted"] == "They rang and asked"
    assert verbs["suppression.added"] == "Old list"
    assert marketing.open(lifting).status_code == 404


@pytest.mark.parametrize("typed", ["", "nonsense", "ann@demo.example\n@", "\0", "x" * 10_000])
def test_what_is_no_list_of_addresses_is_refused_and_kept_on_the_page(marketing, typed):
    marketing.open("/staff/suppressions")
    page = marketing.send("/staff/suppressions", addresses=typed, scope="all", reason="Old list")
    assert page.status_code == 422
    assert rows() == []


def test_the_list_finds_by_a_part_by_scope_and_an_erased_one_by_the_whole_address(marketing):
    suppress("one@demo.example", "Bounced")
    suppress("two@demo.example", "Asked", MARKETING)
    suppressing.keep_hashed(["one@demo.example"])
    db.session.commit()
    assert "two@demo.example" in marketing.open("/staff/suppressions?q=TWO").text
    assert "two@demo.example" not in marketing.open("/staff/suppressions?scope=all").text
    assert "Erased; known by a hash alone" in marketing.open("/staff/suppressions?q=one@demo.example").text
    assert marketing.open("/staff/suppressions?q=%00&scope=x&after=x&before=%00").status_code == 200


def test_the_list_goes_out_as_a_file_without_what_was_erased(marketing):
    suppress("one@demo.example", "=1+1", who="Mark")
    suppress(ZOE, "Bounced")
    suppressing.keep_hashed([ZOE])
    db.session.commit()
    file = marketing.open("/staff/suppressions/export.csv").text
    assert "one@demo.example" in file
    assert "'=1+1" in file
    assert ZOE not in file
    assert file.count("\n") == 2


def test_the_file_holds_what_the_list_shows_and_no_more_than_one_member_takes_out_alone(marketing, shop_wants):
    shop_wants(export_second_person=2)
    for name in ("one", "two", "three"):
        suppress(f"{name}@demo.example", "Bounced", MARKETING if name == "two" else ALL)
    db.session.commit()
    held = marketing.open("/staff/suppressions/export.csv")
    assert (held.status_code, "3 addresses" in held.text) == (409, True)
    assert marketing.client.head("/staff/suppressions/export.csv").status_code == 409
    assert (
        "/staff/suppressions/export.csv?scope=marketing" in marketing.open("/staff/suppressions?scope=marketing").text
    )
    narrowed = marketing.open("/staff/suppressions/export.csv?scope=marketing").text
    assert "two@demo.example" in narrowed
    assert narrowed.count("\n") == 2
    assert marketing.open("/staff/suppressions/export.csv?q=one").text.count("\n") == 2
