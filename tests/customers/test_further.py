"""What is known of a customer beyond name and contact: written, compared, sealed, refused."""

from datetime import date

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditEntry
from portal.audit.service import OPERATOR
from portal.customers.errors import EditedMeanwhile, EmailInUse, ExternalIdInUse, FieldRefused
from portal.customers.models import Channel, Customer, Gender, PosSettings, Statutory
from portal.customers.service import further, profile
from portal.customers.service.further import Further
from portal.customers.service.profile import Details
from portal.foundation.database import db
from portal.foundation.errors import NotAllowed
from tests import cast

GSTIN, PAN = "27AAPFU0939F1ZV", "AAPFU0939F"


@pytest.fixture
def ann(app):
    """Ann, of whom only name and contact are known."""
    return cast.customer(cast.ANN)


def edit(customer, version=None, *, may_set_credit=False, **more):
    profile.update_profile(
        customer,
        version=customer.version if version is None else version,
        by=OPERATOR,
        further=Further(**more),
        may_set_credit=may_set_credit,
    )
    db.session.commit()


def last_changes():
    return db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first().changes


def test_every_field_of_the_person_is_kept_and_told_with_before_and_after(ann):
    edit(ann, gender=Gender.OTHER, born_on=date(1987, 3, 27), nationality="IN", anniversary_on=date(2019, 11, 2))
    edit(ann, external_id="POS-1", remarks="First line\nsecond", preferred_channel=Channel.POST, gender=Gender.FEMALE)
    db.session.expire_all()
    assert (ann.gender, ann.born_on, ann.nationality) == (Gender.FEMALE, date(1987, 3, 27), "IN")
    assert (ann.external_id, ann.remarks, ann.preferred_channel) == ("POS-1", "First line\nsecond", Channel.POST)
    assert last_changes()["gender"] == ["other", "female"]
    assert last_changes()["customer_id_number"] == ["", "POS-1"]
    assert "date_of_birth" not in last_changes()


def test_what_is_not_named_stays_and_what_is_named_empty_goes(ann):
    edit(ann, born_on=date(1987, 3, 27), remarks="x", nationality="GB", pan=PAN)
    edit(ann, born_on=None, remarks="", pan="")
    assert (ann.born_on, ann.remarks, ann.nationality) == (None, "", "GB")
    assert further.number_of(ann, "pan") == ""


def test_numbers_of_the_state_are_encrypted_and_told_masked(ann):
    edit(ann, pan="aapfu 0939f", gstin=GSTIN, vat_id="DE136695976", drivers_licence="MH12 20110012345")
    stored = db.session.execute(sa.select(*Statutory.__table__.c)).one()._asdict()
    for name, number in (("pan", PAN), ("gstin", GSTIN), ("vat_id", "DE136695976"), ("drivers_licence", "12345")):
        assert stored[name].startswith("v1.")
        assert number not in str(stored)
        assert number not in str(last_changes())
    assert further.number_of(ann, "pan") == PAN
    assert further.number_of(ann, "drivers_licence") == "MH12 20110012345"
    assert last_changes()["gstin"] == ["", "•••• 1ZV"]
    assert stored["state_of_registration"] == "Maharashtra"


def test_another_number_with_the_same_end_is_told_as_a_change(ann):
    edit(ann, drivers_licence="MH12 20110012345")
    edit(ann, drivers_licence="MH14 20110012345")
    before, after = last_changes()["drivers_licence"]
    assert before != after
    assert further.number_of(ann, "drivers_licence") == "MH14 20110012345"


@pytest.mark.parametrize(
    ("known", "typed", "field"),
    [
        ({}, {"pan": "AAPFU"}, "pan"),
        ({}, {"gstin": "27AAPFU0939F1ZO"}, "gstin"),
        ({}, {"vat_id": "DE1"}, "vat_id"),
        ({}, {"pan": "AAPFU0939G", "gstin": GSTIN}, "gstin"),
        ({"pan": "AAPFU0939G"}, {"gstin": GSTIN}, "gstin"),
        ({"gstin": GSTIN}, {"pan": "AAPFU0939G"}, "pan"),
        ({}, {"gstin": GSTIN, "state_of_registration": "Goa"}, "state_of_registration"),
        ({"gstin": GSTIN}, {"state_of_registration": "Goa"}, "state_of_registration"),
    ],
)
def test_a_number_that_is_wrong_or_goes_with_no_other_is_refused_at_its_field(ann, known, typed, field):
    edit(ann, **known)
    version = ann.version
    with pytest.raises(FieldRefused) as refusal:
        edit(ann, remarks="not written", **typed)
    db.session.rollback()
    assert refusal.value.field == field
    db.session.refresh(ann)
    assert (ann.version, ann.remarks) == (version, "")


def test_a_number_on_record_does_not_stand_in_the_way_of_other_edits(ann):
    edit(ann, gstin=GSTIN)
    edit(ann, remarks="Wants invoices", state_of_registration="")
    assert ann.remarks == "Wants invoices"


def test_a_number_of_another_system_belongs_to_one_customer(ann):
    ben = cast.customer(cast.BEN)
    edit(ann, external_id="POS-1")
    with pytest.raises(ExternalIdInUse, match="Ann Adeyemi"):
        edit(ben, external_id="POS-1", remarks="not written")
    db.session.rollback()
    db.session.refresh(ben)
    assert (ben.external_id, ben.remarks) == (None, "")
    edit(ann, external_id="")
    edit(ben, external_id="")
    assert db.session.scalar(sa.select(sa.func.count()).where(Customer.external_id.is_not(None))) == 0


def test_selling_on_credit_is_changed_by_those_alone_who_may(ann):
    with pytest.raises(NotAllowed):
        edit(ann, allow_credit_sale=True, price_note="not written")
    db.session.rollback()
    assert db.session.scalar(sa.select(PosSettings.id)) is None
    edit(ann, allow_credit_sale=True, may_set_credit=True)
    edit(ann, allow_credit_sale=True, email_receipts=True, price_note="Trade price")
    assert (ann.pos.allow_credit_sale, ann.pos.email_receipts, ann.pos.price_note) == (True, True, "Trade price")
    with pytest.raises(NotAllowed):
        edit(ann, allow_credit_sale=False)


def test_nothing_known_makes_no_rows(ann):
    edit(ann, pan="", gstin="", state_of_registration="", email_receipts=False, price_note="")
    assert db.session.scalar(sa.select(Statutory.id)) is None
    assert db.session.scalar(sa.select(PosSettings.id)) is None


def test_a_new_customer_has_it_from_the_beginning_or_is_not_made(app):
    more = Further(pan=PAN, born_on=date(1990, 1, 1), external_id="POS-1")
    made = profile.add_customer(
        Details(first_name="Ann", last_name="-", email="a@demo.example", further=more), by=OPERATOR
    )
    db.session.commit()
    assert further.number_of(made, "pan") == PAN
    assert last_changes()["pan"] == ["", "•••• 39F"]
    for email, wrong, refusal in (
        ("b@demo.example", Further(external_id="POS-1"), ExternalIdInUse),
        ("b@demo.example", Further(pan="X"), FieldRefused),
        ("a@demo.example", Further(external_id="POS-2"), EmailInUse),
    ):
        with pytest.raises(refusal):
            profile.add_customer(Details(first_name="Ben", last_name="-", email=email, further=wrong), by=OPERATOR)
        db.session.commit()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Customer)) == 1


def test_the_second_of_two_editors_is_told_and_nothing_of_theirs_is_written(ann):
    edit(ann, version=1, gender=Gender.FEMALE)
    with pytest.raises(EditedMeanwhile):
        edit(ann, version=1, gender=Gender.OTHER, pan=PAN)
    db.session.rollback()
    db.session.refresh(ann)
    assert ann.gender is Gender.FEMALE
    assert db.session.scalar(sa.select(Statutory.id)) is None
