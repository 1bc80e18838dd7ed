"""Who counts as one who may decide about an export that waits, in the menu, on the home and in the mailbox."""

import pytest
import sqlalchemy as sa

from portal.accounts.models.account import AccountStatus
from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.mail.models import OutboxMessage
from portal.mail.service import posting
from portal.staff.rules import OWNER, Permission
from portal.transfers import queries
from portal.transfers.models import ExportState
from portal.transfers.service import permitting
from portal.transfers.service.permitting import Wanted
from tests import cast
from tests.backoffice.desk import seated

WAITS = "transfers.export_waits"
EXPORTS = "/staff/transfers/exports"
EXPORTER = {Permission.CUSTOMER_VIEW.value, Permission.CUSTOMER_EXPORT.value}


@pytest.fixture
def clara(app):
    """Who asks."""
    return cast.member(cast.CLARA, "exporter", EXPORTER)


@pytest.fixture
def otto(app):
    """Who may do everything."""
    return cast.member(cast.OTTO, "owner", set(OWNER))


@pytest.fixture
def mark(app):
    """Who may export as Clara may, and neither import nor see masked numbers."""
    return cast.member(cast.MARK, "exporter", EXPORTER)


@pytest.fixture(autouse=True)
def strict(app, shop_wants):
    """A shop in which nobody takes out more than one customer alone, with two of them."""
    for person in (cast.ANN, cast.BEN):
        cast.customer(person)
    shop_wants(export_second_person=1)


def actor(member):
    return Actor(ActorKind.STAFF, member.id, member.name)


def ask(member, *, masked=False):
    wanted = Wanted([], "", "csv", is_revealing=masked)
    row = permitting.ask(wanted, {}, "For the printer", by=actor(member))
    db.session.commit()
    return row


def mailed():
    """To whom the mail about a waiting export was posted, in order."""
    rows = sa.select(OutboxMessage.to).where(OutboxMessage.kind == WAITS).order_by(OutboxMessage.to)
    return list(db.session.scalars(rows))


def test_it_is_counted_for_everybody_but_who_asked(clara, otto, mark):
    ask(clara)
    counts = [queries.count_exports_for(member.id) for member in (clara, otto, mark)]
    assert counts == [0, 1, 1]
    assert queries.oldest_export_for(clara.id) is None
    ask(otto)
    assert queries.count_exports_for(clara.id) == 1
    assert queries.count_exports_for(mark.id) == 2
    assert queries.oldest_export_for(mark.id).asked_name == "Clara Clerk"


def test_one_that_needed_nobody_is_not_counted_and_mails_nobody(clara, otto, shop_wants):
    shop_wants(export_second_person=0)
    assert ask(clara).state is ExportState.APPROVED
    assert queries.count_exports_for(otto.id) == 0
    assert mailed() == []


def test_masked_numbers_wait_for_those_alone_who_may_see_them(clara, otto, mark):
    ask(clara, masked=True)
    assert queries.count_exports_for(mark.id, masked=False) == 0
    assert queries.oldest_export_for(mark.id, masked=False) is None
    assert queries.count_exports_for(otto.id) == 1
    assert mailed() == [cast.OTTO.email]


def test_the_menu_leads_whoever_may_approve_to_it_also_without_the_right_to_import(clara, mark, browsers):
    ask(clara)
    page = seated(browsers(), mark).open("/staff").text
    assert f'href="{EXPORTS}"' in page
    assert 'href="/staff/transfers"' not in page
    home = page.partition('id="waiting"')[2].partition("</section>")[0]
    assert '<span class="big">1</span>' in home
    assert "Exports" in home
    assert "Oldest: asked for by Clara Clerk, now" in home
    mine = seated(browsers(), clara).open("/staff").text
    assert f'href="{EXPORTS}"' in mine
    assert "Nothing waits for you." in mine


def test_a_file_with_masked_numbers_is_no_queue_of_who_may_not_decide_it(clara, mark, otto, browsers):
    ask(clara, masked=True)
    assert "Nothing waits for you." in seated(browsers(), mark).open("/staff").text
    assert "Oldest: asked for by Clara Clerk" in seated(browsers(), otto).open("/staff").text


def test_each_approver_gets_one_mail_and_who_asked_none(clara, otto, mark):
    row = ask(clara)
    assert mailed() == [cast.MARK.email, cast.OTTO.email]
    permitting.approve(row, by=actor(otto))
    db.session.commit()
    assert mailed() == [cast.MARK.email, cast.OTTO.email]


def test_those_who_left_or_are_disabled_are_not_mailed(clara, otto, mark):
    mark.dismissed_at = now()
    otto.account.status = AccountStatus.DISABLED
    db.session.commit()
    ask(clara)
    assert mailed() == []


def test_the_mail_of_masked_numbers_says_so(clara, otto, mailbox):
    ask(clara, masked=True)
    [mail] = mailbox()
    assert "masked elsewhere" in " ".join(mail.get_body(("plain",)).get_content().split())


def test_the_mail_is_in_the_language_of_its_reader(clara, otto):
    otto.account.locale = "de"
    db.session.commit()
    ask(clara)
    [message] = db.session.scalars(sa.select(OutboxMessage).where(OutboxMessage.kind == WAITS))
    assert posting.kind_of(message).render(message).locale == "de"


@pytest.mark.parametrize("meanwhile", ["approved", "ran out", "dismissed", "right taken away", "gone"])
def test_a_mail_that_has_nothing_to_say_any_more_does_not_leave(clara, otto, mark, mailbox, meanwhile):
    row = ask(clara)
    if meanwhile == "approved":
        permitting.approve(row, by=actor(otto))
    elif meanwhile == "ran out":
        row.expires_at = now()
    elif meanwhile == "dismissed":
        otto.dismissed_at = mark.dismissed_at = now()
    elif meanwhile == "right taken away":
        otto.dismissed_at = now()
        mark.roles[0].role.grants = []
    else:
        db.session.delete(row)
    db.session.commit()
    assert [mail["To"] for mail in mailbox() if "waits" in mail["Subject"]] == []
