"""What an approver reads about an applicant: tax numbers, people who look alike, the mailbox; facts and no decision."""

import pytest

from portal.customers.models import ApplicationAnswer, FieldValue
from portal.customers.rules import mail_domains
from portal.customers.rules.mail_domains import Domain
from portal.customers.service import duplicates
from portal.customers.service.further import Further
from portal.customers.service.profile import update_profile
from portal.foundation.database import db
from portal.staff.rules import Permission
from tests import cast
from tests.backoffice.desk import at_desk, seated
from tests.cast import Person
from tests.groups.conftest import CLARA

RIGHT, SLIP = "27AAPFU0939F1ZV", "27AAPFU0939F1ZX"

TWIN = Person("Ivyy", "Ivanova", "other@demo.example")


@pytest.fixture
def trade(app):
    return cast.group("Trade")


@pytest.fixture
def waiting(trade):
    """Ivy waits at the door for Trade."""
    return cast.applicant(cast.IVY, trade)


@pytest.fixture
def read(browser, waiting):
    """Open Ivy's application as the clerk, and read the checks as plain text."""

    def look(browser=browser):
        at_desk(browser, "clerk")
        page = browser.open(f"/staff/approvals/{waiting.id}").text
        return " ".join(page[page.index('class="checks"') :].split())

    return look


def answered(row, number, name="GST number"):
    field = cast.custom_field(name, groups={row.group_id: False})
    db.session.add(ApplicationAnswer(application_id=row.id, field_id=field.id, value=number))
    db.session.commit()
    return field


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (RIGHT, "GST number adds up"),
        ("27 aapfu0939f 1zv", "Maharashtra"),
        (SLIP, "GST number doesn’t add up"),
        ("1234", "15 characters"),
        ("<b>{{ 7*7 }}%(x)s", "GST number doesn’t add up"),
    ],
)
def test_a_tax_number_that_was_answered_is_checked(waiting, read, number, said):
    answered(waiting, number)
    assert said in read()


def test_a_number_that_another_customer_gave_is_named_with_them(waiting, read):
    field, ann = answered(waiting, RIGHT), cast.customer(cast.ANN)
    db.session.add(FieldValue(customer_id=ann.id, field_id=field.id, value=RIGHT))
    db.session.add(FieldValue(customer_id=waiting.customer_id, field_id=field.id, value=RIGHT))
    db.session.commit()
    told = read()
    assert "GST number on record with" in told
    assert told.count(f"/staff/customers/{ann.number}") == 1
    assert f'href="/staff/customers/{waiting.customer.number}"' not in told


def test_a_number_that_differs_from_the_record_is_told(waiting, read):
    answered(waiting, RIGHT)
    who = waiting.customer
    update_profile(who, version=who.version, by=CLARA, further=Further(gstin="27AAECR4849R1ZH"))
    db.session.commit()
    assert "GST number differs from the record" in read()


def test_numbers_of_two_firms_do_not_go_together(waiting, read):
    answered(waiting, RIGHT)
    answered(waiting, "AAACT2727Q", name="PAN of the firm")
    assert "belongs to another PAN" in read()


def test_other_questions_are_no_tax_numbers(waiting, read):
    answered(waiting, "12", name="Panels a year")
    assert "PAN" not in read()


def test_who_looks_like_the_applicant_is_told_with_the_reasons(waiting, read):
    twin = cast.customer(TWIN)
    db.session.commit()
    duplicates.find_some()
    told = read()
    assert "Possible duplicate" in told
    assert "Similar name" in told
    assert twin.number in told


def test_who_was_said_to_be_somebody_else_is_not_told_again(waiting, read):
    twin = cast.customer(TWIN)
    duplicates.find_some()
    duplicates.dismiss(duplicates.pair_of(waiting.customer, twin), by=CLARA)
    db.session.commit()
    assert "Possible duplicate" not in read()


def test_a_member_of_one_store_hears_nothing_of_customers_of_another(browser, waiting):
    twin, pune = cast.customer(TWIN), cast.store()
    waiting.customer.stores = [pune]
    db.session.commit()
    duplicates.find_some()
    member = cast.member(cast.CLARA, "pune clerk", {Permission.CUSTOMER_APPROVE.value}, pune)
    page = seated(browser, member).open(f"/staff/approvals/{waiting.id}")
    assert page.status_code == 200
    assert twin.number not in page.text


@pytest.mark.parametrize(
    ("email", "kind"),
    [
        ("x@mailinator.com", Domain.THROWAWAY),
        ("x@inbox.mailinator.com", Domain.THROWAWAY),
        ("x@MAILINATOR.com", Domain.THROWAWAY),
        ("x@gmail.com", Domain.OPEN),
        ("x@web.de", Domain.OPEN),
        ("x@iyer-and-sons.example", Domain.OWN),
        ("x@notmailinator.com.example", Domain.OWN),
        ("", Domain.OWN),
        ("\n", Domain.OWN),
    ],
)
def test_a_mail_domain_is_open_thrown_away_or_of_a_firm(email, kind):
    assert mail_domains.kind_of(email) is kind


@pytest.mark.parametrize(
    ("email", "is_role"),
    [("info@x.example", True), ("Sales+eu@x.example", True), ("ivy@x.example", False), ("", False)],
)
def test_the_address_of_a_desk_is_known(email, is_role):
    assert mail_domains.is_role(email) is is_role


def test_checks_decide_nothing(waiting, read):
    answered(waiting, SLIP)
    waiting.customer.email = "info@mailinator.com"
    db.session.commit()
    told = read()
    assert "thrown away" in told
    assert "Address of a desk" in told
    assert waiting.is_open
