"""The shop's own fields: defined, changed by two people, put in order, retired and brought back."""

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditEntry
from portal.audit.service import OPERATOR
from portal.customers import custom_queries
from portal.customers.errors import FieldNameTaken
from portal.customers.models import CustomField, FieldKind, FieldValue
from portal.customers.service import custom_fields as service
from portal.customers.service.custom_fields import Definition
from portal.foundation.database import db
from portal.groups import queries as groups
from tests import cast
from tests.backoffice.desk import at_desk

GST = {
    "name": "GST number",
    "kind": "text",
    "help": "As on your registration.",
    "example": "411001",
    "pattern": "[0-9]{6}",
}


@pytest.fixture
def otto(browser):
    """The owner at a browser."""
    return at_desk(browser, "owner")


def names():
    db.session.expire_all()
    return [row.name for row in custom_queries.fields_in_use()]


def only():
    db.session.expire_all()
    return db.session.scalars(sa.select(CustomField)).one()


def test_a_field_is_defined_and_listed(otto):
    trade = cast.group("Trade")
    otto.open("/staff/fields/new")
    page = otto.send(**GST, **{f"group_{trade.id}": "required"})
    assert otto.path == "/staff/fields"
    assert "GST number is there." in page.text
    row = only()
    assert (row.key, row.kind, row.pattern) == ("gst_number", FieldKind.TEXT, "[0-9]{6}")
    assert [(asked.field.name, asked.is_required) for asked in custom_queries.asked_by([trade.id])] == [
        ("GST number", True)
    ]
    assert custom_queries.asked_by([groups.default_group().id]) == []
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.verb, entry.subject_name, entry.actor_name) == ("field.defined", "GST number", "Otto Owner")


def test_a_form_sent_twice_makes_one_field(otto):
    page = otto.open("/staff/fields/new")
    otto.send(**GST)
    otto._arrive(page)
    assert otto.send(**GST | {"name": "Other"}).status_code == 200
    assert names() == ["GST number"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": ""}, "Enter a name"),
        ({"name": "x" * 81}, "80 characters or fewer"),
        ({"kind": "picture"}, "Choose a kind from the list"),
        ({"pattern": "[0-9"}, "At character 5"),
        ({"pattern": "x" * 201}, "200 characters or fewer"),
        ({"example": "four"}, "would refuse its own example"),
        ({"kind": "choice", "choices": "Red"}, "at least two choices"),
        ({"kind": "choices", "choices": "Red\nGreen; blue"}, "semicolon"),
    ],
)
def test_what_is_not_right_is_told_at_its_field_and_what_was_typed_stays(otto, typed, words):
    otto.open("/staff/fields/new")
    page = otto.send(**GST | typed)
    assert page.status_code == 422
    assert words in page.text
    assert "As on your registration." in page.text
    assert names() == []


def test_two_fields_never_have_one_name(otto):
    cast.custom_field("GST number")
    otto.open("/staff/fields/new")
    page = otto.send(**GST | {"name": "gst  NUMBER"})
    assert page.status_code == 422
    assert "Another field is called" in page.text


def test_names_that_files_would_spell_alike_get_spellings_of_their_own(app):
    keys = [cast.custom_field(name).key for name in ("Size (cm)", "Size cm", "名前", "住所", "Number")]
    assert keys == ["size_cm", "size_cm_2", "field", "field_2", "number_2"]


def test_at_the_same_moment_one_of_two_gets_the_name(app, at_once):
    def define():
        with app.app_context():
            try:
                service.define_field(Definition(name="GST number"), by=OPERATOR)
                db.session.commit()
            except FieldNameTaken:
                db.session.rollback()
                return "taken"
            finally:
                db.session.remove()
        return "made"

    assert sorted(at_once(define, define)) == ["made", "taken"]


def test_a_field_changes_but_for_its_kind_and_its_spelling(otto):
    row = cast.custom_field("GST number")
    otto.open(f"/staff/fields/{row.id}")
    otto.send(name="Tax number", kind="file", help="Now called so.")
    row = only()
    assert (row.name, row.key, row.kind, row.help, row.version) == (
        "Tax number",
        "gst_number",
        FieldKind.TEXT,
        "Now called so.",
        2,
    )
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.verb == "field.changed")).one()
    assert entry.changes["name"] == ["GST number", "Tax number"]


def test_the_second_of_two_editors_sees_both_versions_and_may_save_theirs(otto):
    trade = cast.group("Trade")
    row = cast.custom_field("GST number", groups={trade.id: False})
    otto.open(f"/staff/fields/{row.id}")
    service.change_field(row.id, Definition(name="GSTIN", groups={trade.id: True}), version=1, by=OPERATOR)
    page = otto.send(name="Tax number", **{f"group_{trade.id}": "asked"})
    assert page.status_code == 409
    assert all(words in page.text for words in ("GSTIN", "Tax number", "Asked and required"))
    assert only().name == "GSTIN"
    otto.send()
    assert only().name == "Tax number"


def test_up_and_down_change_places_and_the_ends_stay_ends(otto):
    first, second, third = (cast.custom_field(name) for name in ("One", "Two", "Three"))
    otto.open("/staff/fields")
    otto.send(f"/{third.id}/up")
    assert names() == ["One", "Three", "Two"]
    otto.client.post(f"/staff/fields/{first.id}/up", data={"csrf_token": token(otto)})
    otto.client.post(f"/staff/fields/{second.id}/down", data={"csrf_token": token(otto)})
    assert names() == ["One", "Three", "Two"]
    otto.client.post(f"/staff/fields/{first.id}/down", data={"csrf_token": token(otto)})
    assert names() == ["Three", "One", "Two"]


def token(browser):
    return browser.page.text.split('name="csrf_token" value="')[1].split('"')[0]


def test_a_retired_field_is_asked_nowhere_keeps_its_answers_and_comes_back(otto):
    default = groups.default_group().id
    row = cast.custom_field("Shoe size", FieldKind.NUMBER, {default: True})
    ann = cast.customer(cast.ANN)
    db.session.add(FieldValue(customer_id=ann.id, field_id=row.id, value="39"))
    otto.open(f"/staff/fields/{row.id}")
    page = otto.send("/retire")
    assert "asked nowhere any more" in page.text
    assert custom_queries.asked_by([default]) == []
    assert [value.value for value in custom_queries.values_of(ann.id)] == ["39"]
    assert "retired field" in otto.open("/staff/customers/T-ANN?tab=details").text
    assert 'name="field_shoe_size"' not in otto.open("/staff/customers/T-ANN/fields").text
    otto.open("/staff/fields")
    otto.send("/bring-back")
    assert [asked.field.name for asked in custom_queries.asked_by([default])] == ["Shoe size"]


def test_who_may_only_look_sees_fields_and_changes_none(browser):
    row = cast.custom_field("GST number")
    clara = at_desk(browser, "clerk")
    page = clara.open("/staff/fields")
    assert "GST number" in page.text
    assert "Add field" not in page.text
    assert '<form method="post"' not in clara.open(f"/staff/fields/{row.id}").text.split("<main")[1]
    assert clara.client.get("/staff/fields/new").status_code == 403


def test_an_unknown_field_is_told_so(otto):
    assert otto.open("/staff/fields/999").status_code == 404
    assert "No fields yet" in otto.open("/staff/fields").text
