"""Merging: one record of two, the strictest consent, the old number as an alias, and all of it undone again."""

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account, AccountStatus
from portal.audit import queries as audit
from portal.audit.service import OPERATOR
from portal.customers import queries
from portal.customers.models import Address, Customer, CustomerStatus, NumberAlias, Telephone
from portal.customers.service import erasure, merging, persons, profile
from portal.foundation import database
from portal.foundation.database import Base, db
from portal.foundation.errors import Conflict
from portal.groups import queries as groups
from portal.groups.models import Application, ApplicationState, Approval, Step
from portal.groups.service import applications
from portal.newsletter import queries as newsletter
from portal.newsletter.models import ConsentSource, SubscriptionState
from portal.newsletter.service import consent
from portal.newsletter.service.consent import Proof
from tests import cast
from tests.cast import ANN, BEN

CORA = cast.Person("Cora", "Counter", "cora@demo.example", "+91 98765 11111")


@pytest.fixture
def ann(app):
    return cast.customer(ANN)


@pytest.fixture
def cora(app):
    """The same woman, as the till knows her: no account."""
    row = cast.customer(CORA, with_account=False)
    db.session.add(
        Address(customer_id=row.id, recipient="Cora", address_1="1 Mill Lane", country="IN", is_billing=True)
    )
    db.session.commit()
    return row


def merged(kept, gone, *, taken=(), takes_account=False):
    with database.transaction():
        done = merging.merge(kept, gone, taken=taken, takes_account=takes_account, by=OPERATOR)
    db.session.expire_all()
    return done


def undone(done):
    with database.transaction():
        merging.undo(done, by=OPERATOR)
    db.session.expire_all()


def every_row():
    """All rows of customers and what is theirs, but for versions and what only tells of the merge."""
    names = ["customer", "customer_telephone", "customer_address", "customer_store", "group_membership", "application"]
    tables = [Base.metadata.tables[name] for name in (*names, NumberAlias.__tablename__)]
    return {
        table.name: sorted(
            repr({key: value for key, value in row._asdict().items() if key not in ("version", "search_text")})
            for row in db.session.execute(sa.select(table))
        )
        for table in tables
    }


def test_what_the_other_record_held_moves_over(ann, cora):
    merged(ann, cora)
    assert {row.e164 for row in db.session.get_one(Customer, ann.id).telephones} == {"+919876543210", "+919876511111"}
    assert [row.address_1 for row in queries.addresses(ann.id)] == ["1 Mill Lane"]
    assert [row.is_primary for row in db.session.scalars(sa.select(Telephone).order_by(Telephone.id))] == [True, False]


def test_there_is_one_preferred_group_after_it(ann, cora):
    merged(ann, cora)
    assert [row.is_preferred for row in groups.memberships(ann.id)] == [True]


def test_the_old_number_finds_the_record_that_stays(ann, cora):
    merged(ann, cora)
    assert queries.by_number("T-CORA").id == ann.id
    assert [row.id for row in queries.find("T-CORA").rows] == [ann.id]


def test_chosen_fields_are_taken_over_and_a_number_of_the_other_too(ann, cora):
    merged(ann, cora, taken=["last_name", "number"])
    kept = db.session.get_one(Customer, ann.id)
    assert (kept.first_name, kept.last_name, kept.number) == ("Ann", "Counter", "T-CORA")
    assert queries.by_number("T-ANN").id == ann.id


def test_the_other_record_is_in_no_list(ann, cora):
    merged(ann, cora)
    assert [row.id for row in queries.find("").rows] == [ann.id]
    assert queries.find("Counter").rows == []


def test_the_account_of_the_other_record_comes_with_it(ann, cora):
    merged(cora, ann)
    assert db.session.get_one(Customer, cora.id).account_id is not None
    assert db.session.get_one(Customer, cora.id).email == ANN.email


@pytest.mark.parametrize("takes_account", [False, True])
def test_of_two_accounts_one_stays_and_the_other_no_longer_opens(ann, app, takes_account):
    ben = cast.customer(BEN)
    accounts = {False: ann.account_id, True: ben.account_id}
    merged(ann, ben, takes_account=takes_account)
    kept = db.session.get_one(Customer, ann.id)
    assert kept.account_id == accounts[takes_account]
    assert kept.email == (BEN if takes_account else ANN).email
    assert db.session.get_one(Account, accounts[not takes_account]).status is AccountStatus.DISABLED
    assert db.session.get_one(Account, accounts[takes_account]).status is AccountStatus.ENABLED


def test_the_strictest_consent_wins(ann, cora):
    with database.transaction():
        for who in (ann, cora):
            consent.subscribe_with_account(who, text="Yes", source=ConsentSource.ACCOUNT, proof=Proof())
    with database.transaction():
        consent.leave_address(CORA.email, by=OPERATOR, proof=Proof())
    merged(ann, cora)
    assert newsletter.state_of(ANN.email) is SubscriptionState.UNSUBSCRIBED


def test_the_address_that_goes_gets_nothing_more(ann, cora):
    with database.transaction():
        for who in (ann, cora):
            consent.subscribe_with_account(who, text="Yes", source=ConsentSource.ACCOUNT, proof=Proof())
    merged(ann, cora)
    assert newsletter.state_of(ANN.email) is SubscriptionState.ACTIVE
    assert newsletter.state_of(CORA.email) is SubscriptionState.UNSUBSCRIBED


def test_both_trails_tell_of_it(ann, cora):
    merged(ann, cora)
    assert audit.trail("customer", ann.id)[0].verb == "customer.merged"
    assert audit.trail("customer", cora.id)[0].verb == "customer.merged_away"


@pytest.mark.parametrize("taken", [(), ("first_name", "last_name", "number", "email")])
def test_undoing_gives_both_back_to_the_last_row(ann, cora, taken):
    before = every_row()
    undone(merged(ann, cora, taken=taken))
    assert every_row() == before


@pytest.mark.parametrize("takes_account", [False, True])
def test_undoing_gives_both_accounts_back(ann, app, takes_account):
    ben = cast.customer(BEN)
    before = every_row()
    undone(merged(ann, ben, takes_account=takes_account))
    assert every_row() == before
    assert {row.status for row in db.session.scalars(sa.select(Account))} == {AccountStatus.ENABLED}


def test_what_was_changed_since_is_not_undone(ann, cora):
    done = merged(ann, cora)
    with database.transaction():
        kept = db.session.get_one(Customer, ann.id)
        profile.update_profile(kept, version=kept.version, by=OPERATOR, first_name="Anna")
    with pytest.raises(Conflict):
        undone(done)


def test_nor_is_it_when_a_moved_row_was(ann, cora):
    done = merged(ann, cora)
    db.session.execute(sa.update(Address).values(city="Pune"))
    db.session.commit()
    with pytest.raises(Conflict):
        undone(done)


def test_it_is_undone_once(ann, cora):
    done = merged(ann, cora)
    undone(done)
    with pytest.raises(Conflict):
        undone(done)


def test_a_record_is_not_merged_twice(ann, cora):
    merged(ann, cora)
    with pytest.raises(Conflict):
        merged(ann, cora)


def test_a_chain_of_merges_ends_at_one_record(ann, cora, app):
    ben = cast.customer(BEN, with_account=False)
    merged(cora, ben)
    merged(ann, cora)
    assert queries.by_number("T-BEN").id == ann.id
    assert queries.by_number("T-CORA").id == ann.id


def test_erasing_the_record_erases_what_became_part_of_it(ann, cora):
    merged(ann, cora)
    with database.transaction():
        erasure.erase(db.session.get_one(Customer, ann.id), by=OPERATOR, reason="x")
    db.session.expire_all()
    assert {row.email for row in db.session.scalars(sa.select(Customer))} == {"-"}
    assert db.session.scalars(sa.select(Telephone)).all() == []


def test_erasing_somebody_after_an_undone_merge_leaves_the_other_one_alone(ann, app):
    ben = cast.customer(BEN)
    undone(merged(ann, ben))
    assert persons.person_of(ann).accounts == (ann.account_id,)
    with database.transaction():
        erasure.erase(db.session.get_one(Customer, ann.id), by=OPERATOR, reason="x")
    db.session.expire_all()
    assert db.session.get_one(Account, ben.account_id).email == BEN.email
    assert db.session.get_one(Customer, ben.id).erased_at is None


def test_what_lists_filter_by_follows_the_rows_and_not_the_day_of_the_merge(ann, cora):
    lives = {ann.id: "", cora.id: "IN"}
    done = merged(ann, cora)
    trade = cast.group("Trade", Approval.UPGRADE)
    with database.transaction():
        applications.submit(db.session.get_one(Customer, ann.id), trade.id, by=OPERATOR)
    undone(done)
    assert db.session.get_one(Customer, ann.id).has_open_application
    assert groups.open_application(ann.id) is not None
    assert {row.id: row.country for row in db.session.scalars(sa.select(Customer))} == lives


def test_of_two_that_wait_one_application_waits_on_and_both_do_after_undoing(app):
    trade = cast.group("Trade")
    one, two = cast.applicant(ANN, trade), cast.applicant(BEN, trade)
    done = merged(one.customer, two.customer)
    assert [row.id for row in groups.waiting().rows] == [one.id]
    closed = db.session.get_one(Application, two.id)
    assert (closed.state, closed.events[-1].step) == (ApplicationState.WITHDRAWN, Step.WITHDRAWN)
    undone(done)
    assert {row.id for row in groups.waiting().rows} == {one.id, two.id}
    assert db.session.get_one(Application, two.id).events[-1].step is Step.UNDONE
    assert db.session.get_one(Customer, two.customer_id).status is CustomerStatus.WAITING


def test_an_application_moves_over_where_the_record_that_stays_has_none(ann, app):
    row = cast.applicant(BEN, cast.group("Trade"))
    done = merged(ann, row.customer)
    assert groups.open_application(ann.id).id == row.id
    undone(done)
    assert db.session.get_one(Application, row.id).events[-1].step is Step.SUBMITTED
