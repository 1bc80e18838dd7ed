"""What a customer is known by on their pages: what is known of the person, for one statement in most cases."""

import pytest
import sqlalchemy as sa

from portal.accounts.models import ChangeState, EmailChange
from portal.audit.service import OPERATOR
from portal.customers.models import Customer
from portal.customers.service import known_by, merging, persons
from portal.foundation import database
from portal.foundation.clock import now
from portal.foundation.database import db
from tests import cast
from tests.cast import ANN, BEN
from tests.work import measured

CORA = cast.Person("Cora", "Counter", "cora@demo.example")
TOM = cast.Person("Tom", "Till", "", "+91 98765 00000")


def merged(kept, gone):
    with database.transaction():
        done = merging.merge(kept, gone, taken=(), takes_account=False, by=OPERATOR)
    db.session.expire_all()
    return done


def moved(customer, old):
    """The customer's account had another address before."""
    change = EmailChange(
        account_id=customer.account_id,
        old_email=old,
        new_email=customer.email,
        new_key=customer.email_key,
        state=ChangeState.APPLIED,
        proven_at=now(),
        due_at=now(),
    )
    db.session.add(change)
    db.session.commit()


def without_address():
    row = cast.customer(TOM, with_account=False)
    row.email_key = None
    db.session.commit()
    return row


@pytest.mark.parametrize(
    "make",
    [lambda: cast.customer(ANN), lambda: cast.customer(ANN, with_account=False), without_address],
    ids=["account", "no account", "no address"],
)
def test_one_statement_tells_of_whoever_never_merged_nor_moved(app, make):
    customer = make()
    with measured() as work:
        known = known_by.all_of(customer)
    assert len([one for one in work.statements if not one.startswith("BEGIN")]) == 1
    assert known == persons.person_of(customer)
    assert (known.customers, known.emails) == ((customer.id,), (customer.email_key,) if customer.email_key else ())


def test_records_that_became_part_of_it_are_known_with_their_accounts_and_addresses(app):
    ann, ben, cora = cast.customer(ANN), cast.customer(BEN), cast.customer(CORA, with_account=False)
    theirs = {ann.account_id, ben.account_id}
    merged(ben, cora)
    merged(ann, ben)
    known = known_by.all_of(ann)
    assert known == persons.person_of(ann)
    assert set(known.customers) == {ann.id, ben.id, cora.id}
    assert set(known.accounts) == theirs
    assert set(known.emails) == {ANN.email, BEN.email, CORA.email}


def test_after_an_undone_merge_each_is_somebody_else(app):
    ann, ben = cast.customer(ANN), cast.customer(BEN)
    done = merged(ann, ben)
    with database.transaction():
        merging.undo(done, by=OPERATOR)
    db.session.expire_all()
    for one, email in ((ann, ANN.email), (ben, BEN.email)):
        known = known_by.all_of(one)
        assert (known.customers, known.accounts, known.emails) == ((one.id,), (one.account_id,), (email,))


def test_an_address_of_before_is_known(app):
    ann = cast.customer(ANN)
    moved(ann, "ann.before@demo.example")
    assert known_by.all_of(ann).emails == ("ann.before@demo.example", ANN.email)


def test_an_address_that_was_released_and_is_somebody_else_s_by_now_is_not(app):
    ann = cast.customer(ANN, with_account=False)
    db.session.execute(sa.update(Customer).values(email_key=None))
    db.session.commit()
    cast.customer(cast.Person("Anna", "Again", ANN.email))
    assert known_by.all_of(db.session.get_one(Customer, ann.id)).emails == ()


def test_nor_is_one_with_which_somebody_else_signs_in(app):
    ann = cast.customer(ANN, with_account=False)
    cast.account(cast.Person("Anna", "Again", ANN.email))
    assert known_by.all_of(ann).emails == ()
