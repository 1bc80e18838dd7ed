"""The language of a customer's mails, as staff set it: kept on the customer, and on the account that mails go by."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from portal.accounts import mails as account_mails
from portal.audit.models import AuditEntry
from portal.customers import queries
from portal.customers.models import Customer
from portal.foundation.database import db
from portal.mail import service as mail
from tests import cast
from tests.backoffice.desk import at_desk
from tests.mails import html_of

ANN = "/staff/customers/T-ANN"


@pytest.fixture
def languages(app, monkeypatch):
    """Call it with the languages of the shop."""

    def offered(*codes):
        own = replace(app.extensions["portal.settings"], shop_locales=codes)
        monkeypatch.setitem(app.extensions, "portal.settings", own)

    offered("en", "de", "ar")
    return offered


@pytest.fixture
def ann(app, languages):
    return cast.customer(cast.ANN)


@pytest.fixture
def clerk(app, languages, browsers):
    return at_desk(browsers(), "clerk")


def on_record(number):
    db.session.expire_all()
    return db.session.scalars(sa.select(Customer).where(Customer.number == number)).one()


def told():
    """The changes of the newest entry about details."""
    query = sa.select(AuditEntry).where(AuditEntry.verb == "customer.changed").order_by(AuditEntry.id.desc())
    newest = db.session.scalars(query).first()
    return newest.changes if newest else None


def test_staff_choose_it_and_the_change_is_kept_told_and_shown(clerk, ann):
    clerk.open(f"{ANN}/edit")
    clerk.send(language="de")
    assert clerk.path == ANN
    row = on_record("T-ANN")
    assert (row.locale, row.account.locale) == ("de", "de")
    assert told() == {"locale": ["en", "de"]}
    assert "Deutsch" in clerk.open(ANN).text
    page = clerk.open(f"{ANN}?tab=audit").text
    assert "Language" in page
    assert "English" in page


def test_whoever_has_no_account_keeps_it_on_their_record(clerk, app):
    cast.customer(cast.BEN, with_account=False)
    clerk.open("/staff/customers/T-BEN/edit")
    clerk.send(language="ar")
    assert on_record("T-BEN").locale == "ar"


def test_mails_about_the_account_and_about_the_customer_are_in_it(clerk, ann, mailbox):
    clerk.open(f"{ANN}/edit")
    clerk.send(language="de")
    row = on_record("T-ANN")
    account_mails.password_changed(row.account)
    mail.post("customers.kept", row.email, customer=row.id)
    assert ['lang="de"' in html_of(one) for one in mailbox()] == [True, True]


def test_an_added_customer_is_invited_in_it(clerk, mailbox):
    clerk.open("/staff/customers/new")
    clerk.send(first_name="Zoë", last_name="-", email="zoe@demo.example", language="de")
    assert queries.by_email("zoe@demo.example").locale == "de"
    [invitation] = mailbox()
    assert 'lang="de"' in html_of(invitation)


def test_where_nobody_chooses_an_added_customer_has_the_shop_s_first_one(clerk, languages):
    languages("de")
    page = clerk.open("/staff/customers/new")
    assert 'name="language"' not in page.text
    clerk.send(first_name="Zoë", last_name="-", email="zoe@demo.example")
    assert queries.by_email("zoe@demo.example").locale == "de"


@pytest.mark.parametrize(
    ("language", "words"), [("", "Choose a language"), ("fr", "Choose from the list"), ("xx", "Choose from the list")]
)
@pytest.mark.parametrize("path", [f"{ANN}/edit", "/staff/customers/new"])
def test_none_and_one_that_the_shop_has_not_are_refused(clerk, ann, path, language, words):
    clerk.open(path)
    page = clerk.send(first_name="Zoë", last_name="Zed", email=ann.email, language=language)
    assert page.status_code == 422
    assert f"</span>{words}" in page.text
    assert (on_record("T-ANN").locale, on_record("T-ANN").first_name) == ("en", "Ann")


def test_the_form_offers_each_by_its_own_name_and_stands_at_the_one_on_record(clerk, ann, languages):
    ann.locale = "de"
    page = clerk.open(f"{ANN}/edit").text
    for words in ('value="en">English<', 'value="de" selected>Deutsch<', 'value="ar">العربية<'):
        assert words in page
    clerk.send(first_name="Anna")
    assert "locale" not in told()


def test_one_that_the_shop_does_not_offer_any_more_stays_until_another_is_chosen(clerk, ann, languages):
    languages("de", "ar")
    page = clerk.open(f"{ANN}/edit").text
    assert 'value="en" selected>English<' in page
    clerk.send(first_name="Anna")
    assert (on_record("T-ANN").first_name, on_record("T-ANN").locale) == ("Anna", "en")


def test_a_shop_of_one_language_asks_for_none_and_a_script_without_it_changes_nothing(clerk, ann, languages):
    ann.locale = "de"
    clerk.open(f"{ANN}/edit")
    clerk.send(first_name="Anna", language=None)
    assert (on_record("T-ANN").first_name, on_record("T-ANN").locale) == ("Anna", "de")
    languages("de")
    assert 'name="language"' not in clerk.open(f"{ANN}/edit").text
    assert "<dt>Language</dt>" not in clerk.open(ANN).text


def test_the_second_of_two_editors_is_told_of_both_languages(clerk, ann, browsers):
    owner = at_desk(browsers(), "owner")
    for one in (clerk, owner):
        one.open(f"{ANN}/edit")
    owner.send(language="ar")
    page = clerk.send(language="de")
    assert page.status_code == 409
    assert "Deutsch" in page.text
    assert "العربية" in page.text
    assert on_record("T-ANN").locale == "ar"
    clerk.send()
    assert on_record("T-ANN").locale == "de"


def test_what_customers_choose_themselves_reaches_the_mails_about_their_account(ann, browser):
    browser.open("/sign-in")
    browser.send(email=cast.ANN.email, password=cast.PASSWORD)
    browser.open("/account/profile/edit")
    browser.send(language="de")
    row = on_record("T-ANN")
    assert (row.locale, row.account.locale) == ("de", "de")
