"""What comes back from mails: kept first, counted once, and it ends mail to whom it should, and to nobody else."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.foundation import retention
from portal.foundation.clock import now
from portal.foundation.database import db, transaction
from portal.foundation.errors import Busy
from portal.mail import queries as mail
from portal.mail.models import SuppressionScope
from portal.newsletter import queries
from portal.newsletter.bounces import intake, parsing, scoring, settling, verp, watching
from portal.newsletter.models import (
    CampaignState,
    ConsentAction,
    DeliveryEvent,
    EventKind,
    InboundReport,
    ReportKind,
    Subscription,
    SubscriptionState,
)
from tests.newsletter.campaigns import campaign
from tests.newsletter.comings import events, result_of, sent_to, subscriptions, work_on

SAMPLES = Path(__file__).parent / "reports"
ACTIVE, CLEANED, COMPLAINED = SubscriptionState.ACTIVE, SubscriptionState.CLEANED, SubscriptionState.COMPLAINED


@pytest.fixture(autouse=True)
def bounce_domain(shop_wants):
    shop_wants(bounce_domain="bounce.demo.example")


def comes(name: str, campaign_id: int, subscription_id: int, *, extra: str = "") -> bool:
    """A report in the form of a sample arrives; whether it is a new one."""
    to = verp.address(campaign_id, subscription_id)
    raw = (SAMPLES / f"{name}.eml").read_bytes() + extra.encode()
    with transaction():
        return intake.keep(raw.replace(b"{word}", to.partition("@")[0][2:].encode()), to)


def reports() -> list[InboundReport]:
    db.session.rollback()
    query = sa.select(InboundReport).order_by(InboundReport.id).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def states() -> list[SubscriptionState]:
    return [row.state for row in subscriptions()]


def test_a_mailbox_that_is_not_there_gets_nothing_more(app):
    campaign_id = sent_to(2)
    first, _second = subscriptions()
    comes("postfix-user-unknown", campaign_id, first.id)
    work_on()
    assert states() == [CLEANED, ACTIVE]
    [report] = reports()
    assert (report.kind, report.campaign_id, report.subscription_id) == (ReportKind.BOUNCE, campaign_id, first.id)
    assert report.outcome.startswith("hard: 5.1.1 550 5.1.1 <ann@mail.example>")
    assert result_of(campaign_id).hard == 1


def test_the_same_report_twice_and_two_about_the_same_mail_count_once(app):
    campaign_id = sent_to(1)
    [row] = subscriptions()
    assert comes("gmail-mailbox-full", campaign_id, row.id)
    assert not comes("gmail-mailbox-full", campaign_id, row.id)
    assert comes("gmail-mailbox-full", campaign_id, row.id, extra="\n")
    work_on()
    assert [report.kind for report in reports()] == [ReportKind.BOUNCE] * 2
    assert len(events()) == 1
    assert subscriptions()[0].bounce_score == 1


def test_a_server_that_says_more_later_makes_a_soft_bounce_hard(app):
    campaign_id = sent_to(1)
    [row] = subscriptions()
    comes("gmail-mailbox-full", campaign_id, row.id)
    work_on()
    comes("gmail-no-such-user", campaign_id, row.id)
    work_on()
    assert [kind for kind, _said in events()] == [EventKind.HARD]
    assert states() == [CLEANED]


def test_a_full_mailbox_is_written_to_until_the_fifth_campaign_in_a_row(app):
    for number in range(1, 6):
        campaign_id = sent_to(1, refused={0: "452 4.2.2 full"})
        [row] = subscriptions()
        comes("gmail-mailbox-full", campaign_id, row.id)
        work_on()
        assert states() == [ACTIVE if number < 5 else CLEANED]


def test_each_campaign_that_arrives_takes_a_bounce_back(app):
    [first, *more] = [sent_to(1, refused={0: "552 5.2.2 full"}) for _ in range(3)]
    [row] = subscriptions()
    for campaign_id in (first, *more):
        with transaction():
            scoring.bounced(campaign_id, row.id, EventKind.SOFT, "full")
    assert subscriptions()[0].bounce_score == 3
    for _ in range(2):
        sent_to(1)
    last = sent_to(1, refused={0: "552 5.2.2 full"})
    work_on()
    assert (last, subscriptions()[0].bounce_score) == (last, 2)


def test_who_agrees_anew_begins_without_old_bounces(app):
    for _ in range(4):
        campaign_id = sent_to(1, refused={0: "552 5.2.2 full"})
        work_on()
    with transaction():
        later = sa.update(Subscription).values(changed_at=now() + timedelta(seconds=1))
        db.session.execute(later)
    campaign_id = sent_to(1, refused={0: "552 5.2.2 full"})
    work_on()
    assert (subscriptions()[0].bounce_score, result_of(campaign_id).soft) == (1, 1)


def test_a_refusal_while_it_is_handed_over_is_a_bounce_by_the_same_rules(app):
    said = {0: "550 5.1.1 nobody here", 1: "552 5.2.2 full", 2: "550 5.7.1 you are on a list", 3: "550 No such user"}
    campaign_id = sent_to(5, refused=said)
    work_on()
    assert states() == [CLEANED, ACTIVE, ACTIVE, CLEANED, ACTIVE]
    found = result_of(campaign_id)
    assert (found.hard, found.soft, found.policy) == (2, 1, 1)
    work_on()
    assert len(events()) == 4


def test_the_senders_own_fault_never_counts_against_the_recipient(app):
    for _ in range(6):
        campaign_id = sent_to(1)
        [row] = subscriptions()
        comes("gmail-unauthenticated", campaign_id, row.id, extra="\n" * campaign_id)
        work_on()
    assert states() == [ACTIVE]
    assert subscriptions()[0].bounce_score == 0


def test_a_complaint_ends_every_newsletter_and_is_written_in_the_ledger_of_consent(app):
    campaign_id = sent_to(2)
    first, _second = subscriptions()
    comes("arf-yahoo", campaign_id, first.id)
    work_on()
    assert states() == [COMPLAINED, ACTIVE]
    assert mail.suppression_of(first.email_key).scope is SuppressionScope.MARKETING
    [line] = queries.history_of(first.email)
    assert ("Left" in line.what, scoring.BY_PROVIDER in line.who) == (True, True)
    assert result_of(campaign_id).complaints == 1
    assert result_of(campaign_id).unsubscribes == 0


@pytest.mark.parametrize(
    "name", ["out-of-office", "abwesend", "read-receipt", "human-answer", "postfix-delayed", "relayed"]
)
def test_answers_receipts_and_delays_change_nothing(app, name):
    campaign_id = sent_to(1)
    [row] = subscriptions()
    comes(name, campaign_id, row.id)
    work_on()
    assert (states(), events()) == ([ACTIVE], [])
    assert reports()[0].kind in (ReportKind.REPLY, ReportKind.DELAY)


def test_nobody_is_blamed_without_a_signed_word(app):
    sent_to(1)
    with transaction():
        intake.keep((SAMPLES / "postfix-user-unknown.eml").read_bytes(), "bounces@bounce.demo.example")
    work_on()
    assert (states(), events()) == ([ACTIVE], [])
    assert reports()[0].kind is ReportKind.UNCLEAR


def test_a_mail_that_breaks_the_reader_is_kept_for_a_person_and_stops_no_other(app, monkeypatch):
    campaign_id = sent_to(2)
    first, second = subscriptions()
    comes("qmail", campaign_id, first.id)
    comes("qmail", campaign_id, second.id)
    applied, broken = settling._applied, []

    def breaks_once(*args):
        if not broken:
            broken.append(True)
            raise LookupError
        return applied(*args)

    monkeypatch.setattr(settling, "_applied", breaks_once)
    work_on()
    assert [report.kind for report in reports()] == [ReportKind.UNCLEAR, ReportKind.BOUNCE]
    assert states() == [ACTIVE, CLEANED]


def test_nobody_waits_for_the_database_while_a_mail_is_read(app, monkeypatch):
    campaign_id = sent_to(1)
    comes("qmail", campaign_id, subscriptions()[0].id)
    read, held = parsing.read, []

    def seen(raw):
        held.append(db.session().in_transaction())
        return read(raw)

    monkeypatch.setattr(parsing, "read", seen)
    work_on()
    assert (held, states()) == ([False], [CLEANED])


def test_ten_megabytes_are_kept_as_far_as_anybody_reads_and_known_again(app):
    campaign_id = sent_to(1)
    [row] = subscriptions()
    assert comes("postfix-user-unknown", campaign_id, row.id, extra="x" * 10_000_000)
    assert not comes("postfix-user-unknown", campaign_id, row.id, extra="x" * 10_000_000)
    work_on()
    [report] = reports()
    assert (len(report.raw), report.size > 10_000_000, report.kind) == (intake.KEPT, True, ReportKind.BOUNCE)


def test_reports_go_when_the_shop_says_so_but_never_those_that_wait_for_somebody(app, clock):
    campaign_id = sent_to(1)
    [row] = subscriptions()
    comes("postfix-user-unknown", campaign_id, row.id)
    comes("advertisement", campaign_id, row.id)
    work_on()
    clock.shift(timedelta(days=91))
    retention.forget_some()
    assert [report.kind for report in reports()] == [ReportKind.UNCLEAR]
    assert len(events()) == 1


def test_strangers_fill_a_pile_up_to_its_bound_and_keep_no_bounce_out(app, monkeypatch):
    monkeypatch.setattr(intake, "MOST_OPEN", 2)
    monkeypatch.setattr(intake, "MOST_OF_ONE", 2)
    campaign_id = sent_to(1)
    [row] = subscriptions()
    for number in range(2):
        with transaction():
            intake.keep(b"Subject: %d\n\nHello" % number, "postmaster@bounce.demo.example")
        work_on()
    with pytest.raises(Busy), transaction():
        intake.keep(b"Subject: 3\n\nHello", "postmaster@bounce.demo.example")
    assert comes("advertisement", campaign_id, row.id)
    assert comes("qmail", campaign_id, row.id)
    work_on()
    with pytest.raises(Busy):
        comes("yahoo-old", campaign_id, row.id)
    assert states() == [CLEANED]


@pytest.mark.parametrize(
    ("accepted", "bounced", "complained", "why"),
    [
        (999, 999, 999, ""),
        (1000, 50, 2, ""),
        (1000, 51, 0, "bounce_rate"),
        (1000, 0, 3, "complaint_rate"),
        (100_000, 5001, 299, "bounce_rate"),
        (100_000, 5001, 300, "complaint_rate"),
    ],
)
def test_a_campaign_stops_at_these_numbers(accepted, bounced, complained, why):
    assert watching.reason(accepted, bounced, complained) == why


def test_too_many_complaints_pause_a_campaign_and_who_resumes_it_is_believed_for_a_while(app, monkeypatch):
    monkeypatch.setattr(watching, "ENOUGH", 10)
    campaign_id = sent_to(20, state=CampaignState.SENDING)
    rows = subscriptions()
    comes("arf-yahoo", campaign_id, rows[0].id)
    work_on()
    assert (campaign().state, campaign().pause_reason) == (CampaignState.PAUSING, "complaint_rate")
    with transaction():
        campaign().state = CampaignState.SENDING
    work_on()
    assert campaign().state is CampaignState.SENDING
    comes("arf-fraud", campaign_id, rows[1].id)
    work_on()
    assert campaign().state is CampaignState.PAUSING


def test_at_the_same_moment_a_bounce_is_counted_once(app, at_once):
    campaign_id = sent_to(1)
    [row] = subscriptions()

    def bounce():
        with app.app_context(), transaction():
            scoring.bounced(campaign_id, row.id, EventKind.SOFT, "full")

    at_once(*[bounce] * 4)
    assert (len(events()), subscriptions()[0].bounce_score) == (1, 1)
    assert db.session.scalar(sa.select(DeliveryEvent.at)) <= now()
    assert ConsentAction.WITHDRAW not in {line.what for line in queries.history_of(row.email)}
