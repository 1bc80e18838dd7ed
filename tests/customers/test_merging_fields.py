"""Merging what somebody has once: numbers of the state, the till's settings, a photo, answers; field by field."""

import pytest
import sqlalchemy as sa

from portal.audit import queries as audit
from portal.audit.service import OPERATOR
from portal.customers import custom_queries, queries
from portal.customers.errors import FieldRefused
from portal.customers.models import Channel, ChannelSource, Customer, CustomerMerge, CustomerPhoto, FieldKind
from portal.customers.service import channels, choosing, custom_values, further, merging
from portal.foundation import database, files
from portal.foundation.database import Base, db
from tests import cast
from tests.cast import ANN

CORA = cast.Person("Cora", "Counter", "cora@demo.example", "+91 98765 11111")
PAN, OTHER_PAN = "AAPFU0939F", "AAACH2702H"
GSTIN = "27AAPFU0939F1ZV"
TABLES = ("customer_statutory", "customer_pos_settings", "customer_photo", "custom_value", "stored_file")


@pytest.fixture
def ann(app):
    return cast.customer(ANN)


@pytest.fixture
def cora(app):
    return cast.customer(CORA, with_account=False)


def known(customer, **values):
    with database.transaction():
        further.write(db.session.get_one(Customer, customer.id), values, may_set_credit=True)
    db.session.expire_all()


def photo(customer, word):
    with database.transaction():
        rows = [
            files.store(word + size, purpose="photo", media_type="image/webp", customer_id=customer.id)
            for size in (b"large", b"small")
        ]
        db.session.add(CustomerPhoto(customer_id=customer.id, large_id=rows[0].id, small_id=rows[1].id))


def answered(customer, field, value):
    with database.transaction():
        custom_values.write(db.session.get_one(Customer, customer.id), {field.id: value}, by=OPERATOR)


def by_default(kept, gone):
    return [one.field for one in choosing.differences(kept, gone) if one.is_better]


def merged(kept, gone, taken=None):
    with database.transaction():
        chosen = by_default(kept, gone) if taken is None else taken
        done = merging.merge(kept, gone, taken=chosen, takes_account=False, by=OPERATOR)
    db.session.expire_all()
    return done


def numbers(customer):
    found = db.session.get_one(Customer, customer.id)
    return {name: further.number_of(found, name) for name in further.SEALED if further.number_of(found, name)}


def every_row():
    return {
        name: sorted(repr(row) for row in db.session.execute(sa.select(Base.metadata.tables[name]))) for name in TABLES
    }


def test_what_one_record_lacks_comes_from_the_other_field_by_field(ann, cora):
    known(ann, pan=PAN, price_note="Ten off")
    known(cora, vat_id="DE136695976", drivers_licence="KA01", email_receipts=True)
    merged(ann, cora)
    assert numbers(ann) == {"pan": PAN, "vat_id": "DE136695976", "drivers_licence": "KA01"}


def test_of_two_values_the_one_of_the_fuller_row_is_proposed(ann, cora):
    known(ann, drivers_licence="MH02")
    known(cora, drivers_licence="KA01", vat_id="DE136695976")
    assert {"drivers_licence", "vat_id"} <= set(by_default(ann, cora))
    assert "drivers_licence" not in by_default(cora, ann)


def test_a_gst_number_of_another_pan_is_not_proposed_and_not_taken(ann, cora):
    known(ann, pan=OTHER_PAN)
    known(cora, gstin=GSTIN)
    assert "gstin" not in by_default(ann, cora)
    with pytest.raises(FieldRefused):
        merged(ann, cora, ["gstin"])
    assert db.session.scalars(sa.select(CustomerMerge)).all() == []
    assert numbers(ann) == {"pan": OTHER_PAN}


def test_numbers_are_compared_opened_and_told_masked(ann, cora):
    known(ann, pan=PAN, drivers_licence="MH02 2020 1")
    known(cora, pan=PAN, drivers_licence="KA01 1999 7")
    [number] = [one for one in choosing.differences(ann, cora) if one.field in further.SEALED]
    assert (number.field, number.kept, number.gone) == ("drivers_licence", "•••• 0 1", "•••• 9 7")
    merged(ann, cora, ["drivers_licence"])
    told = audit.trail("customer", ann.id)[0].changes
    assert "KA01 1999 7" not in repr(told)
    assert told["drivers_licence"] == ["•••• 0 1", "•••• 9 7"]


@pytest.mark.parametrize("is_chosen", [False, True])
def test_nobody_may_buy_on_credit_because_of_a_merge_unless_it_is_chosen(ann, cora, is_chosen):
    known(ann, price_note="Ten off")
    known(cora, allow_credit_sale=True)
    merged(ann, cora, ["allow_credit_sale"] if is_chosen else None)
    pos = db.session.get_one(Customer, ann.id).pos
    assert (pos.allow_credit_sale, pos.price_note) == (is_chosen, "Ten off")


def test_a_photo_is_chosen(ann, cora):
    photo(ann, b"ann")
    photo(cora, b"cora")
    merged(ann, cora, ["photo"])
    shown = queries.photo_of(ann.id)
    assert b"".join(files.pieces(shown.large)) == b"coralarge"
    assert b"".join(files.pieces(shown.small)) == b"corasmall"


def test_answers_are_chosen_one_by_one(ann, cora):
    size, colour = cast.custom_field("Shoe size"), cast.custom_field("Colour", FieldKind.TEXT)
    for who, values in ((ann, ("41", "Red")), (cora, ("42", "Blue"))):
        for field, value in zip((size, colour), values, strict=True):
            answered(who, field, value)
    merged(ann, cora, [f"custom-{colour.id}"])
    assert [row.value for row in custom_queries.values_of(ann.id)] == ["41", "Blue"]
    told = audit.trail("customer", ann.id)[0].changes
    assert told["custom:Colour"] == ["Red", "Blue"]


def both_have_everything(ann, cora):
    size = cast.custom_field("Shoe size")
    known(ann, pan=PAN, price_note="Ten off", email_receipts=True)
    known(cora, pan=OTHER_PAN, vat_id="DE136695976", price_note="Twenty off", allow_credit_sale=True)
    for who, word in ((ann, "ann"), (cora, "cora")):
        photo(who, word.encode())
        answered(who, size, word)
    return ["pan", "vat_id", "price_note", "allow_credit_sale", "email_receipts", "photo", f"custom-{size.id}"]


@pytest.mark.parametrize("chosen", ["nothing", "what is better", "everything"])
def test_two_rows_of_which_a_customer_has_one_break_nothing_and_undoing_gives_all_back(ann, cora, chosen):
    everything = both_have_everything(ann, cora)
    before = every_row()
    done = merged(ann, cora, {"nothing": [], "everything": everything}.get(chosen))
    if chosen == "everything":
        assert numbers(ann) == {"pan": OTHER_PAN, "vat_id": "DE136695976"}
        assert db.session.get_one(Customer, ann.id).pos.price_note == "Twenty off"
    with database.transaction():
        merging.undo(db.session.get_one(CustomerMerge, done.id), by=OPERATOR)
    db.session.expire_all()
    assert every_row() == before


@pytest.mark.parametrize("channel", channels.KEPT_HERE)
@pytest.mark.parametrize("refuses", ["kept", "gone"])
def test_the_stricter_word_of_the_two_counts_on_each_channel(ann, cora, channel, refuses):
    agrees = {channel: True}
    with database.transaction():
        for who, name in ((ann, "kept"), (cora, "gone")):
            channels.set_channels(who, agrees, source=ChannelSource.STAFF, words="Said so", by=OPERATOR)
            if name == refuses:
                channels.set_channels(who, {channel: False}, source=ChannelSource.STAFF, words="No more", by=OPERATOR)
    merged(ann, cora)
    assert queries.channel_states(ann.id)[channel] is False


@pytest.mark.parametrize("channel", channels.KEPT_HERE)
def test_on_a_channel_that_both_want_and_on_others_nothing_changes(ann, cora, channel):
    with database.transaction():
        for who in (ann, cora):
            channels.set_channels(who, {channel: True}, source=ChannelSource.STAFF, words="Said so", by=OPERATOR)
    merged(ann, cora)
    assert queries.channel_states(ann.id) == {channel: True}


def test_e_mail_is_the_newsletters_and_every_other_channel_is_tested_here():
    assert {*channels.KEPT_HERE, Channel.EMAIL} == set(Channel)
