"""What groups ask at registration: answered on the form, kept with it, handed over when it is confirmed."""

import pytest
import sqlalchemy as sa

from portal.accounts.models import Registration
from portal.customers import custom_queries
from portal.customers.models import ApplicationAnswer, FieldKind, FieldValue
from portal.customers.service import custom_fields
from portal.foundation import files
from portal.foundation.database import db
from portal.foundation.files import StoredFile
from portal.groups import queries as groups
from portal.groups.models import Application, Approval
from tests import cast
from tests.accounts import stage
from tests.browsing import Browser
from tests.customers.uploading import HOSTILE, PDF, file
from tests.storefront.newcomer import (
    EMAIL,
    TYPED,
    become_customer,
    confirm_links,
    count,
    customer_of,
    only,
    register,
    rows,
)
from tests.work import told_apart


def asking(name):
    """A gate group that asks a number and a kind, and takes a file."""
    group = cast.group(name)
    cast.custom_field("GST number", groups={group.id: True}, pattern="[0-9]{6}", example="411001")
    cast.custom_field("Business", FieldKind.CHOICE, {group.id: False}, choices=["Shop", "Café"])
    cast.custom_field("Certificate", FieldKind.FILE, {group.id: False})
    return group


@pytest.fixture
def trade(app):
    return asking("Trade")


def typed(group, **more):
    """Answers under the names of the form, beside the group."""
    return {"customer_group": str(group.id)} | {f"group_{group.id}_{key}": value for key, value in more.items()}


def known(customer):
    return {row.field.name: row.value for row in custom_queries.values_of(customer.id)}


def test_the_form_shows_the_questions_of_every_group_that_is_offered(browser, trade):
    club = cast.group("Club", Approval.UPGRADE)
    cast.custom_field("Birthday", FieldKind.DATE, {club.id: False})
    page = browser.open("/register").text
    assert "For Trade" in page
    assert "For Club" in page
    assert f'name="group_{trade.id}_gst_number"' in page
    assert f'name="group_{club.id}_birthday_day"' in page
    assert 'enctype="multipart/form-data"' in page


def test_a_shop_that_asks_nothing_has_the_form_as_it_was(browser):
    cast.group("Trade")
    page = browser.open("/register").text
    assert "multipart" not in page
    assert "For Trade" not in page


def test_where_there_is_no_choice_the_one_group_asks(browser, mailbox):
    cast.custom_field("Shoe size", FieldKind.NUMBER, {(default := groups.default_group().id): True})
    assert register(browser).status_code == 422
    become_customer(browser, mailbox, **{f"group_{default}_shoe_size": "39"})
    assert known(customer_of()) == {"Shoe size": "39"}


def test_answers_reach_the_application_and_the_customer_when_the_address_is_confirmed(browser, mailbox, clock, trade):
    answers = typed(trade, gst_number="411001", business="Shop", certificate=file(PDF, "scan.PDF"))
    register(browser, **answers)
    kept = only(StoredFile)
    assert (kept.purpose, kept.customer_id, kept.expires_at) == ("answer", None, only(Registration).expires_at)
    assert [count(FieldValue), count(ApplicationAnswer)] == [0, 0]
    browser.open(confirm_links(mailbox())[-1])
    browser.send()
    nora = customer_of()
    assert known(nora) == {"GST number": "411001", "Business": "Shop", "Certificate": "scan.pdf"}
    told = custom_queries.answers_of(only(Application).id)
    assert [row.value for row in told] == ["411001", "Shop", "scan.pdf"]
    kept = only(StoredFile)
    assert (kept.customer_id, kept.expires_at) == (nora.id, None)
    assert b"".join(files.pieces(kept)) == PDF


def test_a_required_answer_and_a_wrong_one_are_told_at_their_fields(browser, trade):
    page = register(browser, **typed(trade, gst_number="four"))
    assert page.status_code == 422
    assert "GST number must look like 411001" in page.text
    assert 'value="four"' in page.text
    page = register(browser, **typed(trade))
    assert "Enter GST number" in page.text
    assert count(Registration) == 0


def test_what_another_group_asks_is_neither_demanded_nor_kept(browser, mailbox, trade):
    default = groups.default_group().id
    answers = typed(trade, gst_number="nonsense", business="Shop") | {"customer_group": str(default)}
    assert register(browser, **answers).status_code == 200
    assert only(Registration).answers == {}


def test_mistakes_elsewhere_keep_what_was_answered_and_say_that_the_file_is_lost(browser, trade):
    page = register(browser, **typed(trade, gst_number="411001", certificate=file(PDF, "scan.pdf")), last_name="")
    assert page.status_code == 422
    assert 'value="411001"' in page.text
    assert "Choose the file again" in page.text
    assert count(StoredFile) == 0


@pytest.mark.parametrize("name", ["page.pdf", "empty.pdf", "script.php.png", "half.png"])
def test_a_file_that_is_not_what_it_says_is_refused_at_its_field(browser, trade, name):
    page = register(browser, **typed(trade, gst_number="411001", certificate=file(HOSTILE[name], name)))
    assert page.status_code == 422
    assert f'id="group_{trade.id}_certificate-error"' in page.text
    assert [count(StoredFile), count(Registration)] == [0, 0]


@pytest.mark.parametrize(("path", "most"), [("/register", 16), ("/sign-in", 5)])
def test_more_than_the_portal_reads_at_once_is_turned_away(client, path, most):
    body = b"x" * (most * 1024 * 1024 + 1)
    assert client.post(path, data=body, content_type="multipart/form-data; boundary=x").status_code == 413


def test_who_chooses_a_new_password_takes_over_no_answers(browser, browsers, mailbox, trade):
    register(browser, **typed(trade, gst_number="411001", certificate=file(PDF, "scan.pdf")))
    other = browsers()
    other.open(confirm_links(mailbox())[-1] + "?new=1")
    other.send(new_password="another long password", confirm_password="another long password")
    assert known(customer_of()) == {}
    assert count(ApplicationAnswer) == 0
    assert only(StoredFile).customer_id is None


def test_the_file_of_a_registration_that_nobody_confirms_goes_with_it(browser, clock, trade):
    register(browser, **typed(trade, gst_number="411001", certificate=file(PDF, "scan.pdf")))
    clock.shift(8 * 24 * 3600)
    files.sweep()
    assert count(StoredFile) == 0


def test_a_group_that_is_no_longer_offered_gets_no_answers(browser, mailbox, trade):
    register(browser, **typed(trade, gst_number="411001"))
    trade.at_registration = False
    browser.open(confirm_links(mailbox())[-1])
    browser.send()
    assert known(customer_of()) == {}


def test_an_answer_to_a_field_that_was_retired_meanwhile_is_still_handed_over(browser, mailbox, trade):
    register(browser, **typed(trade, gst_number="411001"))
    [field] = [row for row in custom_queries.all_fields() if row.key == "gst_number"]
    from portal.audit.service import OPERATOR

    custom_fields.retire(field.id, by=OPERATOR)
    browser.open(confirm_links(mailbox())[-1])
    browser.send()
    assert known(customer_of()) == {"GST number": "411001"}


def test_a_form_sent_twice_keeps_one_file(browser, trade):
    page = browser.open("/register")
    answers = TYPED | typed(trade, gst_number="411001")
    browser.send("", **answers, **{f"group_{trade.id}_certificate": file(PDF, "scan.pdf")})
    browser._arrive(page)
    browser.send("", **answers, **{f"group_{trade.id}_certificate": file(PDF, "scan.pdf")})
    assert [count(StoredFile), count(Registration)] == [1, 1]


def test_every_address_gets_the_same_answer_for_the_same_work_with_answers_and_a_file(app):
    addresses, trade = stage.addresses(), asking("Firms")

    def send(email, network):
        answers = typed(trade, gst_number="411001", business="Shop", certificate=file(PDF, "scan.pdf"))
        browser = Browser(app)
        browser.open("/register")
        token = browser.page.text.split('name="csrf_token" value="')[1].split('"')[0]
        data = TYPED | answers | {"email": email, "csrf_token": token}
        return lambda: browser.client.post("/register", data=data, environ_base={"REMOTE_ADDR": network})

    send("warm@demo.example", "192.0.2.99")()
    tries = {state: send(email, f"192.0.2.{place}") for place, (state, email) in enumerate(addresses.items())}
    assert len(tries) > 3
    assert told_apart(tries, addresses) == {}


def test_the_questions_of_all_groups_are_read_at_once(app, client):
    from tests.work import measured

    def statements():
        client.get("/register")
        with measured() as work:
            client.get("/register")
        return len(work.statements)

    before = statements()
    for name in ("One", "Two", "Three"):
        group = cast.group(name)
        cast.custom_field(f"Of {name}", groups={group.id: False})
    assert statements() <= before + 1


def test_who_is_asked_nothing_has_no_answers(browser, mailbox):
    become_customer(browser, mailbox)
    assert only(Registration).answers == {}
    assert rows(FieldValue) == []
    assert customer_of(EMAIL) is not None
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ApplicationAnswer)) == 0
