"""What their groups ask, on a page of customers' own: answered, changed in two windows, files of their own alone."""

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
from portal.foundation.files import StoredFile
from portal.groups import queries as groups
from tests import cast
from tests.customers.uploading import PDF, PNG, file
from tests.storefront.newcomer import count, only

PATH = "/account/profile/details"


@pytest.fixture
def ann(app):
    return cast.customer(cast.ANN)


@pytest.fixture
def asked(app):
    """Everybody is asked their shoe size, and for a file."""
    default = groups.default_group().id
    return [
        cast.custom_field("Shoe size", FieldKind.NUMBER, {default: True}),
        cast.custom_field("Certificate", FieldKind.FILE, {default: False}),
    ]


def enter(browser, customer):
    handle = sessions.open_session(customer.account, SessionKind.CUSTOMER, Visitor())
    db.session.commit()
    with browser.client.session_transaction() as cookie:
        cookie["customer"] = handle
    return browser


def known(customer):
    db.session.expire_all()
    return {row.field.key: row.value for row in custom_queries.values_of(customer.id)}


def test_answers_are_saved_and_shown_again(browser, ann, asked):
    enter(browser, ann).open(PATH)
    page = browser.send("", field_shoe_size="39", field_certificate=file(PDF, "a b.pdf"))
    assert "Your details are saved." in page.text
    assert known(ann) == {"shoe_size": "39", "certificate": "a b.pdf"}
    assert 'value="39"' in page.text
    assert f'href="{PATH}/{asked[1].id}"' in page.text
    assert only(StoredFile).customer_id == ann.id


def test_what_is_required_cannot_be_emptied_and_what_is_not_can(browser, ann, asked):
    enter(browser, ann).open(PATH)
    browser.send("", field_shoe_size="39", field_certificate=file(PDF, "a.pdf"))
    assert browser.send("", field_shoe_size="").status_code == 422
    browser.open(PATH)
    browser.send("", field_shoe_size="40", field_certificate_remove="1")
    assert known(ann) == {"shoe_size": "40"}
    assert count(StoredFile) == 0


def test_a_new_file_takes_the_place_of_the_old_one_and_none_leaves_it(browser, ann, asked):
    enter(browser, ann).open(PATH)
    browser.send("", field_shoe_size="39", field_certificate=file(PDF, "a.pdf"))
    browser.send("", field_shoe_size="39")
    assert known(ann)["certificate"] == "a.pdf"
    browser.send("", field_shoe_size="39", field_certificate=file(PNG, "b.jpg"))
    assert known(ann)["certificate"] == "b.png"
    assert only(StoredFile).media_type == "image/png"


def test_a_file_is_saved_and_never_shown(browser, ann, asked):
    enter(browser, ann).open(PATH)
    browser.send("", field_shoe_size="39", field_certificate=file(PDF, "Größe.pdf"))
    answer = browser.client.get(f"{PATH}/{asked[1].id}")
    assert (answer.data, answer.mimetype) == (PDF, "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert "filename*=UTF-8''Gr%C3%B6%C3%9Fe.pdf" in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Security-Policy"].endswith("; sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_files_of_others_are_under_no_address(browsers, ann, asked):
    ben = enter(browsers(), cast.customer(cast.BEN))
    custom_values.write(ann, {asked[1].id: Upload(PDF, "a.pdf", "application/pdf")}, by=OPERATOR)
    assert ben.client.get(f"{PATH}/{asked[1].id}").status_code == 404
    assert enter(browsers(), ann).client.get(f"{PATH}/{asked[1].id}").status_code == 200


def test_what_the_shop_alone_knows_is_neither_shown_nor_changed(browser, ann, asked):
    secret, report = cast.custom_field("Credit note"), cast.custom_field("Report", FieldKind.FILE)
    upload = Upload(PDF, "report.pdf", "application/pdf")
    custom_values.write(ann, {secret.id: "watch out", report.id: upload}, by=OPERATOR)
    page = enter(browser, ann).open(PATH)
    assert "watch out" not in page.text
    browser.send("", field_shoe_size="39", field_credit_note="all is well")
    assert known(ann)["credit_note"] == "watch out"
    assert browser.client.get(f"{PATH}/{secret.id}").status_code == 404
    assert browser.client.get(f"{PATH}/{report.id}").status_code == 404


def test_two_windows_never_overwrite_each_other_unseen(browser, ann, asked):
    enter(browser, ann).open(PATH)
    custom_values.set_values(ann, {asked[0].id: "41"}, version=ann.version, by=OPERATOR)
    page = browser.send("", field_shoe_size="39")
    assert page.status_code == 409
    assert "41" in page.text
    assert known(ann) == {"shoe_size": "41"}
    browser.send("")
    assert known(ann) == {"shoe_size": "39"}


def test_an_applicants_questions_are_there_while_they_wait(browser, ann, asked):
    from portal.groups.models import Approval
    from portal.groups.service import applications

    club = cast.group("Club", Approval.UPGRADE)
    cast.custom_field("Motto", groups={club.id: False})
    assert "Motto" not in enter(browser, ann).open(PATH).text
    applications.submit(ann, club.id, by=OPERATOR)
    assert "Motto" in browser.open(PATH).text


def test_who_is_asked_nothing_is_told_so(browser, ann):
    assert "Nothing more to tell" in enter(browser, ann).open(PATH).text


def test_an_application_keeps_the_file_that_its_customer_replaces(app, ann, asked):
    application = cast.applicant(cast.BEN, cast.group("Trade"))
    ben = application.customer
    custom_values.answer(ben, application.id, {asked[1].id: Upload(PDF, "a.pdf", "application/pdf")}, by=OPERATOR)
    custom_values.write(ben, {asked[1].id: Upload(PNG, "b.png", "image/png")}, by=OPERATOR)
    [told] = custom_queries.answers_of(application.id)
    assert (told.value, told.file.media_type) == ("a.pdf", "application/pdf")
    assert known(ben) == {"certificate": "b.png"}
    assert count(StoredFile) == 2
