"""A customer's answers and tags on the pages of staff: changed with a trace, by two people, files saved."""

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditEntry
from portal.audit.service import OPERATOR
from portal.customers import custom_queries
from portal.customers.models import Customer, FieldKind, Tag
from portal.customers.service import custom_values, tags
from portal.customers.service.custom_values import Upload
from portal.foundation.database import db
from tests import cast
from tests.backoffice.desk import at_desk
from tests.customers.uploading import PDF, file

PAGE = "/staff/customers/T-ANN"


@pytest.fixture
def ann(app):
    """Ann, with her question."""
    return cast.customer(cast.ANN)


@pytest.fixture
def clara(browser):
    """The clerk at a browser."""
    return at_desk(browser, "clerk")


def known(customer):
    db.session.expire_all()
    return {row.field.key: row.value for row in custom_queries.values_of(customer.id)}


def entries(verb):
    db.session.expire_all()
    return db.session.scalars(sa.select(AuditEntry).where(AuditEntry.verb == verb).order_by(AuditEntry.id)).all()


def test_staff_answer_for_a_customer_and_the_trail_has_before_and_after(clara, ann):
    cast.custom_field("Shoe size", FieldKind.NUMBER)
    cast.custom_field("Likes", FieldKind.CHOICES, choices=["Red", "Light blue", "Green"])
    cast.custom_field("Member since", FieldKind.DATE)
    clara.open(f"{PAGE}/fields")
    typed = {"field_member_since_day": "3", "field_member_since_month": "Mar", "field_member_since_year": "2020"}
    page = clara.send("", field_shoe_size="39", field_likes=["Green", "Red"], **typed)
    assert page.request.full_path == f"{PAGE}?tab=details"
    assert known(ann) == {"shoe_size": "39", "likes": ["Red", "Green"], "member_since": "2020-03-03"}
    assert all(words in page.text for words in ("39", "Red, Green", "3 Mar 2020"))
    [entry] = entries("customer.fields_changed")
    assert entry.changes["custom:Likes"] == ["", "Red, Green"]
    clara.open(f"{PAGE}/fields")
    clara.send("", field_shoe_size="", field_likes=[])
    assert known(ann) == {"member_since": "2020-03-03"}
    assert entries("customer.fields_changed")[-1].changes["custom:Shoe size"] == ["39", ""]
    assert "Shoe size" in clara.open(f"{PAGE}?tab=audit").text


def test_saving_what_is_on_record_leaves_no_trace(clara, ann):
    field = cast.custom_field("Shoe size", FieldKind.NUMBER)
    custom_values.write(ann, {field.id: "39"}, by=OPERATOR)
    clara.open(f"{PAGE}/fields")
    clara.send("", field_shoe_size="39.0")
    assert len(entries("customer.fields_changed")) == 1


def test_every_kind_refuses_what_it_is_not_and_keeps_what_was_typed(clara, ann):
    for kind in (FieldKind.NUMBER, FieldKind.DATE, FieldKind.LINK):
        cast.custom_field(f"Kind {kind.value}", kind)
    cast.custom_field("Kind yes", FieldKind.YES_NO)
    clara.open(f"{PAGE}/fields")
    page = clara.send(
        "",
        field_kind_number="many",
        field_kind_date_day="31",
        field_kind_date_month="2",
        field_kind_date_year="2026",
        field_kind_link="javascript:alert(1)",
        field_kind_yes="perhaps",
    )
    assert page.status_code == 422
    assert page.text.count("error-message") == 4
    assert 'value="many"' in page.text
    assert 'value="javascript:alert(1)"' in page.text
    assert known(ann) == {}


def test_of_two_editors_the_second_sees_both_versions(clara, ann):
    field = cast.custom_field("Shoe size", FieldKind.NUMBER)
    clara.open(f"{PAGE}/fields")
    custom_values.set_values(ann, {field.id: "41"}, version=ann.version, by=OPERATOR)
    page = clara.send("", field_shoe_size="39")
    assert page.status_code == 409
    assert known(ann) == {"shoe_size": "41"}
    clara.send("")
    assert known(ann) == {"shoe_size": "39"}


def test_at_the_same_moment_one_of_two_saves(app, ann, at_once):
    from portal.customers.errors import EditedMeanwhile

    field_id, ann_id = cast.custom_field("Shoe size", FieldKind.NUMBER).id, ann.id

    def save(value):
        def call():
            with app.app_context():
                try:
                    custom_values.set_values(
                        db.session.get_one(Customer, ann_id), {field_id: value}, version=1, by=OPERATOR
                    )
                    db.session.commit()
                except EditedMeanwhile:
                    db.session.rollback()
                    return "too late"
                finally:
                    db.session.remove()
            return value

        return call

    results = at_once(*(save(str(size)) for size in range(36, 40)))
    assert results.count("too late") == 3
    assert known(ann) == {"shoe_size": next(size for size in results if size != "too late")}


def test_files_of_customers_and_applicants_are_saved_by_who_may_see_them(app, clara, browsers, ann):
    field = cast.custom_field("Certificate", FieldKind.FILE)
    clara.open(f"{PAGE}/fields")
    clara.send("", field_certificate=file(PDF, "scan.pdf"))
    answer = clara.client.get(f"{PAGE}/fields/{field.id}")
    assert answer.data == PDF
    assert answer.headers["Content-Security-Policy"].endswith("; sandbox")
    application = cast.applicant(cast.IVY, cast.group("Trade"))
    upload = Upload(PDF, "ivy.pdf", "application/pdf")
    custom_values.answer(application.customer, application.id, {field.id: upload}, by=OPERATOR)
    page = clara.open(f"/staff/approvals/{application.id}")
    assert "ivy.pdf" in page.text
    assert clara.client.get(f"/staff/approvals/{application.id}/answers/{field.id}").data == PDF
    mark = at_desk(browsers(), "marketing")
    for path in (f"{PAGE}/fields/{field.id}", f"/staff/approvals/{application.id}/answers/{field.id}"):
        assert mark.client.get(path).status_code == 403
    assert clara.client.get(f"{PAGE}/fields/999").status_code == 404
    assert clara.client.get(f"/staff/approvals/999/answers/{field.id}").status_code == 404


def test_tags_are_added_by_words_and_taken_off_one_by_one(clara, ann):
    clara.open(PAGE)
    page = clara.send("/tags", tags="VIP, regular , VIP,")
    assert "Tagged: VIP, regular." in page.text
    assert [tag.name for tag in custom_queries.tags_of(ann.id)] == ["regular", "VIP"]
    assert entries("customer.tagged")[-1].changes["tags"] == ["", "regular, VIP"]
    [vip] = [tag for tag in custom_queries.tags_of(ann.id) if tag.name == "VIP"]
    clara.send(f"/tags/{vip.id}/remove")
    assert [tag.name for tag in custom_queries.tags_of(ann.id)] == ["regular"]


def test_a_tag_is_one_however_it_is_spelt_and_is_suggested_to_others(clara, ann):
    ben = cast.customer(cast.BEN)
    tags.add(ben, "Café", by=OPERATOR)
    assert '<option value="Café">' in clara.open(PAGE).text
    clara.send("/tags", tags="CAFE")
    db.session.expire_all()
    assert [tag.name for tag in db.session.scalars(sa.select(Tag))] == ["Café"]
    assert set(custom_queries.tags_for([ann.id, ben.id])) == {ann.id, ben.id}


@pytest.mark.parametrize("typed", ["x" * 41, "\u200b", ", ".join(f"tag {n}" for n in range(31))])
def test_tags_that_are_too_long_too_many_or_invisible_are_refused_with_words(clara, ann, typed):
    clara.open(PAGE)
    page = clara.send("/tags", tags=typed)
    assert page.status_code == 200
    assert "k-bad" in page.text
    assert custom_queries.tags_of(ann.id) == []


def test_one_tag_put_on_at_the_same_moment_is_put_on_once(app, ann, at_once):
    ann_id = ann.id

    def put():
        with app.app_context():
            tags.add(db.session.get_one(Customer, ann_id), "VIP", by=OPERATOR)
            db.session.commit()
            db.session.remove()

    at_once(put, put, put)
    assert [tag.name for tag in custom_queries.tags_of(ann.id)] == ["VIP"]


def test_an_import_says_which_tags_a_customer_has(app, ann):
    tags.add(ann, "Old, Kept", by=OPERATOR)
    tags.replace(ann, ["Kept", "New"], by=OPERATOR)
    assert [tag.name for tag in custom_queries.tags_of(ann.id)] == ["Kept", "New"]


def test_the_list_finds_and_shows_who_has_a_tag(clara, ann):
    ben = cast.customer(cast.BEN)
    tags.add(ann, "VIP, Regular", by=OPERATOR)
    tags.add(ben, "Regular", by=OPERATOR)
    [vip] = [tag for tag in custom_queries.tags_of(ann.id) if tag.name == "VIP"]
    page = clara.open(f"/staff/customers?tag={vip.id}").text
    assert ("Ann Adeyemi" in page, "Ben Brontë" in page) == (True, False)
    assert "Tag: VIP" in page
    assert "tag=999" in clara.open("/staff/customers?tag=999").text
