"""What happened to a record that became part of another is on the page of the one that was kept, and nowhere else."""

import io
import json
import re
import zipfile

import pytest
import sqlalchemy as sa

from portal.accounts.models import ChangeState, EmailChange, SessionKind
from portal.accounts.service import sessions
from portal.accounts.service.sessions import Visitor
from portal.audit import queries as audit
from portal.audit.service import OPERATOR, SYSTEM, Subject, record
from portal.backoffice.customers import timeline
from portal.customers.models import Channel, ChannelSource, CustomerView
from portal.customers.service import channels, merging, records
from portal.foundation import database
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.newsletter import queries as newsletter
from portal.newsletter.service import consent
from portal.newsletter.service.consent import Proof
from portal.storefront import everything_held
from portal.transfers.models import Import, ImportRow, Outcome, Stage
from tests import cast
from tests.backoffice.desk import at_desk
from tests.cast import ANN, BEN
from tests.customers.test_plans import plans
from tests.work import measured

PATH = "/staff/customers/T-ANN"
OF_BEN = ("change of Ben’s record", "Mail: Invitation", "Browser of Ben", "Consent of Ben", "ben.csv")


@pytest.fixture
def ann(app):
    return cast.customer(ANN)


@pytest.fixture
def ben(app):
    """Somebody with a history of five kinds; Ann has none."""
    ben = cast.customer(BEN)
    record("customer.changed", records.subject(ben), by=SYSTEM, reason="change of Ben’s record")
    record("account.unlocked", Subject("account", ben.account_id, ben.name), by=SYSTEM, reason="unlocked for Ben")
    sessions.open_session(ben.account, SessionKind.CUSTOMER, Visitor("192.0.2.1", "Browser of Ben"))
    looked_at(ben)
    channels.set_channels(ben, {Channel.SMS: True}, source=ChannelSource.STAFF, words="Consent of Ben", by=OPERATOR)
    consent.invite(ben, newsletter.default_audience(), by=SYSTEM, proof=Proof())
    file = Import(
        name="ben.csv", size=9, read_as="UTF-8", rows=1, columns=[], mapping=[], stage=Stage.DONE, owner_name="Otto"
    )
    db.session.add(file)
    db.session.flush()
    db.session.add(ImportRow(import_id=file.id, line=2, outcome=Outcome.NEW, customer_id=ben.id))
    db.session.commit()
    return ben


def looked_at(customer):
    db.session.add(CustomerView(customer_id=customer.id, member_id=7, member_name="Looker of Ben"))
    db.session.flush()


def merged(kept, gone):
    with database.transaction():
        done = merging.merge(kept, gone, taken=(), takes_account=False, by=OPERATOR)
    db.session.expire_all()
    return done


def undone(done):
    with database.transaction():
        merging.undo(done, by=OPERATOR)
    db.session.expire_all()


def streamed(customer, size=50):
    """Every entry of the timeline, page by page."""
    found, after = [], ""
    while True:
        stream = timeline.page(customer, after=after, size=size)
        found += [str((entry["what"], entry["when"], entry.get("who"), entry.get("quote"))) for entry in stream.entries]
        if not stream.after:
            return found
        after = stream.after


@pytest.mark.parametrize("size", [1, 4])
def test_the_timeline_tells_of_both_each_entry_once_however_it_is_paged(ann, ben, size):
    merged(ann, ben)
    whole = streamed(ann)
    for words in ("change of Ben’s record", "unlocked for Ben", "Browser of Ben", "ben.csv", "Left Newsletter"):
        assert len([one for one in whole if words in one]) == 1, words
    assert streamed(ann, size) == whole


def test_the_audit_tab_tells_what_was_done_to_the_other_record_and_who_looked(ann, ben, browser):
    looked_at(ann)  # says the same as the one at Ben, which so stays with his record
    db.session.commit()
    merged(ann, ben)
    page = at_desk(browser, "owner").open(f"{PATH}?tab=audit").text
    assert "change of Ben’s record" in page
    assert "unlocked for Ben" in page
    assert page.count("Looker of Ben") == 2


def test_the_profile_tells_of_both_lately(ann, ben, browser):
    merged(ann, ben)
    record("customer.changed", records.subject(ben), by=SYSTEM, reason="after the merge")
    db.session.commit()
    assert "after the merge" in at_desk(browser, "clerk").open(PATH).text


def test_the_consent_tab_tells_the_steps_of_the_other_record_and_of_its_address(ann, ben, browser):
    merged(ann, ben)
    page = at_desk(browser, "clerk").open(f"{PATH}?tab=consent").text
    assert "Text messages: agreed" in page
    assert "Consent of Ben" in page
    assert "Operator · on the record that became part of this one" in page
    assert "Left Newsletter" in page  # which Ben's address was asked for


def test_a_chain_of_merges_tells_of_all(ann, ben, browser):
    cora = cast.customer(cast.Person("Cora", "Counter", "cora@demo.example"), with_account=False)
    merged(cora, ben)
    merged(ann, cora)
    page = at_desk(browser, "owner").open(f"{PATH}?tab=audit").text
    assert "change of Ben’s record" in page
    assert page.count("Another record became part of this one") == 2


@pytest.mark.parametrize("tab", ["profile", "timeline", "audit", "consent", "mails"])
def test_what_was_undone_is_somebody_else_s_again(ann, ben, browser, tab):
    undone(merged(ann, ben))
    page = at_desk(browser, "owner").open(f"{PATH}?tab={tab}").text
    for words in (*OF_BEN, "unlocked for Ben", "Looker of Ben"):
        assert words not in page, words


def test_my_data_tell_the_history_of_both(ann, ben):
    merged(ann, ben)
    with zipfile.ZipFile(io.BytesIO(everything_held.pack(ann))) as bundle:
        told = [entry["what"] for entry in json.loads(bundle.read("my-data.json"))["History"]]
    assert told.count("account.unlocked") == 1
    assert [what for what in told if what.startswith("customer.merged")] == ["customer.merged", "customer.merged_away"]


@pytest.mark.parametrize("tab", ["timeline", "consent"])
def test_newsletter_steps_of_an_address_of_before_are_told(ann, browser, tab):
    consent.invite(ann, newsletter.default_audience(), by=SYSTEM, proof=Proof())
    new = "ann.new@demo.example"
    change = EmailChange(account_id=ann.account_id, old_email=ann.email, new_email=new, new_key=new)
    change.state, change.proven_at = ChangeState.APPLIED, now()
    db.session.add(change)
    for row in (ann, ann.account):
        row.email = row.email_key = new
    db.session.commit()
    assert "Added to Newsletter by staff" in at_desk(browser, "clerk").open(f"{PATH}?tab={tab}").text


def test_what_happened_to_both_is_found_by_indexes_among_what_happened_to_others(ann, ben):
    merged(ann, ben)
    for number in range(3000):
        record("customer.changed", Subject("group", number, "Other"), by=SYSTEM)
    db.session.flush()
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.text("ANALYZE audit_entry"))
    ids = {"customer": (ann.id, ben.id), "account": (ann.account_id,)}
    for ask in (lambda: audit.trail_of(ids), lambda: timeline.page(ann, only="changes")):
        told = [plan for plan in plans(ask) if "audit_entry" in plan]
        assert told
        for plan in told:
            assert "ix_audit_entry_subject_kind" in plan
            assert not re.search(r"Seq Scan on audit_entry|SCAN audit_entry", plan), plan


@pytest.mark.parametrize(
    ("tab", "most"), [("profile", 16), ("timeline", 17), ("audit", 14), ("consent", 16), ("mails", 13)]
)
def test_a_page_of_somebody_who_never_merged_asks_hardly_more_for_it(ann, browser, tab, most):
    owner = at_desk(browser, "owner")
    owner.open(f"{PATH}?tab={tab}")  # which remembers what all pages show
    with measured() as work:
        owner.open(f"{PATH}?tab={tab}")
    assert len([one for one in work.statements if not one.startswith("BEGIN")]) <= most
