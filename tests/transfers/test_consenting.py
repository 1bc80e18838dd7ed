"""No import subscribes anybody again who was erased, who left, or whose address is not written to."""

import pytest
import sqlalchemy as sa

from portal.audit.service import OPERATOR
from portal.customers import queries as customers
from portal.customers.service import erasure
from portal.foundation import emails
from portal.foundation.database import db
from portal.mail.service import suppress
from portal.newsletter import queries as newsletter
from portal.newsletter.models import ConsentAction, ConsentEvent, ConsentSource, SubscriptionState
from portal.newsletter.service import consent
from portal.newsletter.service.consent import Proof
from portal.transfers import queries
from portal.transfers.models import Outcome
from tests import cast

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
