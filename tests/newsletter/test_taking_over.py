"""People from a file, evidence that grows old, and a chain that the worker completes."""

from datetime import date, timedelta

import sqlalchemy as sa

from portal.audit.service import OPERATOR
from portal.foundation import database
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.ledgers import chain, verifying
from portal.ledgers.models import LedgerBacklog, LedgerLink
from portal.mail.service import suppress, suppressing
from portal.newsletter import queries
from portal.newsletter.models import ConsentAction, ConsentEvent, Subscription
from portal.newsletter.service import forgetting, importing, retention
from tests.newsletter.ledger import ZOE, events, join, lines, row, state
from tests.work import measured


def take_over(*emails):
    source = importing.begin("old-shop.csv", basis="Consent, paper form", given_on=date(2024, 5, 1), by=OPERATOR)
    done = importing.imported(source, queries.default_audience(), {email: email for email in emails}, {})
    db.session.commit()
    return done


def test_people_of_a_file_are_subscribed_with_its_legal_basis_and_sealed(app):
    assert take_over(ZOE, "yan@demo.example") == 2
    assert (state(), lines()) == ("active", [("import", "import")] * 2)
    [source] = {event.source_file for event in events()}
    assert (source.basis, source.given_on, source.who) == ("Consent, paper form", date(2024, 5, 1), "Operator")
    assert verifying.verify().faults == []


def test_an_import_brings_back_nobody_who_left_is_known_or_is_not_written_to(app, browser, mailbox):
    browser.open(join(browser, mailbox))
    browser.send()
    suppress("bounced@demo.example", "Bounced")
    suppress("gone@demo.example", "Bounced")
    suppressing.keep_hashed(["gone@demo.example"])
    forgetting.forget(["erased@demo.example"], by=OPERATOR)
    db.session.commit()
    people = (ZOE, "bounced@demo.example", "gone@demo.example", "erased@demo.example")
    assert importing.barred(queries.default_audience(), people) == {
        ZOE: importing.Barred.LEFT,
        "bounced@demo.example": importing.Barred.SUPPRESSED,
        "gone@demo.example": importing.Barred.SUPPRESSED,
        "erased@demo.example": importing.Barred.LEFT,
    }
    assert take_over(*people, "new@demo.example") == 1
    assert state() == "unsubscribed"
    assert take_over("new@demo.example") == 0


def test_a_thousand_people_cost_few_statements(app):
    take_over("first@demo.example")
    with measured() as work:
        take_over(*(f"p{number}@demo.example" for number in range(1000)))
    assert len(work.statements) < 40
    assert db.session.scalar(sa.select(sa.func.count()).select_from(LedgerLink)) == 1003
    assert verifying.verify().faults == []


def test_what_was_written_before_there_was_a_chain_is_sealed_by_the_worker(app, monkeypatch):
    monkeypatch.setattr(chain, "OF_BEFORE", 2)
    audience = queries.default_audience().id
    line = {"subject_hmac": "0" * 64, "audience_id": audience, "action": "request", "source": "account"}
    db.session.execute(sa.insert(ConsentEvent), [line] * 5)
    chain.leave(ConsentEvent)
    db.session.commit()
    assert (verifying.verify().waiting, verifying.verify().faults) == (5, [])
    take_over(ZOE)
    done = []
    while not done or done[-1]:
        done.append(chain.seal_backlog())
        db.session.commit()
    assert done == [2, 2, 1, 0]
    assert (verifying.verify().waiting, verifying.verify().faults) == (0, [])
    assert db.session.scalar(sa.select(LedgerBacklog)) is None


def test_network_addresses_are_shortened_after_a_year_and_the_chain_holds(browser, mailbox, clock):
    join(browser, mailbox)
    assert retention.shorten_networks() == 0
    clock.shift(timedelta(days=370))
    assert retention.shorten_networks() == 2
    db.session.commit()
    assert {event.address for event in events()} == {"127.0.0.0/24"}
    assert retention.shorten_networks() == 0
    assert verifying.verify().faults == []


def test_lines_to_shorten_are_found_without_reading_those_that_are_short(app):
    asked = str(retention._long_known().compile(db.engine, compile_kwargs={"literal_binds": True})).replace("%%", "%")
    if db.engine.dialect.name == "sqlite":
        told = db.session.execute(sa.text(f"EXPLAIN QUERY PLAN {asked}")).scalars("detail")
    else:
        db.session.execute(sa.text("SET LOCAL enable_seqscan = off"))  # few rows are read through as fast
        told = db.session.execute(sa.text(f"EXPLAIN {asked}")).scalars()
    assert "ix_consent_event_whole_address" in "\n".join(told)


def test_evidence_stays_whole_while_somebody_is_subscribed_and_three_years_longer(browser, mailbox, clock):
    way_out = join(browser, mailbox)
    clock.shift(timedelta(days=2000))
    assert retention.make_anonymous(retention.outlived()) == 0
    browser.open(way_out)
    browser.send()
    clock.shift(timedelta(days=1000))
    assert retention.make_anonymous(retention.outlived()) == 0
    clock.shift(timedelta(days=96))
    assert retention.make_anonymous(retention.outlived()) == 4
    db.session.commit()
    assert {(event.email, event.address, event.browser) for event in events()} == {(None, "", "")}
    assert retention.make_anonymous(retention.outlived()) == 0
    assert queries.has_left(ZOE, row().audience_id)
    assert verifying.verify().faults == []


def test_evidence_that_was_found_too_old_stays_whole_when_somebody_comes_back_meanwhile(browser, mailbox, clock):
    browser.open(join(browser, mailbox))
    browser.send()
    clock.shift(timedelta(days=1096))
    found = retention.outlived()
    assert len(found) == 4
    database.rollback()
    join(browser, mailbox)
    assert retention.make_anonymous(found) == 0


def test_an_erased_person_leaves_lines_that_still_hold(browser, mailbox):
    join(browser, mailbox)
    forgetting.forget([ZOE], by=OPERATOR)
    db.session.commit()
    assert {event.email for event in events()} == {None}
    assert events()[-1].action is ConsentAction.WITHDRAW
    assert verifying.verify().faults == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Subscription)) == 1
    assert now()
