"""No import subscribes anybody again who was erased, who left, or whose address is not written to."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from portal.audit.service import OPERATOR
from portal.customers import queries as customers
from portal.customers.models import Channel, ChannelSource, Customer
from portal.customers.service import channels, erasure
from portal.foundation import emails
from portal.foundation.database import db
from portal.jobs import service as jobs
from portal.jobs.models import Job
from portal.ledgers import verifying
from portal.mail.service import suppress
from portal.newsletter import queries as newsletter
from portal.newsletter.models import ConsentAction, ConsentEvent, ConsentSource, SubscriptionState
from portal.newsletter.service import consent
from portal.newsletter.service.consent import Proof
from portal.transfers import queries
from portal.transfers.models import Outcome
from portal.transfers.service import uploading
from tests import cast
from tests.newsletter.people import subscriber
from tests.transfers.conftest import OTTO

WORDS = "I want the newsletter"


def row_of(email):
    head = "first_name,email,consent_at,consent_source"
    return f"{head}\nBen,{email},2024-03-01,Old shop form\n"


def imports_of_consent():
    lines = sa.select(sa.func.count()).select_from(ConsentEvent).where(ConsentEvent.action == ConsentAction.IMPORT)
    return db.session.scalar(lines)


@pytest.fixture
def ben(app):
    return cast.customer(cast.BEN)


def test_an_erased_address_is_not_subscribed_by_a_file_however_it_is_spelt(ben, imported):
    consent.subscribe_with_account(ben, text=WORDS, source=ConsentSource.REGISTRATION, proof=Proof())
    db.session.commit()
    erasure.erase(ben, by=OPERATOR, reason="Asked")
    db.session.commit()
    imported(row_of(cast.BEN.email.upper()))
    assert customers.by_email(cast.BEN.email) is not None
    assert newsletter.state_of(cast.BEN.email) is None
    assert imports_of_consent() == 0


def test_somebody_erased_who_never_subscribed_is_not_subscribed_by_a_file(ben, imported):
    erasure.erase(ben, by=OPERATOR, reason="Asked")
    db.session.commit()
    imported(row_of(cast.BEN.email))
    assert newsletter.state_of(cast.BEN.email) is None


def test_who_left_stays_out_and_the_preview_shows_no_change(ben, checked):
    consent.subscribe_with_account(ben, text=WORDS, source=ConsentSource.REGISTRATION, proof=Proof())
    [row] = newsletter.of_customer(ben)
    consent.withdraw(row, source=ConsentSource.ONE_CLICK, proof=Proof())
    db.session.commit()
    wanted = checked(row_of(cast.BEN.email))
    assert wanted.counts == {"same": 1}


def test_who_leaves_between_check_and_import_stays_out(app, checked, begun):
    wanted = checked(row_of("new@shop.example"))
    assert wanted.counts == {"new": 1}
    cast_row = consent.ledger.row_of(newsletter.default_audience(), "new@shop.example")
    consent.withdraw(cast_row, source=ConsentSource.ONE_CLICK, proof=Proof())
    db.session.commit()
    begun(wanted)
    assert newsletter.state_of("new@shop.example") is SubscriptionState.UNSUBSCRIBED


@pytest.mark.parametrize("email", ["new@shop.example", "New@Shop.Example"])
def test_an_address_that_is_not_written_to_is_not_subscribed(app, imported, email):
    suppress("new@shop.example", "It bounced")
    db.session.commit()
    imported(row_of(email))
    assert customers.by_email("new@shop.example") is not None
    assert newsletter.state_of("new@shop.example") is None


def test_nobody_is_subscribed_under_the_address_of_another_row(ben, checked):
    head = "customer_number,first_name,email,consent_at,consent_source"
    wanted = checked(f"{head}\nT-BEN,Ben,other@shop.example,2024-03-01,Form\n")
    assert [row.column for row in queries.rows(wanted.id, Outcome.PROBLEM)] == ["email"]


def test_a_name_of_a_file_never_moves_the_key_of_an_address(app, imported):
    imported(row_of("Mixed.Case@shop.example"))
    assert newsletter.state_of("mixed.case@shop.example") is SubscriptionState.ACTIVE
    assert newsletter.of_email("MIXED.CASE@shop.example")[0].email_key == emails.key("mixed.case@shop.example")


SAID = "customer_number,first_name,email,telephone,consent_sms,consent_post,channels_at,channels_source"


def of_ben(ben, cells):
    return f"{SAID}\n{ben.number},,,,{cells}\n"


def states(customer):
    return customers.channel_states(customer.id)


def agreed(ben, *, at=None, **wanted):
    said = {Channel(name): yes for name, yes in wanted.items()}
    channels.set_channels(ben, said, source=ChannelSource.ACCOUNT, words="Offers", by=OPERATOR, at=at)
    db.session.commit()


def undone(wanted):
    jobs.advance_due()
    uploading.undo(db.session.get_one(Job, wanted.job_id), OTTO)
    db.session.commit()
    jobs.advance_due()
    db.session.expire_all()


def test_channels_of_somebody_new_are_kept_with_their_date_and_source(app, imported):
    imported(f"{SAID}\n,Zoe,z@shop.example,098765 43210,yes,no,2024-03-01,Fair in Pune\n")
    zoe = customers.by_email("z@shop.example")
    assert states(zoe) == {Channel.SMS: True}
    [line] = customers.channel_history(zoe.id)
    assert (line.source, line.words, line.at.date().isoformat()) == (ChannelSource.IMPORT, "Fair in Pune", "2024-03-01")
    assert verifying.verify().faults == []


def test_undo_forgets_who_was_made_and_leaves_the_sealed_lines_without_their_words(app, imported):
    rows = f"{SAID}\n,Zoe,z@shop.example,098765 43210,yes,no,2024-03-01,Fair in Pune\n,Yan,y@shop.example,,,,,\n"
    wanted = imported(rows)
    undone(wanted)
    [left] = db.session.scalars(sa.select(Customer)).all()
    assert (left.erased_at is not None, left.first_name, left.email, left.telephones) == (True, "", "-", [])
    [line] = customers.channel_history(left.id)
    assert (line.words, line.who) == ("", "")
    assert verifying.verify().faults == []
    assert imported(rows).counts == {"new": 2}
    assert states(customers.by_email("z@shop.example")) == {Channel.SMS: True}


def test_undo_leaves_a_subscription_alone_that_was_there_before_the_customer(app, imported):
    subscriber("z@shop.example")
    db.session.commit()
    wanted = imported(f"{SAID}\n,Zoe,z@shop.example,,,,,\n")
    undone(wanted)
    assert customers.by_email("z@shop.example") is None
    assert newsletter.state_of("z@shop.example") is SubscriptionState.ACTIVE


def test_channels_of_somebody_on_record_change_and_are_as_before_after_undo(ben, imported):
    wanted = imported(of_ben(ben, "yes,,2024-03-01,Fair in Pune"))
    assert states(ben) == {Channel.SMS: True}
    undone(wanted)
    assert states(ben) == {Channel.SMS: False}
    assert [line.words for line in customers.channel_history(ben.id)] == ["Import undone", "Fair in Pune"]


@pytest.mark.parametrize(
    "cells", ["yes,yes,2024-03-01,", "yes,yes,,Fair", ",,2024-03-01,Fair", "no,no,2024-03-01,Fair"]
)
def test_a_file_decides_nothing_about_channels_without_date_source_and_another_word(ben, checked, cells):
    assert checked(of_ben(ben, cells)).counts == {"same": 1}


def test_what_the_person_said_since_stands(ben, checked, imported):
    agreed(ben, at=datetime(2024, 5, 1, tzinfo=UTC), sms=True)
    assert checked(of_ben(ben, "no,,2024-03-01,Fair")).counts == {"same": 1}
    assert checked(of_ben(ben, "no,,2024-05-01,Fair")).counts == {"same": 1}
    imported(of_ben(ben, "no,,2024-05-02,Fair"))
    assert states(ben) == {Channel.SMS: False}


def test_who_says_otherwise_between_check_and_import_is_left_alone(ben, checked, begun):
    wanted = checked(of_ben(ben, "yes,,2024-03-01,Fair"))
    assert wanted.counts == {"change": 1}
    agreed(ben, post=True)
    agreed(ben, post=False)
    begun(wanted)
    assert states(ben) == {Channel.POST: False}


def test_an_erased_person_is_not_reached_again_on_another_channel(ben, imported):
    erasure.erase(ben, by=OPERATOR, reason="Asked")
    db.session.commit()
    imported(f"{SAID}\n,Ben,{cast.BEN.email},,yes,yes,2024-03-01,Fair\n")
    assert states(customers.by_email(cast.BEN.email)) == {}


def test_who_is_erased_between_check_and_import_is_not_either(ben, checked, begun):
    wanted = checked(f"{SAID}\n,Zoe,z@shop.example,,yes,yes,2024-03-01,Fair\n")
    row = consent.ledger.row_of(newsletter.default_audience(), "z@shop.example")
    consent.withdraw(row, source=ConsentSource.ONE_CLICK, proof=Proof())
    db.session.commit()
    begun(wanted)
    assert states(customers.by_email("z@shop.example")) == {}


@pytest.mark.parametrize("day", ["yesterday", "2999-01-01"])
def test_a_day_that_is_none_is_refused(app, checked, day):
    wanted = checked(f"{SAID}\n,Zoe,z@shop.example,,yes,,{day},Fair\n")
    [row] = queries.rows(wanted.id, Outcome.PROBLEM)
    assert (row.column, row.reason) == ("channels_at", "Write a day like 2024-03-27")
