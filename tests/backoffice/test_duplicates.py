"""Staff and duplicates: the queue, two records side by side, choosing field by field, merging and taking it back."""

import pytest
import sqlalchemy as sa

from portal.audit.service import OPERATOR
from portal.customers.models import Customer, CustomerMerge, DuplicatePair
from portal.customers.rules import numbers
from portal.customers.service import duplicates, further, merging
from portal.foundation.database import db
from portal.groups import queries as groups
from portal.mail import service as mail
from portal.staff.rules import OWNER, Permission
from tests import cast
from tests.cast import ANN, CLARA, OTTO, STAFF_PASSWORD

ANNA = cast.Person("Anna", "Adeyemi", "ann+shop@demo.example", "+91 98765 43210")


@pytest.fixture
def owner(app, browser):
    cast.member(OTTO, "owner", set(OWNER))
    browser.open("/staff/sign-in")
    browser.send(email=OTTO.email, password=STAFF_PASSWORD)
    return browser


@pytest.fixture
def pair(app):
    cast.customer(ANN)
    cast.customer(ANNA, with_account=False)
    while duplicates.find_some():
        pass
    return db.session.scalars(sa.select(DuplicatePair)).one()


def test_the_queue_says_who_looks_like_whom_and_why(owner, pair):
    page = owner.open("/staff/duplicates")
    assert "Ann Adeyemi" in page.text
    assert "Anna Adeyemi" in page.text
    assert "One mailbox, Same telephone" in page.text


def test_an_empty_queue_says_so(owner):
    assert "No duplicates" in owner.open("/staff/duplicates").text


def test_a_customer_leads_to_the_form_that_pairs_them_with_another(owner, app):
    cast.customer(ANN)
    cast.customer(ANNA, with_account=False)
    assert 'href="/staff/duplicates?number=T-ANN#pair"' in owner.open("/staff/customers/T-ANN").text
    owner.open("/staff/duplicates?number=T-ANN")
    owner.send("/pair", other_number="T-ANNA")
    assert "One person or two?" in owner.page.text


def test_merging_takes_the_chosen_values_and_leads_to_the_record(owner, pair):
    owner.open(f"/staff/duplicates/{pair.id}")
    owner.send("/merge", first_name="gone", email="kept", number="kept")
    assert owner.path == "/staff/customers/T-ANN"
    assert "Anna Adeyemi" in owner.page.text
    assert owner.open("/staff/customers/T-ANNA").status_code == 200


def test_of_two_who_wait_the_page_says_which_application_waits_on(owner, app):
    trade = cast.group("Trade")
    cast.applicant(ANN, trade)
    cast.applicant(ANNA, trade)
    while duplicates.find_some():
        pass
    pair = db.session.scalars(sa.select(DuplicatePair)).one()
    assert "Both wait for a group." in owner.open(f"/staff/duplicates/{pair.id}").text
    owner.send("/merge", account="kept")
    assert len(groups.waiting().rows) == 1


def test_the_mails_of_both_addresses_are_on_the_record_that_stays(owner, app):
    ann, cora = cast.customer(ANN), cast.customer(cast.BEN, with_account=False)
    for who in (ann, cora):
        mail.post("customers.my_data", who.email, customer=who.id)
    merging.merge(ann, cora, taken=[], takes_account=False, by=OPERATOR)
    db.session.commit()
    assert owner.open("/staff/customers/T-ANN?tab=timeline").text.count("Mail: Data ready to download") == 2
    page = owner.open("/staff/customers/T-ANN?tab=mails").text
    assert page.count("<strong>Data ready to download") == 2
    assert page.count("Send again") == 1
    assert cast.BEN.email in page


def test_numbers_that_do_not_go_together_are_told_at_the_choice_and_the_choices_are_kept(owner, app):
    for who, values in ((ANN, {"pan": "AAACH2702H", "gstin": ""}), (cast.BEN, {"gstin": "27AAPFU0939F1ZV"})):
        further.write(cast.customer(who, with_account=False), values, may_set_credit=False)
    db.session.commit()
    owner.open("/staff/duplicates")
    owner.send("/pair", number="T-ANN", other_number="T-BEN")
    page = owner.send("/merge", gstin="gone", first_name="gone")
    assert page.status_code == 422
    assert "This GST number belongs to another PAN" in page.text
    assert 'id="first_name-gone" name="first_name" value="gone" checked' in page.text
    assert "27AAPFU0939F1ZV" not in page.text


def test_who_may_not_allow_credit_is_not_asked_and_cannot_plant_it(app, browser):
    cast.member(CLARA, "merging", {Permission.CUSTOMER_VIEW, Permission.CUSTOMER_MERGE})
    browser.open("/staff/sign-in")
    browser.send(email=CLARA.email, password=STAFF_PASSWORD)
    for who, values in ((ANN, {"price_note": "Ten off"}), (cast.BEN, {"allow_credit_sale": True})):
        further.write(cast.customer(who, with_account=False), values, may_set_credit=True)
    db.session.commit()
    browser.open("/staff/duplicates")
    page = browser.send("/pair", number="T-ANN", other_number="T-BEN")
    assert "Sell on credit" not in page.text
    browser.client.post(browser.path + "/merge", data={**secret(browser), "allow_credit_sale": "gone"})
    kept = db.session.scalars(sa.select(Customer).where(Customer.number == "T-ANN")).one()
    assert kept.pos.allow_credit_sale is False


def test_the_other_one_can_stay(owner, pair):
    owner.open(f"/staff/duplicates/{pair.id}?keep=T-ANNA")
    owner.send("/merge", first_name="kept")
    assert owner.path == "/staff/customers/T-ANNA"
    kept = db.session.scalars(sa.select(Customer).where(Customer.number == "T-ANNA")).one()
    assert kept.account_id is not None


def test_a_merge_is_undone_from_the_list(owner, pair):
    owner.open(f"/staff/duplicates/{pair.id}")
    owner.send("/merge", first_name="gone")
    owner.open("/staff/duplicates/merged")
    owner.send("/undo")
    assert "Both records are as they were" in owner.page.text
    assert db.session.scalars(sa.select(CustomerMerge)).one().undone_by == "Otto Owner"
    assert db.session.scalars(sa.select(Customer.first_name).order_by(Customer.id)).all() == ["Ann", "Anna"]


def test_two_people_are_not_shown_again(owner, pair):
    owner.open(f"/staff/duplicates/{pair.id}")
    owner.client.post(f"/staff/duplicates/{pair.id}/dismiss", data=secret(owner))
    assert "No duplicates" in owner.open("/staff/duplicates").text


@pytest.mark.parametrize("path", ["/staff/duplicates/999", f"/staff/duplicates/{2**70}"])
def test_a_pair_that_does_not_exist_is_not_found(owner, path):
    assert owner.open(path).status_code == 404


def test_a_pair_merged_meanwhile_says_so(owner, pair):
    page = f"/staff/duplicates/{pair.id}"
    owner.open(page)
    token = secret(owner)
    first, again = (owner.client.post(f"{page}/merge", data=token) for _time in range(2))
    assert (first.status_code, again.status_code) == (303, 404)


def test_a_field_that_is_none_of_the_record_is_not_taken(owner, pair):
    owner.open(f"/staff/duplicates/{pair.id}")
    data = {**secret(owner), "status": "gone", "account_id": "gone", "search_text": "gone", "created_by": "gone"}
    owner.client.post(f"/staff/duplicates/{pair.id}/merge", data=data)
    kept = db.session.scalars(sa.select(Customer).where(Customer.number == "T-ANN")).one()
    assert kept.status == "enabled"


def test_erasing_asks_for_a_reason_and_then_nobody_finds_them(owner, pair):
    owner.open("/staff/customers/T-ANN/erase")
    assert owner.send("/erase", reason="").status_code == 422
    owner.send("/erase", reason="Asked by letter")
    assert owner.path == "/staff/customers"
    assert owner.open("/staff/customers/T-ANN").status_code == 404
    trail = owner.open("/staff/audit?verb=person.erased").text
    assert "Asked by letter" in trail


def test_the_audit_log_is_searched_by_the_name_of_a_person_whose_words_are_sealed(owner, pair):
    owner.open("/staff/customers/T-ANN/disable")
    owner.send("/disable", reason="Chargeback")
    assert "Chargeback" in owner.open("/staff/audit?q=adeyemi").text
    assert "Chargeback" not in owner.open("/staff/audit?q=somebody").text


def secret(browser):
    return {"csrf_token": browser.page.text.split('name="csrf_token" value="')[1].split('"')[0]}


def test_adding_somebody_who_looks_like_a_customer_asks_first(owner, pair):
    owner.open("/staff/customers/new")
    page = owner.send("/new", first_name="Annie", last_name="Adeyemi", telephone="098765 43210")
    assert page.status_code == 422
    assert "Is it one of these?" in page.text
    assert "Same telephone" in page.text
    owner.send("/new", somebody_else="1")
    assert "Annie Adeyemi" in owner.page.text
    assert db.session.scalar(sa.select(sa.func.count(Customer.id))) == 3


def test_who_looks_alike_stands_there_with_a_number_that_is_easy_to_read_aloud(owner, pair):
    ann = db.session.get_one(Customer, pair.first_id)
    ann.number = numbers.with_check_digit(10042173)
    db.session.commit()
    owner.open("/staff/customers/new")
    page = owner.send("/new", first_name="Annie", last_name="Adeyemi", telephone="098765 43210")
    assert f">{numbers.shown(ann.number)}<" in page.text
    assert " " in numbers.shown(ann.number)


def test_adding_a_stranger_asks_nothing(owner, pair):
    owner.open("/staff/customers/new")
    owner.send("/new", first_name="Bela", last_name="Nair", telephone="098765 43999")
    assert "Bela Nair" in owner.page.text
    assert "Is it one of these?" not in owner.page.text


def test_two_whom_nobody_took_for_one_are_compared_by_their_numbers(owner, app):
    cast.customer(ANN)
    cast.customer(cast.BEN)
    owner.open("/staff/duplicates")
    page = owner.send("/pair", number="T-BEN", other_number="T-ANN")
    assert "One person or two?" in page.text
    assert page.text.index("Ben Brontë") < page.text.index("Ann Adeyemi")
    owner.open("/staff/duplicates")
    assert owner.send("/pair", number="T-BEN", other_number="nobody").status_code == 404
