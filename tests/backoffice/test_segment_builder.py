"""Segments are built as sentences without a script, counted meanwhile, kept, and handed out as a file."""

import csv
import io

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditEntry
from portal.foundation.database import db
from portal.mail.service import suppress
from portal.newsletter import queries
from portal.newsletter.models import Campaign, Segment, SubscriptionState
from portal.newsletter.rules.segments import Row
from portal.newsletter.service import segments
from portal.staff.rules import Permission
from tests import cast
from tests.backoffice.desk import at_desk, seated
from tests.newsletter.people import every, segment, subscriber

INDIA = Row("country", "is", "IN")


@pytest.fixture
def people(app):
    ann, ben = cast.customer(cast.ANN, with_account=False), cast.customer(cast.BEN, with_account=False)
    ann.country, ben.country = "IN", "GB"
    for email in (cast.ANN.email, cast.BEN.email):
        subscriber(email)
    subscriber("zoe@demo.example", SubscriptionState.PENDING)


@pytest.fixture
def mark(browser, people):
    return at_desk(browser, "marketing")


def listed():
    return f"/staff/audiences/{queries.default_audience().id}/segments"


def kept():
    db.session.expire_all()
    return db.session.scalars(sa.select(Segment)).all()


def test_a_segment_is_built_button_by_button(mark):
    page = mark.open(f"{listed()}/new")
    assert "The whole audience so far" in page.text
    mark.send(act="add:0", what_0="country")
    mark.send(act="box", value_1="IN")
    mark.send(act="add:1", what_1="customer")
    mark.send(act="add:1", what_1="signed-in")
    page = mark.send(act="look", how_3="never")
    assert '<span class="h1 tnum">1</span> person' in page.text
    assert kept() == []
    page = mark.send(act="save", name="  India,  or new ")
    [row] = kept()
    assert mark.path == f"/staff/segments/{row.id}"
    assert row.name == "India, or new"
    said = "Country is India and (This person has a customer record or Last sign-in never was)"
    assert segments.in_words(row) == said
    assert said in mark.open(listed()).text


def test_rows_and_boxes_are_taken_away_again(mark):
    mark.open(f"{listed()}/new")
    mark.send(act="add:0", what_0="country")
    mark.send(act="box")
    mark.send(act="add:1", what_1="language")
    mark.send(act="box")
    mark.send(act="add:2", what_2="created")
    mark.send(act="drop:1")
    mark.send(act="unbox:1")
    mark.send(act="save", name="New ones")
    assert segments.in_words(kept()[0]) == "(First known as a customer was in the last 30 days)"


def test_several_values_are_ticked_in_one_condition(mark):
    mark.open(f"{listed()}/new")
    mark.send(act="add:0", what_0="country")
    page = mark.send(act="look", how_1="one-of")
    assert page.text.count('name="value_1"') > 200
    assert page.text.count(" checked>") == 0
    assert mark.send(act="save", name="Near", value_1=[]).status_code == 422
    assert "choose at least one" in mark.page.text
    page = mark.send(act="look", value_1=["IN", "GB"])
    assert '<span class="h1 tnum">2</span> people' in page.text
    mark.send(act="save", name="Near", value_1=["IN", "GB"])
    assert segments.in_words(kept()[0]) == "Country is one of India, United Kingdom"
    page = mark.open(mark.path)
    assert page.text.index('value="GB" checked') < page.text.index('value="AF"')
    mark.send(act="look", how_1="is")
    mark.send(act="save")
    assert segments.in_words(kept()[0]) == "Country is United Kingdom"


def test_a_value_that_is_gone_stays_ticked_until_somebody_unticks_it(mark):
    row = segment("Near", every(INDIA))
    row.conditions = {"match": "all", "parts": [{"field": "group", "operator": "one-of", "value": "1\n4711"}]}
    db.session.commit()
    page = mark.open(f"/staff/segments/{row.id}")
    assert "Not there any more" in page.text
    assert mark.send(act="save").status_code == 422
    mark.send(act="save", value_1=["1"])
    assert segments.trouble(kept()[0]) == ""


def test_what_is_not_finished_is_not_kept_and_says_where(mark):
    mark.open(f"{listed()}/new")
    assert mark.send(act="save", name="Empty").status_code == 422
    assert "this would be everybody" in mark.page.text
    mark.send(act="add:0", what_0="created")
    page = mark.send(act="save", name="", value_1="many")
    assert page.status_code == 422
    assert 'href="#value_1"' in page.text
    assert 'href="#name"' in page.text
    assert kept() == []


def test_two_segments_share_no_name(mark):
    segment("India", every(INDIA))
    mark.open(f"{listed()}/new")
    mark.send(act="add:0", what_0="country")
    assert mark.send(act="save", name="INDIA").status_code == 422
    assert len(kept()) == 1


HOSTILE = {
    "act": "\0",
    "name": "\0" * 10,
    "match_0": "most",
    "match_1": "x",
    "match_999": "all",
    "what_0": "' OR 1=1 --",
    "field_1": "'; DROP TABLE subscription; --",
    "how_1": "%",
    "value_1": "a" * 10_000,
    "box_1": "9" * 500,
    "field_2": "country",
    "how_2": "is",
    "value_2": "\ud83d",
    "field_21": "country",
}


@pytest.mark.parametrize("act", ["", "add:0", "add:9", "add:-1", "drop:99", "drop:x", "unbox:0", "unbox:9", "box", "٣"])
def test_nonsense_is_no_defect(mark, act):
    path = f"{listed()}/new"
    mark.open(path)
    values = {name: text.encode("utf-8", "replace").decode() for name, text in HOSTILE.items()}
    answer = mark.send(**(values | {"act": act}))
    assert answer.status_code in (200, 422)
    assert kept() == []


def test_a_segment_is_changed_by_one_person_at_a_time(mark):
    row = segment("India", every(INDIA))
    mark.open(f"/staff/segments/{row.id}")
    segments.change(row.id, "India today", every(INDIA), version=1, by=segments.audit.SYSTEM)
    page = mark.send(act="save", name="India tomorrow")
    assert page.status_code == 409
    assert kept()[0].name == "India today"


def test_a_segment_that_cannot_be_read_says_so_and_can_be_mended(mark):
    row = segment("India", every(INDIA))
    row.conditions = {"match": "all", "parts": [{"field": "group", "operator": "is", "value": "4711"}]}
    assert "Nobody: can’t be read" in mark.open(listed()).text
    page = mark.open(f"/staff/segments/{row.id}")
    assert "nobody is in this segment" in page.text
    mark.send(act="save", value_1=str(1))
    assert segments.trouble(kept()[0]) == ""


def test_a_segment_that_campaigns_need_is_not_deleted(mark):
    row = segment("India", every(INDIA))
    campaign = Campaign(public_id="a", audience_id=row.audience_id, name="Lamps for India", segment_id=row.id)
    db.session.add(campaign)
    assert "Lamps for India" in mark.open(f"/staff/segments/{row.id}/delete").text
    campaign.segment_id = None
    mark.open(f"/staff/segments/{row.id}/delete")
    mark.send("/delete")
    assert kept() == []


def test_the_file_holds_whom_a_campaign_to_it_would_reach(mark):
    row = segment("Customers", every(Row("customer", "is", "record")))
    suppress(cast.BEN.email, "bounced")
    answer = mark.open(f"{listed()}/{row.id}/export.csv")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert [cells[0] for cells in rows] == ["email", cast.ANN.email]
    [entry] = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.verb == "audience.exported"))
    assert entry.changes["state"] == [None, "segment Customers"]
    assert mark.open(f"/staff/audiences/4711/segments/{row.id}/export.csv").status_code == 404


def test_who_may_only_look_reads_the_sentence_and_builds_nothing(browser, people):
    seated(browser, cast.member(cast.MARK, "looker", {Permission.AUDIENCE_VIEW}))
    row = segment("India", every(INDIA))
    page = browser.open(f"/staff/segments/{row.id}")
    assert "Country is India" in page.text
    assert "Save segment" not in page.text
    assert browser.open(f"{listed()}/new").status_code == 403
    assert browser.open(f"{listed()}/{row.id}/export.csv").status_code == 403
