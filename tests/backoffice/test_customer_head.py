"""The head of a customer's page: all their groups, and since when, through what and by whom they are a customer."""

import re
from datetime import UTC, datetime

import pytest

from portal.audit.service import OPERATOR
from portal.customers.models import Origin
from portal.foundation.database import db
from portal.groups.models import Approval
from portal.groups.service import memberships
from tests import cast
from tests.backoffice.desk import at_desk
from tests.work import measured

PATH = "/staff/customers/T-ANN"


@pytest.fixture
def ann(app):
    return cast.customer(cast.ANN)


@pytest.fixture
def clerk(ann, browser):
    return at_desk(browser, "clerk")


def head(browser, path=PATH):
    """The words of the page down to its tabs."""
    page = browser.open(path).text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page[page.index("<h1") : page.index('class="card mb-3"')]))


@pytest.mark.parametrize(
    ("through", "by", "words"),
    [
        (Origin.WEB, "Ann Adeyemi", "Customer since 3 May 2026, registered online"),
        (Origin.STAFF, "Otto Owner", "Customer since 3 May 2026, added by Otto Owner"),
        (Origin.STAFF, "", "Customer since 3 May 2026, added by staff"),
        (Origin.TILL, "Till 2", "Customer since 3 May 2026, added at the till by Till 2"),
        (Origin.TILL, "", "Customer since 3 May 2026, added at the till"),
        (Origin.IMPORT, "Otto <Owner>", "Customer since 3 May 2026, imported by Otto &lt;Owner&gt;"),
        (Origin.IMPORT, "", "Customer since 3 May 2026, by import"),
        (Origin.DEMO, "Ann", "Customer since 3 May 2026, with the demo data"),
    ],
)
def test_it_says_where_the_customer_came_from(ann, clerk, through, by, words):
    ann.created_at, ann.created_through, ann.created_by = datetime(2026, 5, 3, 12, tzinfo=UTC), through, by
    db.session.commit()
    assert f"{words} " in head(clerk)


@pytest.mark.parametrize("tab", ["", "?tab=groups", "?tab=audit"])
def test_it_names_every_group_the_preferred_first(ann, clerk, tab):
    memberships.join(ann, cast.group("Trade", Approval.UPGRADE), by=OPERATOR)
    memberships.prefer(ann, cast.group("Family & friends", Approval.UPGRADE), by=OPERATOR)
    db.session.commit()
    assert "Family &amp; friends, Retail, Trade · Online" in head(clerk, f"{PATH}{tab}")


def test_more_groups_ask_for_no_more_statements(ann, clerk):
    def asked():
        with measured() as work:
            clerk.open(PATH)
        return len(work.statements)

    asked()
    alone = asked()
    for name in ("Trade", "Family"):
        memberships.join(ann, cast.group(name, Approval.UPGRADE), by=OPERATOR)
    db.session.commit()
    asked()
    assert asked() == alone
