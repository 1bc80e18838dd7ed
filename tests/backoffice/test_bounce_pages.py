"""Staff look at what came back and settle what the portal did not understand."""

import pytest

from portal.foundation.database import transaction
from portal.newsletter.bounces import intake
from portal.newsletter.models import ReportKind, SubscriptionState
from portal.newsletter.queries import reports
from portal.staff.rules import Permission
from tests import cast
from tests.backoffice.desk import at_desk, seated
from tests.browsing import Forms
from tests.newsletter.campaigns import subscribe
from tests.newsletter.comings import subscriptions, work_on

ODD = (
    b"From: odd@mx.example\r\nSubject: Something happened <script>x</script>\r\n\r\n"
    b"Nobody knows what.\x1b[2J\xe2\x80\xae\r\n"
)


@pytest.fixture
def marketing(app, browser):
    return at_desk(browser, "marketing")


@pytest.fixture
def odd(app):
    """The number of a report that nobody understands."""
    subscribe(2)
    with transaction():
        intake.keep(ODD, "bounces@bounce.demo.example")
    work_on()
    [row] = reports.page([ReportKind.UNCLEAR]).rows
    return row.id


def states():
    return [row.state for row in subscriptions()]


def test_what_is_not_understood_waits_and_is_read_as_plain_text(marketing, odd):
    listed = marketing.open("/staff/bounces").text
    assert "Something happened &lt;script&gt;" in listed
    page = marketing.open(f"/staff/bounces/{odd}").text
    assert "Nobody knows what.�[2J�" in page
    assert "<script>x" not in page


@pytest.mark.parametrize(
    ("decision", "state"),
    [("bounce", SubscriptionState.CLEANED), ("complaint", SubscriptionState.COMPLAINED)],
)
def test_somebody_says_what_it_is_and_whose(marketing, odd, decision, state):
    marketing.open(f"/staff/bounces/{odd}")
    page = marketing.send(decision=decision, email="Zoe1@demo.example").text
    assert f"It counts as a {decision}." in page
    assert states() == [SubscriptionState.ACTIVE, state]
    row = reports.by_id(odd)
    assert (row.kind.value, row.settled_by) == (decision, "Mark Marketing")
    assert "Not yet" not in marketing.open(f"/staff/bounces/{odd}").text


def test_a_report_is_ignored_without_an_address(marketing, odd):
    marketing.open(f"/staff/bounces/{odd}")
    assert "The report is ignored." in marketing.send(decision="ignored", email="").text
    assert states() == [SubscriptionState.ACTIVE] * 2
    assert "Nothing to look at" in marketing.open("/staff/bounces").text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"decision": "bounce", "email": ""}, "No subscriber has this address"),
        ({"decision": "bounce", "email": "nobody@demo.example"}, "No subscriber has this address"),
        ({"decision": "bounce", "email": "x" * 10_000}, "must be 320 characters or fewer"),
        ({"decision": "bounce", "email": "a\0b"}, "can’t be shown"),
        ({"decision": "nonsense", "email": ""}, "Choose what it is"),
    ],
)
def test_what_is_typed_wrong_is_said(marketing, odd, typed, words):
    marketing.open(f"/staff/bounces/{odd}")
    answer = marketing.send(**typed)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert states() == [SubscriptionState.ACTIVE] * 2


def test_two_who_decide_do_not_undo_each_other(marketing, odd):
    page = marketing.open(f"/staff/bounces/{odd}")
    typed = {**Forms(page.text).forms[-1]["fields"], "decision": "bounce", "email": "zoe0@demo.example"}
    marketing.send(decision="ignored", email="")
    again = marketing.client.post(f"/staff/bounces/{odd}", data=typed)
    assert again.status_code == 409
    assert states() == [SubscriptionState.ACTIVE] * 2


@pytest.mark.parametrize("path", ["/staff/bounces/0", "/staff/bounces/99999999999999"])
def test_a_report_that_is_not_there_is_not_found(marketing, path):
    assert marketing.open(path).status_code == 404


def test_who_may_only_look_finds_no_button(app, browser, odd):
    clerk = seated(browser, cast.member(cast.CLARA, "clerk", {Permission.BOUNCE_VIEW.value}))
    assert "Ignore it" not in clerk.open(f"/staff/bounces/{odd}").text


@pytest.mark.parametrize("view", ["bounces", "complaints", "others", "nonsense"])
def test_every_view_opens(marketing, odd, view):
    assert marketing.open(f"/staff/bounces?view={view}&after=%00&before=x").status_code == 200
