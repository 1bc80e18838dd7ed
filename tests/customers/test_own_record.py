"""What customers see and change of their own record, and what they do not."""

from datetime import date

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditEntry
from portal.audit.service import OPERATOR
from portal.customers import queries
from portal.customers.models import Channel, Gender
from portal.customers.service import further, profile, telephones
from portal.customers.service.further import Further
from portal.customers.service.sealing import opened
from portal.foundation.database import db
from tests import cast

PROFILE = "/account/profile"


@pytest.fixture
def ann(app):
    """Ann, as a customer."""
    return cast.customer(cast.ANN)


@pytest.fixture
def at_home(ann, browser):
    """Ann, signed in."""
    browser.open("/sign-in")
    browser.send(email=cast.ANN.email, password=cast.PASSWORD)
    return browser


def test_a_birthday_is_typed_in_three_boxes_and_shown_as_a_day(at_home, ann):
    at_home.open(f"{PROFILE}/edit")
    page = at_home.send(
        date_of_birth_day="27", date_of_birth_month="Mar", date_of_birth_year="1987", gender="other", nationality="IN"
    )
    assert at_home.path == PROFILE
    assert "27 Mar 1987" in page.text
    assert "India" in page.text
    db.session.refresh(ann)
    assert (ann.born_on, ann.gender, ann.nationality) == (date(1987, 3, 27), Gender.OTHER, "IN")


@pytest.mark.parametrize("boxes", [("31", "2", "1987"), ("1", "", ""), ("1", "1", "2999"), ("x", "\x00", "9" * 5000)])
def test_what_is_no_birthday_is_refused_at_the_boxes_and_kept_in_them(at_home, ann, boxes):
    at_home.open(f"{PROFILE}/edit")
    parts = dict(zip(("date_of_birth_day", "date_of_birth_month", "date_of_birth_year"), boxes, strict=True))
    page = at_home.send(**parts)
    assert page.status_code == 422
    assert 'id="date_of_birth-error"' in page.text
    assert f'value="{boxes[0]}"' in page.text
    db.session.refresh(ann)
    assert ann.born_on is None


def test_boxes_left_empty_take_the_birthday_away(at_home, ann):
    profile.update_profile(ann, version=1, by=OPERATOR, further=Further(born_on=date(1987, 3, 27)))
    at_home.open(f"{PROFILE}/edit")
    at_home.send(date_of_birth_day="", date_of_birth_month="", date_of_birth_year="")
    db.session.refresh(ann)
    assert ann.born_on is None


def test_a_script_that_sends_a_part_of_the_form_leaves_the_rest(at_home, ann):
    more = Further(born_on=date(1987, 3, 27), gender=Gender.FEMALE, preferred_channel=Channel.POST)
    profile.update_profile(ann, version=1, by=OPERATOR, further=more)
    at_home.open(f"{PROFILE}/edit")
    gone = (
        "date_of_birth_day",
        "date_of_birth_month",
        "date_of_birth_year",
        "gender",
        "preferred_channel",
        "nationality",
    )
    at_home.send("/account/profile", first_name="Anne", **dict.fromkeys(gone))
    db.session.refresh(ann)
    assert (ann.first_name, ann.born_on) == ("Anne", date(1987, 3, 27))
    assert (ann.gender, ann.preferred_channel) == (Gender.FEMALE, Channel.POST)


def test_remarks_numbers_and_the_tills_settings_are_the_shops(at_home, ann):
    more = Further(remarks="Difficult", pan="AAPFU0939F", price_note="No discount", external_id="POS-1")
    profile.update_profile(ann, version=1, by=OPERATOR, further=more)
    db.session.commit()
    at_home.open(f"{PROFILE}/edit")
    page = at_home.send(first_name="Anne", remarks="Nice", pan="", allow_credit_sale="1", customer_id_number="POS-2")
    assert not {word for word in ("Difficult", "No discount", "POS-1", "AAPFU") if word in page.text}
    db.session.refresh(ann)
    assert (ann.remarks, ann.external_id, ann.pos.allow_credit_sale) == ("Difficult", "POS-1", False)
    assert further.number_of(ann, "pan") == "AAPFU0939F"


def test_the_second_of_two_windows_sees_both_birthdays(at_home, ann):
    at_home.open(f"{PROFILE}/edit")
    profile.update_profile(ann, version=1, by=OPERATOR, further=Further(born_on=date(1987, 3, 27)))
    page = at_home.send(date_of_birth_day="28", date_of_birth_month="3", date_of_birth_year="1987")
    assert page.status_code == 409
    assert "27 Mar 1987" in page.text
    assert "28 Mar 1987" in page.text
    at_home.send()
    db.session.refresh(ann)
    assert ann.born_on == date(1987, 3, 28)


def test_telephones_are_added_put_first_and_removed(at_home, ann):
    at_home.open(f"{PROFILE}/telephones")
    at_home.send("/telephones", telephone="+44 20 7946 0123", kind="work")
    db.session.refresh(ann)
    second = ann.telephones[1]
    at_home.send(f"/{second.id}/primary")
    page = at_home.send(f"/{ann.telephones[0].id}/remove")
    assert "Telephone removed" in page.text
    db.session.refresh(ann)
    assert [(row.e164, row.is_primary) for row in ann.telephones] == [("+442079460123", True)]


@pytest.mark.parametrize("typed", ["", "12", "not a number", "+91 98765 43210", "1" * 10_000, "\x00"])
def test_a_telephone_that_cannot_be_added_is_refused_at_the_field(at_home, ann, typed):
    at_home.open(f"{PROFILE}/telephones")
    page = at_home.send("/telephones", telephone=typed)
    assert page.status_code == 422
    assert 'id="telephone-error"' in page.text


def test_the_telephone_of_somebody_else_is_not_found(at_home, ann):
    ben = cast.customer(cast.BEN)
    telephones.add_telephone(ann, "+44 20 7946 0123", "work", by=OPERATOR)
    page = at_home.open(f"{PROFILE}/telephones")
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    for act in ("primary", "remove"):
        path = f"{PROFILE}/telephones/{ben.telephone.id}/{act}"
        assert at_home.client.post(path, data={"csrf_token": token}).status_code == 404


def test_consent_by_channel_is_one_tick_each_with_the_words_beside_it(at_home, ann):
    page = at_home.open(f"{PROFILE}/channels")
    at_home.send("/channels", channels="sms")
    [line] = queries.channel_history(ann.id)
    assert (line.channel, line.who) == (Channel.SMS, "")
    assert line.words in page.text
    assert db.session.scalars(sa.select(AuditEntry.verb)).all()[-1] == "customer.channels_changed"
    at_home.open(f"{PROFILE}/channels")
    at_home.send("/channels", channels=None)
    assert queries.channel_states(ann.id) == {Channel.SMS: False}


def test_an_unknown_channel_is_refused(at_home, ann):
    at_home.open(f"{PROFILE}/channels")
    assert at_home.send("/channels", channels="pigeon").status_code == 422
    assert queries.channel_history(ann.id) == []


def test_a_gate_code_is_kept_encrypted_and_never_filled_in_again(at_home, ann):
    at_home.open("/account/addresses/new")
    typed = {"address_1": "12 Laxmi Road", "city": "Pune", "state": "Maharashtra", "postcode": "411030"}
    at_home.send(gate_code="4711 secret", delivery_note="Ring twice", telephone="098765 43211", **typed)
    [address] = queries.addresses(ann.id)
    assert address.gate_code.startswith("v1.")
    assert opened(address.gate_code) == "4711 secret"
    page = at_home.open(f"/account/addresses/{address.id}/edit")
    assert "4711" not in page.text
    assert "v1." not in page.text
    at_home.send(delivery_note="Ring thrice")
    db.session.refresh(address)
    assert (address.delivery_note, opened(address.gate_code)) == ("Ring thrice", "4711 secret")
    at_home.open(f"/account/addresses/{address.id}/edit")
    at_home.send(clear_gate_code="1")
    db.session.refresh(address)
    assert address.gate_code is None
    assert "4711" not in str([entry.changes for entry in db.session.scalars(sa.select(AuditEntry))])
