"""Rights at work: of one store they open nothing of others, and what was begun with them ends when they are gone."""

import csv
import io

import pytest
import sqlalchemy as sa

from portal.audit.service import OPERATOR
from portal.customers import queries as customers
from portal.customers.models import Customer, Statutory
from portal.customers.service import further, sealing
from portal.foundation.database import db
from portal.groups import queries as groups
from portal.jobs.models import Job, JobState
from portal.jobs.service import advance_due
from portal.staff import service as staff_service
from portal.staff.models import StaffRole
from portal.staff.rules import OWNER, Permission
from tests import cast
from tests.backoffice.calling import secret_of
from tests.backoffice.desk import at_desk, seated
from tests.backoffice.test_transfers import post, upload

IMPORT = {Permission.CUSTOMER_VIEW, Permission.CUSTOMER_IMPORT}
EXPORT = {Permission.CUSTOMER_VIEW, Permission.CUSTOMER_EXPORT}
PRIYA = "priya@shop.example"
PLAIN = f"first_name,last_name,email\nPriya,Raman,{PRIYA}\n"
GATED = f"first_name,last_name,email,customer_group,allow_credit_sale\nPriya,Raman,{PRIYA},Trade,yes\n"
SECRET = "first_name,email,pan\nBad,nonsense,ABCPE1234F\n"


@pytest.fixture
def pune(app):
    return cast.store()


def member_with(everywhere, store=None, there=()):
    """Mark, with some rights everywhere and others in one store."""
    member = cast.member(cast.MARK, "worker", {one.value for one in everywhere})
    if store is not None:
        member.roles.append(StaffRole(role=cast.role("there", {one.value for one in there}), store=store))
    db.session.commit()
    return member


def worked():
    while advance_due():
        pass
    db.session.expire_all()


def checked(browser, content):
    """Upload a table and check it under its own heads."""
    mine = upload(browser, content).headers["Location"]
    heads = content.splitlines()[0].split(",")
    named = {f"column_{place}": head for place, head in enumerate(heads)}
    assert post(browser, f"{mine}/columns", **named, key="email").status_code == 303
    worked()
    return mine


def test_masked_numbers_leave_only_with_the_right_to_show_them_everywhere(browsers, pune):
    ann = cast.customer(cast.ANN)
    db.session.add(Statutory(customer_id=ann.id, pan=sealing.seal("ABCPE1234F"), state_of_registration="MH"))
    mark = seated(browsers(), member_with(EXPORT, pune, {Permission.CUSTOMER_VIEW, Permission.CUSTOMER_REVEAL}))
    page = mark.open("/staff/transfers/export")
    assert 'name="masked"' not in page.text
    sent = {"csrf_token": secret_of(mark), "format": "csv", "reason": "x", "masked": "1"}
    assert mark.client.post("/staff/transfers/export", data=sent).status_code == 403


def test_nor_do_refused_rows_show_them(browsers, pune):
    mine = checked(at_desk(browsers(), "owner"), SECRET)
    mark = seated(browsers(), member_with(IMPORT, pune, {Permission.CUSTOMER_VIEW, Permission.CUSTOMER_REVEAL}))
    [row] = csv.DictReader(io.StringIO(mark.open(f"{mine}/refused.csv").data.decode("utf-8-sig")))
    assert (row["first_name"], row["pan"]) == ("Bad", "")


def test_credit_is_not_set_by_a_merge_with_the_right_in_another_store(browsers, pune):
    for who, values in ((cast.ANN, {"price_note": "Ten off"}), (cast.BEN, {"allow_credit_sale": True})):
        further.write(cast.customer(who, with_account=False), values, may_set_credit=True)
    db.session.commit()
    merging = {Permission.CUSTOMER_VIEW, Permission.CUSTOMER_MERGE}
    mark = seated(browsers(), member_with(merging, pune, {Permission.CUSTOMER_VIEW, Permission.CUSTOMER_CREDIT}))
    mark.open("/staff/duplicates")
    mark.send("/pair", number="T-ANN", other_number="T-BEN")
    mark.client.post(f"{mark.path}/merge", data={"csrf_token": secret_of(mark), "allow_credit_sale": "gone"})
    kept = db.session.scalars(sa.select(Customer).where(Customer.number == "T-ANN")).one()
    assert kept.pos.allow_credit_sale is False


def test_who_may_not_approve_imports_nobody_whom_an_owner_checked_for_a_gate(browsers, app):
    cast.group("Trade")
    mine = checked(at_desk(browsers(), "owner"), GATED)
    mark = seated(browsers(), member_with(IMPORT))
    answer = post(mark, f"{mine}/import")
    worked()
    assert (answer.status_code, customers.by_email(PRIYA)) == (409, None)
    assert "Check it once more" in answer.text


def test_nor_with_rights_that_were_taken_away_since_the_check(browsers, app):
    cast.group("Trade")
    member = member_with(IMPORT | {Permission.CUSTOMER_APPROVE, Permission.CUSTOMER_CREDIT})
    mark = seated(browsers(), member)
    mine = checked(mark, GATED)
    member.roles[0].role = cast.role("importer", {one.value for one in IMPORT})
    db.session.commit()
    assert post(mark, f"{mine}/import").status_code == 409
    assert checked(mark, GATED.replace(",yes", ",no"))
    worked()
    assert customers.by_email(PRIYA) is None


@pytest.mark.parametrize("is_undo", [False, True])
def test_an_import_ends_with_the_right_of_whoever_began_it(browsers, app, is_undo):
    cast.member(cast.OTTO, "owner", set(OWNER))
    member = member_with(IMPORT)
    mark = seated(browsers(), member)
    job = post(mark, f"{checked(mark, PLAIN)}/import").headers["Location"]
    if is_undo:
        worked()
        post(mark, f"{job}/undo")
    staff_service.dismiss(member, OPERATOR)
    db.session.commit()
    worked()
    last = db.session.scalars(sa.select(Job).order_by(Job.id.desc())).first()
    assert (last.state, last.trouble) == (JobState.FAILED, "Mark Marketing may not do this any more.")
    assert (customers.by_email(PRIYA) is not None) is is_undo
    assert groups.default_group() is not None
