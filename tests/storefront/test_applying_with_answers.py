"""Who has an account applies with answers, too: what is known is filled in, and the approver sees what was sent."""

import pytest

from portal.accounts.models import SessionKind
from portal.accounts.service import sessions
from portal.accounts.service.sessions import Visitor
from portal.audit.service import OPERATOR
from portal.customers import custom_queries
from portal.customers.models import FieldKind
from portal.customers.service import custom_values
from portal.customers.service.custom_values import Upload
from portal.foundation.database import db
from portal.groups.models import Application, Approval
from portal.groups.service import deciding
from tests import cast
from tests.customers.uploading import HOSTILE, PDF, file
from tests.storefront.newcomer import count, only


@pytest.fixture
def club(app):
    """A group that asks for a motto and takes a file."""
    group = cast.group("Club", Approval.UPGRADE)
    cast.custom_field("Motto", groups={group.id: True})
    cast.custom_field("Letter", FieldKind.FILE, {group.id: True})
    return group


@pytest.fixture
def ann(app):
    return cast.customer(cast.ANN)


def enter(browser, customer, kind=SessionKind.CUSTOMER):
    handle = sessions.open_session(customer.account, kind, Visitor())
    db.session.commit()
    with browser.client.session_transaction() as cookie:
        cookie["customer"] = handle
    return browser


def typed(group, **more):
    return {"group": str(group.id)} | {f"group_{group.id}_{key}": value for key, value in more.items()}


def test_answers_go_with_the_application_and_are_known_from_then_on(browser, ann, club):
    page = enter(browser, ann).open("/account/groups")
    assert "For Club" in page.text
    page = browser.send("/apply", **typed(club, motto="Onward", letter=file(PDF, "letter.pdf")))
    assert "Application for Club sent." in page.text
    told = {row.field.key: row.value for row in custom_queries.answers_of(only(Application).id)}
    assert told == {"motto": "Onward", "letter": "letter.pdf"}
    assert {row.field.key for row in custom_queries.values_of(ann.id)} == {"motto", "letter"}


def test_what_is_missing_or_wrong_is_told_at_its_field_and_nothing_is_sent(browser, ann, club):
    enter(browser, ann).open("/account/groups")
    page = browser.send("/apply", **typed(club, motto="", letter=file(HOSTILE["page.pdf"], "letter.pdf")))
    assert page.status_code == 422
    assert f'id="group_{club.id}_motto-error"' in page.text
    assert f'id="group_{club.id}_letter-error"' in page.text
    assert [count(Application), custom_queries.values_of(ann.id)] == [0, []]


def test_what_is_known_already_need_not_be_typed_again(browser, ann, club):
    ids = {field.key: field.id for field in custom_queries.all_fields()}
    known = {ids["motto"]: "Onward", ids["letter"]: Upload(PDF, "known.pdf", "application/pdf")}
    custom_values.write(ann, known, by=OPERATOR)
    page = enter(browser, ann).open("/account/groups")
    assert 'value="Onward"' in page.text
    assert "known.pdf" in page.text
    browser.send("/apply", group=str(club.id))
    told = {row.field.key: row.value for row in custom_queries.answers_of(only(Application).id)}
    assert told == {"motto": "Onward", "letter": "known.pdf"}


def test_an_applicant_who_was_declined_answers_once_more(browser, app):
    trade = cast.group("Trade")
    cast.custom_field("GST number", groups={trade.id: True}, pattern="[0-9]{6}")
    row = cast.applicant(cast.IVY, trade)
    ivy = row.customer
    deciding.decline(row.id, reason="The number is wrong.", by=OPERATOR)
    page = enter(browser, ivy, SessionKind.APPLICANT).open("/waiting")
    assert "For Trade" in page.text
    assert browser.send("/apply", **typed(trade, gst_number="wrong")).status_code == 422
    page = browser.send("/apply", **typed(trade, gst_number="411001"))
    assert "Application sent." in page.text
    assert "411001" in page.text
