"""The first page of the back office: figures that are true, and only for who may see them."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.backoffice import listing
from portal.customers.models import Customer
from portal.foundation import clock, pagination
from portal.foundation.database import db
from portal.newsletter import queries as newsletter
from portal.newsletter.models import Subscription, SubscriptionState
from tests import cast
from tests.backoffice.desk import at_desk

FIGURES = {"owner": ["1", "1", "2"], "clerk": ["1", "1"], "marketing": ["2"]}


@pytest.fixture
def shop(app):
    """Ann came long ago, Ivy waits; two addresses get the newsletter and one has not confirmed."""
    cast.customer(cast.ANN)
    cast.applicant(cast.IVY, cast.group())
    db.session.execute(
        sa.update(Customer)
        .where(Customer.email_key == cast.ANN.email)
        .values(created_at=clock.now() - timedelta(days=40))
    )
    audience = newsletter.default_audience().id
    states = (SubscriptionState.ACTIVE, SubscriptionState.ACTIVE, SubscriptionState.PENDING)
    for place, state in enumerate(states):
        email = f"reader{place}@demo.example"
        db.session.add(Subscription(audience_id=audience, email=email, email_key=email, state=state))
    db.session.commit()


def figures(page):
    return re.findall(r'<div class="value">([^<]*)</div>', page.text)


@pytest.mark.parametrize("role", FIGURES)
def test_a_role_sees_the_figures_of_what_it_may_look_at(shop, browser, role):
    assert figures(at_desk(browser, role).open("/staff")) == FIGURES[role]


def test_a_figure_is_counted_no_further_than_it_tells(shop, browser, monkeypatch):
    monkeypatch.setattr(pagination.count_of, "__defaults__", (1,))
    monkeypatch.setattr(listing, "COUNTED", 1)
    assert figures(at_desk(browser, "marketing").open("/staff")) == ["More than 1"]
