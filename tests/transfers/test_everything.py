"""Everything that is known of a customer is in the file, and comes back from it as it was."""

from datetime import date

from portal.customers import custom_queries
from portal.customers.models import (
    Address,
    Channel,
    ChannelAction,
    ChannelConsent,
    ChannelSource,
    CustomField,
    FieldKind,
    FieldValue,
    Gender,
    PosSettings,
    Statutory,
    Tag,
    Telephone,
    TelephoneKind,
    customer_tag,
)
from portal.customers.rules import custom_fields
from portal.customers.service import sealing
from portal.foundation import csvfile
from portal.foundation.database import db
from portal.transfers import queries
from portal.transfers.models import Outcome
from portal.transfers.rules.columns import MASKED
from tests import cast
from tests.transfers.test_exporting import FORMULAS, fill, rows_of


def everything(number):
    """A customer with every field filled, spelt as awkwardly as fields allow."""
    row = cast.customer(cast.Person('=Zoë, "Z"', "-O’Hara; 'x'", "zoe@shop.example"), number=number)
    row.external_id, row.remarks = "@ext,1", '=SUM(1)\n"two", lines'
    row.gender, row.born_on, row.nationality = Gender.OTHER, date(1987, 3, 27), "IN"
    row.anniversary_on, row.preferred_channel = date(2020, 2, 29), Channel.SMS
    for kind, typed, e164 in (
        ("home", "+91 20 2612 3456", "+912026123456"),
        ("work", "020 2612 3457", "+912026123457"),
    ):
        row.telephones.append(Telephone(kind=TelephoneKind(kind), typed=typed, e164=e164, is_primary=False))
    row.telephone_count = len(row.telephones)
    numbers = {
        "pan": "AAPFU0939F",
        "gstin": "27AAPFU0939F1ZV",
        "vat_id": "DE136695976",
        "drivers_licence": "-MH12 2011",
    }
    sealed = {name: sealing.seal(text) for name, text in numbers.items()}
    row.statutory = Statutory(**sealed, state_of_registration="Maharashtra")
    row.pos = PosSettings(allow_credit_sale=True, price_note="+5 %, net")
    live_and_pay(row)
    tag_and_answer(row)
    consent(row)
    db.session.commit()
    return row


def live_and_pay(row):
    at = {"customer_id": row.id, "address_1": "+1 Hill Road", "city": "Pune", "state": "MH", "country": "IN"}
    at |= {"postcode": "411001"}
    door = {"telephone": "+912026123456", "delivery_note": "-ring", "gate_code": sealing.seal("#12")}
    db.session.add(Address(**at, **door, recipient="=Zoë", is_delivery=True))
    db.session.add(Address(**at, recipient="|Bills", company="@Co", is_billing=True))
    db.session.flush()


def consent(row):
    grant, withdraw = ChannelAction.GRANT, ChannelAction.WITHDRAW
    for channel, action in ((Channel.POST, grant), (Channel.POST, withdraw), (Channel.SMS, grant)):
        step = {"customer_id": row.id, "channel": channel, "action": action}
        db.session.add(ChannelConsent(**step, source=ChannelSource.STAFF, words="asked"))
        db.session.flush()


ANSWERS = {
    FieldKind.TEXT: "=1, \"2\" 'x'",
    FieldKind.LONG_TEXT: "two\nlines",
    FieldKind.NUMBER: "-12.5",
    FieldKind.DATE: "2020-02-29",
    FieldKind.CHOICE: "@Home",
    FieldKind.CHOICES: ["@Home", "At, work"],
    FieldKind.YES_NO: True,
    FieldKind.LINK: "https://shop.example/?a=1&b=2",
}


def tag_and_answer(row):
    for name in ("Wholesale", "-vip"):
        tag = Tag(name=name, name_key=name.lower())
        db.session.add(tag)
        db.session.flush()
        db.session.execute(customer_tag.insert().values(customer_id=row.id, tag_id=tag.id))
    for place, (kind, value) in enumerate(ANSWERS.items()):
        choices = ["@Home", "At, work", "Away"] if kind in (FieldKind.CHOICE, FieldKind.CHOICES) else []
        name = f"My {kind}"
        field = CustomField(key=kind.replace("-", "_"), name=name, name_key=name.lower(), kind=kind, choices=choices)
        field.sort_order = place
        db.session.add(field)
        db.session.flush()
        db.session.add(FieldValue(customer_id=row.id, field_id=field.id, value=value))


def told(content):
    head, row = rows_of(content)
    return dict(zip(head, map(csvfile.plain, row), strict=True))


def test_everything_that_is_known_of_a_customer_is_in_the_file(exported):
    everything("Z-1")
    row = told(exported(revealing=True))
    assert row["further_telephones"] == "home: +91 20 2612 3456; work: 020 2612 3457"
    assert row["tags"] == "-vip, Wholesale"
    assert (row["consent_sms"], row["consent_telephone"], row["consent_post"]) == ("yes", "", "no")
    assert (row["recipient"], row["billing_recipient"], row["billing_company"]) == ("=Zoë", "|Bills", "@Co")
    assert (row["allow_credit_sale"], row["email_receipts"], row["price_note"]) == ("yes", "no", "+5 %, net")
    assert [row[name] for name in ("pan", "gstin", "vat_id")] == ["AAPFU0939F", "27AAPFU0939F1ZV", "DE136695976"]
    assert (row["drivers_licence"], row["gate_code"], row["delivery_note"]) == ("-MH12 2011", "#12", "-ring")
    assert row["gender"] == "other"
    assert row["date_of_birth"] == "1987-03-27"


def test_fields_of_the_shops_own_are_written_as_they_are_read(exported):
    everything("Z-1")
    row = told(exported())
    fields = {field.kind: field for field in custom_queries.fields_in_use()}
    for kind, value in ANSWERS.items():
        text = row[f"field:{fields[kind].key}"]
        assert text == custom_fields.as_text(fields[kind], value)
        assert custom_fields.from_text(fields[kind], text) == value


def test_masked_columns_are_left_out_unless_they_are_asked_for(exported):
    everything("Z-1")
    assert not set(rows_of(exported())[0]) & set(MASKED)
    assert b"AAPFU0939F" not in exported()


def test_both_ways_of_writing_say_the_same(exported):
    """What the database writes and what Python writes, guards included."""
    fill(
        [
            *FORMULAS,
            "Ünal",
            "Łódź",
            "अनु",
            "山田",
            "﹢1",
            "٣",
            "(x)",
            "!x",
            "\u2003=1",
            "\ufeff=1",
            "{=1",
            "~-1",
            "]",
            "[=1]",
        ]
    )
    everything("Z-1")
    quick, slow = rows_of(exported()), rows_of(exported(revealing=True))
    width = len(quick[0])
    assert [row[:width] for row in slow] == quick


def test_everything_comes_back_as_it_was(exported, checked):
    everything("Z-1")
    wanted = checked(exported(revealing=True))
    assert [(row.column, row.value, row.reason) for row in queries.rows(wanted.id, Outcome.PROBLEM)] == []
    assert [row.before for row in queries.rows(wanted.id, Outcome.CHANGE)] == []
    assert wanted.counts == {"same": 1}
