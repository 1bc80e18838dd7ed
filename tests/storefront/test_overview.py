"""Account home: greeting, what needs an answer first, how each part stands, and the frame around every page."""

import pytest

from portal.accounts.models import SecurityAnswer
from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.foundation import database
from portal.foundation.database import db
from portal.groups.models import Application, Approval
from portal.groups.service import applications
from tests import cast
from tests.storefront.newcomer import become_customer, customer_of, only
from tests.work import measured

CLARA = Actor(ActorKind.STAFF, 1, "Clara Clerk")


@pytest.fixture
def home(browser, mailbox):
    """Nora's browser, signed in."""
    become_customer(browser, mailbox, newsletter="1")
    return browser


def test_it_greets_and_shows_number_and_standing(home):
    page = home.open("/account")
    assert "Hello, <bdi>Nora</bdi>" in page.text
    for words in (customer_of().number, "Nora Newman · ", "Subscribed", "None yet", "1 device", "+44 7700 900456"):
        assert words in page.text
    assert "Welcome." not in page.text, "said once"


def test_it_links_what_exists(home):
    page = home.open("/account")
    for path in ("profile", "addresses", "security", "newsletters"):
        assert f'href="/account/{path}"' in page.text


def test_the_list_of_sections_is_beside_every_page_of_the_account(home):
    page = home.open("/account/security")
    assert page.status_code == 200
    assert 'href="/account/newsletters"' in page.text
    assert ">Nora</bdi>" in page.text.split("<main")[0]


def test_an_open_application_is_told_first_and_so_is_a_declined_one(browser, mailbox):
    trade = cast.group("Trade", Approval.UPGRADE)
    become_customer(browser, mailbox, customer_group=str(trade.id))
    assert "checking your application for the group Trade" in browser.open("/account").text
    with database.transaction():
        applications.decline(only(Application).id, reason="No <b>licence</b>.", by=CLARA)
    page = browser.open("/account")
    assert "couldn’t approve you for the group Trade" in page.text
    assert "No &lt;b&gt;licence&lt;/b&gt;." in page.text


def test_a_missing_security_question_is_asked_for(home):
    assert "no security question" not in home.open("/account").text
    db.session.delete(only(SecurityAnswer))
    assert "no security question" in home.open("/account").text


def test_it_is_for_signed_in_customers_only(browsers):
    answer = browsers().client.get("/account")
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/account")


def test_the_start_page_leads_somebody_signed_in_home_and_offers_the_rest_three_ways_in(home, browsers):
    assert home.open("/").request.path == "/account"
    page = browsers().open("/")
    assert page.status_code == 200
    assert "Northgate Goods" in page.text.split("<h1>")[1].split("</h1>")[0]
    for path in ("/register", "/sign-in", "/newsletter"):
        assert f'href="{path}"' in page.text


@pytest.mark.parametrize("path", ["/", "/help", "/privacy", "/terms", "/register"])
def test_a_page_for_nobody_in_particular_asks_nothing_about_anybody(client, path):
    with measured() as work:
        assert client.get(path).status_code == 200
    assert [line for line in work.statements if "sign_in_session" in line or "customer.id" in line] == []


@pytest.mark.parametrize("path", ["/help", "/privacy", "/terms"])
def test_the_words_of_the_shop_are_there_and_name_it(client, path):
    page = client.get(path)
    assert "Northgate Goods" in page.text.split("<main")[1].split("</main")[0]


def test_the_terms_name_the_version_that_registrations_record(client):
    assert "Version of 21 Nov 2026." in client.get("/terms").text
