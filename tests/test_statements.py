"""How much a page asks of the database: once for each thing, and by an index where tables grow long."""

import pytest
import sqlalchemy as sa

from portal.foundation.clock import now
from portal.foundation.database import db
from portal.newsletter.models import IS_PENDING, Audience, Subscription, SubscriptionState
from tests import cast
from tests.backoffice.desk import at_desk
from tests.work import measured


def asking(work, words):
    """The statements with these words."""
    return [statement for statement in work.statements if words in statement]


def test_an_account_page_asks_once_who_the_customer_is(browser):
    cast.customer(cast.ANN)
    browser.open("/sign-in")
    browser.send(email=cast.ANN.email, password=cast.PASSWORD)
    with measured() as work:
        page = browser.open("/account")
    assert cast.ANN.email in page.text
    assert len(asking(work, "FROM customer ")) == 1
    assert len(asking(work, "FROM security_answer")) == 1
    assert len([line for line in work.statements if not line.startswith("BEGIN")]) == 3


def test_the_first_page_of_staff_asks_once_who_is_at_work_and_what_waits(browser):
    at_desk(browser, "owner")
    with measured() as work:
        page = browser.open("/staff")
    assert cast.OTTO.last_name in page.text
    assert len(asking(work, "JOIN staff_member ON")) == 1
    assert not asking(work, "FROM staff_member")  # it comes with the session
    assert len(asking(work, "role_grant")) == 1
    assert len(asking(work, "FROM application")) == 1
    assert len(asking(work, "FROM outbox_message")) == 1


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (Subscription.email_key == "ann@demo.example", "ix_subscription_email_key"),
        (sa.and_(IS_PENDING, Subscription.changed_at <= sa.func.now()), "ix_subscription_pending"),
    ],
)
def test_subscriptions_are_found_by_an_index(app, asked, index):
    dialect = db.engine.dialect
    audience = db.session.scalars(sa.select(Audience.id)).first()
    readers = [f"reader{number}@demo.example" for number in range(500)]  # an empty table is found by any index
    values = {"audience_id": audience, "state": SubscriptionState.ACTIVE, "created_at": now(), "changed_at": now()}
    db.session.execute(sa.insert(Subscription), [values | {"email": one, "email_key": one} for one in readers])
    query = sa.select(Subscription.id).where(asked).compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    if dialect.name == "postgresql":
        db.session.execute(sa.text("ANALYZE subscription"))
        db.session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        plan = db.session.execute(sa.text(f"EXPLAIN {query}"))
    else:
        plan = db.session.execute(sa.text(f"EXPLAIN QUERY PLAN {query}"))
    assert index in repr(plan.all())


def test_a_sign_in_asks_a_dozen_things_and_its_form_nothing(browser):
    cast.customer(cast.ANN)
    with measured() as form:
        browser.open("/sign-in")
    with measured() as work:
        answer = browser.send(follow=False, email=cast.ANN.email, password=cast.PASSWORD)
    assert answer.location == "/account"
    assert form.statements == []
    assert len([statement for statement in work.statements if not statement.startswith("BEGIN")]) <= 13
