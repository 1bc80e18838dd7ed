"""The groups pages: list, definition, change by two people, one default, strange names."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditEntry
from portal.audit.service import SYSTEM
from portal.foundation.database import db
from portal.groups import queries
from portal.groups.forms import GroupForm
from portal.groups.models import Approval, CustomerGroup
from portal.groups.service import groups as service
from tests import cast
from tests.backoffice.desk import at_desk

NAUGHTY = json.loads((Path(__file__).parents[1] / "vendor" / "blns.json").read_text())
TRADE = {"name": "Trade", "approval": "gate", "description": "For shops.", "at_registration": "1", "sort_order": "2"}


@pytest.fixture
def otto(browser):
    """The owner at a browser."""
    return at_desk(browser, "owner")


def named(name):
    db.session.expire_all()
    return db.session.scalar(sa.select(CustomerGroup).where(CustomerGroup.name == name))


def defaults():
    db.session.expire_all()
    return db.session.scalars(sa.select(CustomerGroup.name).where(CustomerGroup.is_default)).all()


def test_a_group_is_defined_and_listed(otto):
    otto.open("/staff/groups/new")
    page = otto.send(**TRADE)
    assert otto.path == "/staff/groups"
    assert "Trade is there." in page.text
    group = named("Trade")
    assert (group.approval, group.at_registration, group.sort_order) == (Approval.GATE, True, 2)
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.verb, entry.subject_name, entry.actor_name) == ("group.defined", "Trade", "Otto Owner")
    assert entry.changes["approval"] == [None, "gate"]


def test_a_form_sent_twice_makes_one_group(otto):
    page = otto.open("/staff/groups/new")
    otto.send(**TRADE)
    otto._arrive(page)
    assert otto.send(**TRADE).status_code == 200
    assert [group.name for group in queries.all_groups()] == ["Retail", "Trade"]


def test_the_list_counts_members_and_applications(otto):
    trade = cast.group("Trade")
    cast.applicant(cast.IVY, trade)
    page = otto.open("/staff/groups").text
    assert f'href="/staff/approvals?group={trade.id}"' in page
    assert "Default" in page


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "\u0301"}, "name"),
        ({"name": "\u200b"}, "name"),
        ({"name": " RETAIL "}, "name"),
        ({"name": "Rétail"}, "name"),
        ({"approval": "perhaps"}, "approval"),
        ({"description": "x" * 201}, "description"),
        ({"sort_order": "-1"}, "sort_order"),
        ({"sort_order": "99999"}, "sort_order"),
        ({"sort_order": "²"}, "sort_order"),
        ({"default": "1"}, "approval"),
    ],
)
def test_a_mistake_is_said_at_its_field_and_what_was_typed_stays(otto, typed, field):
    otto.open("/staff/groups/new")
    page = otto.send(**{**TRADE, **typed})
    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert "For shops." in page.text or "description" in typed
    assert [group.name for group in queries.all_groups()] == ["Retail"]


def test_naughty_strings_are_kept_as_they_are_or_refused_with_words(app):
    trade = cast.group("Trade")
    kept = 0
    for text in NAUGHTY:
        typed = {"name": text[:64], "description": text[:200], "version": str(trade.version)}
        with app.test_request_context(method="POST", data=typed):
            form = GroupForm(meta={"csrf": False})
            assert form.validate() or form.words, text
            if not form.errors:
                service.change_group(trade.id, form.terms, version=trade.version, by=SYSTEM)
                kept += 1
    db.session.commit()
    assert kept > 300


@pytest.mark.parametrize("text", NAUGHTY[::60])
def test_a_naughty_group_is_shown_without_harm(otto, text):
    trade = cast.group("Trade")
    otto.open(f"/staff/groups/{trade.id}")
    page = otto.send(name=text[:64], description=text[:200])
    assert page.status_code in (200, 422)
    assert otto.open(f"/staff/groups/{trade.id}").status_code == 200


def test_a_group_in_use_can_change(otto):
    trade = cast.group("Trade")
    waiting = cast.applicant(cast.IVY, trade)
    otto.open(f"/staff/groups/{trade.id}")
    otto.send(name="Business", approval="upgrade")
    assert named("Business").approval is Approval.UPGRADE
    assert queries.application(waiting.id).is_open
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert entry.changes == {"name": ["Trade", "Business"], "approval": ["gate", "upgrade"]}


def test_saving_without_a_change_writes_nothing(otto):
    trade = cast.group("Trade")
    otto.open(f"/staff/groups/{trade.id}")
    otto.send()
    assert db.session.scalars(sa.select(AuditEntry)).all() == []
    assert named("Trade").version == 1


def test_the_second_of_two_editors_sees_both_versions_and_loses_nothing(otto):
    trade = cast.group("Trade")
    old = otto.open(f"/staff/groups/{trade.id}")
    otto.send(name="Theirs")
    otto._arrive(old)
    page = otto.send(name="Mine")
    assert page.status_code == 409
    assert "Mine" in page.text
    assert "Theirs" in page.text
    assert named("Theirs") is not None
    otto.send()
    assert named("Mine").version == 3


@pytest.mark.parametrize("version", ["", "0", "x", "9" * 40, "-1"])
def test_a_strange_version_is_an_old_one(otto, version):
    trade = cast.group("Trade")
    otto.open(f"/staff/groups/{trade.id}")
    assert otto.send(name="Mine", version=version).status_code == 409


def test_another_default_takes_the_place_of_the_first(otto):
    club = cast.group("Club", Approval.NONE)
    otto.open(f"/staff/groups/{club.id}")
    otto.send(default="1")
    assert defaults() == ["Club"]
    assert named("Retail").version == 2
    verbs = db.session.execute(sa.select(AuditEntry.verb, AuditEntry.subject_name).order_by(AuditEntry.id)).all()
    assert [tuple(row) for row in verbs] == [("group.changed", "Retail"), ("group.changed", "Club")]


def test_the_default_is_never_only_given_up(otto):
    otto.open(f"/staff/groups/{queries.default_group().id}")
    page = otto.send(default=None)
    assert page.status_code == 422
    assert 'href="#default"' in page.text
    assert defaults() == ["Retail"]


def test_a_refused_name_leaves_the_old_default_in_place(otto):
    otto.open("/staff/groups/new")
    assert otto.send(name="retail", default="1", approval="none").status_code == 422
    assert defaults() == ["Retail"]
    assert db.session.scalars(sa.select(AuditEntry)).all() == []


@pytest.mark.parametrize("number", ["0", "999", "2147483648", "9" * 40, "-1", "x", "1.5", "%00"])
def test_a_group_that_does_not_exist_is_not_found(otto, number):
    assert otto.open(f"/staff/groups/{number}").status_code == 404


def test_a_clerk_reads_a_group_and_cannot_save_it(browser):
    clerk = at_desk(browser, "clerk")
    trade = cast.group("Trade")
    page = clerk.open(f"/staff/groups/{trade.id}")
    assert "Trade" in page.text
    assert 'name="approval"' not in page.text
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    for path in (f"/staff/groups/{trade.id}", "/staff/groups/new"):
        assert clerk.client.post(path, data={**TRADE, "csrf_token": token}).status_code == 403
    assert "Add group" not in clerk.open("/staff/groups").text


def test_marketing_has_no_business_here(browser):
    assert at_desk(browser, "marketing").open("/staff/groups").status_code == 403
