"""What account home reads as plain rows is what each feature says of a customer itself."""

from datetime import timedelta

import pytest

from portal.accounts.models import SessionKind
from portal.accounts.service import sessions
from portal.accounts.service.sessions import HOUR, Visitor
from portal.customers import queries as customers
from portal.customers.models import Address, Telephone
from portal.foundation.database import db
from portal.groups import queries as groups
from portal.groups.models import Application, ApplicationState, Approval
from portal.newsletter import queries as newsletters
from portal.newsletter.models import Subscription, SubscriptionState
from portal.storefront import standing
from tests import cast


@pytest.fixture
def customer(app):
    """Ann, who has an account."""
    return cast.customer(cast.ANN)


def address_of(customer, street, **uses):
    place = {"recipient": "Ann", "address_1": street, "city": "Pune", "country": "IN"}
    return Address(customer_id=customer.id, **place, **uses)


def test_addresses_come_with_their_uses_and_deliveries_first(customer):
    db.session.add_all([address_of(customer, "Bill Road", is_billing=True), address_of(customer, "Door Road")])
    db.session.add(address_of(customer, "Parcel Road", is_delivery=True))
    db.session.flush()
    told = standing.of(customer.account).addresses
    assert [place.line for place in told] == ["Parcel Road, Pune", "Bill Road, Pune", "Door Road, Pune"]
    assert [(place.is_delivery, place.is_billing) for place in told] == [(True, False), (False, True), (False, False)]
    assert [row.address_1 for row in customers.addresses(customer.id)] == [place.line[:-6] for place in told]


def test_only_newsletters_that_are_received_are_named(customer):
    audience = newsletters.default_audience()
    row = Subscription(audience_id=audience.id, email=customer.email, email_key=customer.email_key)
    row.state = SubscriptionState.PENDING
    db.session.add(row)
    db.session.flush()
    assert standing.of(customer.account).newsletters == []
    row.state = SubscriptionState.ACTIVE
    db.session.flush()
    assert standing.of(customer.account).newsletters == [audience.name]


def test_the_primary_telephone_is_the_one_that_is_shown(customer):
    customer.telephones = [
        Telephone(typed="020 2612 0000", e164="+912026120000", is_primary=False),
        Telephone(typed="98220 12345", e164="+919822012345", is_primary=True),
    ]
    db.session.flush()
    told = standing.of(customer.account)
    assert (told.typed_telephone, told.telephone) == (customer.telephone.typed, customer.telephone.e164)


def test_the_newest_application_is_told_and_the_group_whose_terms_count(customer):
    assert standing.of(customer.account).applied is None
    for name, state in (("Trade", ApplicationState.WITHDRAWN), ("Wholesale", ApplicationState.SUBMITTED)):
        wanted = cast.group(name, Approval.UPGRADE)
        newest = Application(customer_id=customer.id, group_id=wanted.id, state=state)
        db.session.add(newest)
        db.session.flush()
    told = standing.of(customer.account)
    assert told.applied is not None
    assert (told.applied.group, told.applied.submitted_at) == ("Wholesale", newest.submitted_at)
    assert told.applied.waits
    preferred = groups.preferred_group(customer.id)
    assert told.group == (preferred.name if preferred else "")


def test_sessions_that_are_over_count_as_no_device(customer, clock):
    account = customer.account
    sessions.open_session(account, SessionKind.CUSTOMER, Visitor())
    sessions.open_session(account, SessionKind.CUSTOMER, Visitor(), remember=True)
    sessions.open_flow(account, SessionKind.FLOW, Visitor())
    assert standing.of(account).devices == len(sessions.live(account)) == 2
    clock.shift(timedelta(seconds=2 * HOUR))
    assert standing.of(account).devices == len(sessions.live(account)) == 1
    sessions.end_all(account)
    assert standing.of(account).devices == len(sessions.live(account)) == 0
