"""An export that needs a second member: who is told of it, who sees it wait, and whom it is none of the business of."""

import pytest
import sqlalchemy as sa

from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.foundation.database import db
from portal.staff.rules import OWNER, Permission
from portal.transfers import queries
from portal.transfers.models import Export, ExportState
from portal.transfers.service import permitting
from tests import cast
from tests.backoffice.calling import enter
from tests.backoffice.desk import seated
from tests.backoffice.test_exports import EXPORTS, MAY_EXPORT, answer, ask_for
from tests.browsing import Browser

MASKED = permitting.Wanted((), "", "csv", is_revealing=True)


@pytest.fixture(autouse=True)
def strict(shop_wants):
    """A shop in which nobody takes out more than one customer alone."""
    shop_wants(export_second_person=1)
    return [cast.customer(person) for person in (cast.ANN, cast.BEN)]


@pytest.fixture
def owner(browser):
    return enter(browser, cast.OTTO, set(OWNER), "owner")


@pytest.fixture
def exporter(app):
    return enter(Browser(app), cast.CLARA, MAY_EXPORT, "exporter")


def test_whoever_may_decide_is_told_once_and_sees_it_wait(owner, exporter, mailbox):
    mine = ask_for(exporter).headers["Location"]
    waiting = [one for one in mailbox() if one["Subject"] == "An export waits for your approval"]
    assert [one["To"] for one in waiting] == [cast.OTTO.email]
    text = " ".join(waiting[0].get_body(("plain",)).get_content().split())
    assert "Clara Clerk asks for an export of 2 customers." in text
    assert mine in text
    home = owner.open("/staff").text
    assert "Exports to approve" in home
    assert "Oldest: asked for by Clara Clerk" in home
    assert "Oldest: asked for" not in exporter.open("/staff").text
    answer(owner, mine)
    assert "Oldest: asked for" not in owner.open("/staff").text


def test_an_export_of_masked_numbers_waits_for_who_may_see_them(exporter, outbox):
    cast.member(cast.MARK, "other exporter", {one.value for one in MAY_EXPORT})
    sees = {one.value for one in MAY_EXPORT | {Permission.CUSTOMER_REVEAL}}
    member = cast.member(cast.OTTO, "revealer", sees)
    permitting.ask(MASKED, {}, "For the tax office", by=Actor(ActorKind.STAFF, member.id + 100, "Somebody"))
    assert [one.to for one in outbox() if one.kind == "transfers.export_waits"] == [cast.OTTO.email]


def test_what_was_decided_before_the_mail_left_is_mailed_to_nobody(owner, exporter, mailbox):
    answer(owner, ask_for(exporter).headers["Location"])
    assert [one["Subject"] for one in mailbox()] == ["Your export is approved"]


@pytest.mark.parametrize("state", [ExportState.APPROVED, ExportState.DECLINED, None])
def test_only_what_waits_is_counted_and_never_ones_own(app, exporter, state):
    ask_for(exporter)
    row = db.session.scalars(sa.select(Export)).one()
    assert (queries.count_exports_for(row.asked_by), queries.count_exports_for(row.asked_by + 1)) == (0, 1)
    if state is None:
        row.expires_at = row.asked_at
    else:
        row.state = state
    db.session.commit()
    assert queries.count_exports_for(row.asked_by + 1) == 0


def test_whose_right_ends_at_one_store_hears_of_none(exporter, outbox):
    rights = {one.value for one in MAY_EXPORT}
    pune = seated(Browser(exporter.client.application), cast.member(cast.MARK, "pune", rights, cast.store()))
    mine = ask_for(exporter).headers["Location"]
    assert "Exports to approve" not in pune.open("/staff").text
    assert [pune.open(path).status_code for path in (EXPORTS, mine)] == [403, 403]
    assert outbox() == []
