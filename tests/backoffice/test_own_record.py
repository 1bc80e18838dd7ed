"""Staff who are customers, too, and whoever somebody disabled: no merge, undo or form gives them what they may not."""

import pytest
import sqlalchemy as sa

from portal.accounts.models import AccountStatus
from portal.audit.models import ActorKind, AuditEntry
from portal.audit.service import OPERATOR, Actor
from portal.customers import queries as customers
from portal.customers.models import Customer
from portal.customers.service import merging, status
from portal.foundation import database
from portal.foundation.database import db
from portal.groups import queries as groups
from portal.groups.errors import GroupInUse, SecondApproverNeeded
from portal.groups.models import Approval, ApproverScope
from portal.groups.service import applications, deciding
from portal.groups.service import groups as group_service
from portal.jobs.service import advance_due
from portal.staff.models import StaffRole
from portal.staff.rules import ROLES, Permission
from tests import cast
from tests.backoffice.calling import secret_of
from tests.backoffice.desk import at_desk, seated

MERGING = {Permission.CUSTOMER_VIEW, Permission.CUSTOMER_MODIFY, Permission.CUSTOMER_MERGE, Permission.CUSTOMER_CREDIT}
BULK = "/staff/customers/bulk/disable"


def clara_with(permissions, *more):
    """Clara with a role everywhere, and others: (rights, store)."""
    member = cast.member(cast.CLARA, "worker", {one.value for one in permissions})
    for place, (rights, store) in enumerate(more):
        role = cast.role(f"more {place}", {one.value for one in rights})
        member.roles.append(StaffRole(role=role, store=store))
    db.session.commit()
    return member


def post(browser, path, **fields):
    browser.open("/staff/me")
    return browser.client.post(path, data={"csrf_token": secret_of(browser), **fields})


def worked():
    while advance_due():
        pass
    db.session.expire_all()


def merged(kept, gone):
    with database.transaction():
        done = merging.merge(kept, gone, taken=(), takes_account=False, by=OPERATOR)
    db.session.expire_all()
    return done


def test_a_merge_opens_no_door_that_somebody_closed(app):
    ann, ben = cast.customer(cast.ANN, with_account=False), cast.customer(cast.BEN)
    status.disable(ben, "Fraud", OPERATOR)
    db.session.commit()
    account = ben.account
    done = merged(ann, ben)
    kept = db.session.get_one(Customer, ann.id)
    assert (kept.disabled_reason, kept.status, account.status) == ("Fraud", "disabled", AccountStatus.DISABLED)
    with database.transaction():
        merging.undo(done, by=OPERATOR)
    db.session.expire_all()
    assert (ann.disabled_at, ben.disabled_reason, ben.status) == (None, "Fraud", "disabled")


def test_staff_merge_nothing_into_their_own_record_and_take_nothing_apart(browser, app):
    me, ben = cast.customer(cast.CLARA), cast.customer(cast.BEN, with_account=False)
    applications.set_group(ben, cast.group("Gold", Approval.NONE).id, by=OPERATOR)
    db.session.commit()
    clara = seated(browser, clara_with(MERGING))
    clara.open("/staff/duplicates")
    clara.send("/pair", number=me.number, other_number="T-BEN")
    assert clara.send("/merge").status_code == 403
    assert [row.group.name for row in groups.memberships(me.id)] == ["Retail"]
    done = merged(db.session.get_one(Customer, me.id), db.session.get_one(Customer, ben.id))
    assert post(clara, f"/staff/duplicates/merged/{done.id}/undo").status_code == 403


@pytest.mark.parametrize("with_account", [True, False])
def test_staff_whose_record_became_part_of_another_do_not_take_it_out_again(browser, app, with_account):
    ben, me = cast.customer(cast.BEN), cast.customer(cast.CLARA, with_account=with_account)
    status.disable(ben, "Fraud", OPERATOR)
    db.session.commit()
    done = merged(ben, me)
    clara = seated(browser, clara_with(MERGING))
    assert post(clara, f"/staff/duplicates/merged/{done.id}/undo").status_code == 403
    db.session.expire_all()
    assert db.session.get_one(Customer, me.id).merged_into_id == ben.id


def test_staff_allow_themselves_no_credit(browser, app):
    me = cast.customer(cast.CLARA)
    clara = seated(browser, clara_with(MERGING))
    clara.open(f"/staff/customers/{me.number}/edit")
    assert clara.send(allow_credit_sale="1").status_code == 403
    db.session.expire_all()
    assert me.pos is None or not me.pos.allow_credit_sale
    clara.open(f"/staff/customers/{me.number}/edit")
    assert clara.send(remarks="Likes oolong").status_code == 200
    assert db.session.get_one(Customer, me.id).remarks == "Likes oolong"


def test_staff_add_themselves_without_credit_alone(browser, app):
    clara = seated(browser, clara_with({*MERGING, Permission.CUSTOMER_ADD}))
    themselves = {"first_name": "Clara", "last_name": "Clerk", "email": cast.CLARA.email}
    clara.open("/staff/customers/new")
    assert clara.send(**themselves, allow_credit_sale="1").status_code == 403
    assert customers.by_email(cast.CLARA.email) is None
    clara.open("/staff/customers/new")
    assert clara.send(**themselves).status_code == 200
    assert customers.by_email(cast.CLARA.email) is not None


def test_who_is_disabled_takes_it_back_by_no_undo(browsers, app):
    me, owner = cast.customer(cast.CLARA), at_desk(browsers(), "owner")
    job = post(owner, BULK, id=str(me.id), reason="Fraud").headers["Location"]
    clara = seated(browsers(), clara_with({*ROLES["clerk"], Permission.AUDIT_VIEW}))
    post(clara, f"{job}/undo")
    worked()
    assert db.session.get_one(Customer, me.id).disabled_reason == "Fraud"


def test_a_clerk_of_one_store_does_not_use_up_the_undo_of_all(browsers, app):
    pune, ann, ben = cast.store(), cast.customer(cast.ANN), cast.customer(cast.BEN)
    ben.stores = [pune]
    db.session.commit()
    owner = at_desk(browsers(), "owner")
    job = post(owner, BULK, id=[str(ann.id), str(ben.id)], reason="Fraud").headers["Location"]
    clara = seated(browsers(), clara_with({Permission.AUDIT_VIEW}, (ROLES["clerk"], pune)))
    assert clara.open(job).status_code == 404
    assert post(clara, f"{job}/undo").status_code == 404
    post(owner, f"{job}/undo")
    worked()
    assert (ann.disabled_at, ben.disabled_at) == (None, None)


def test_more_tags_than_anybody_can_have_are_refused_at_their_field(browser, app):
    cast.customer(cast.BEN)
    clara = seated(browser, clara_with(ROLES["clerk"]))
    page = post(clara, "/staff/customers/bulk/tags", select="all", tags=",".join(f"t{n}" for n in range(31)))
    assert page.status_code == 422
    assert "A customer has at most 30 tags. Enter fewer." in page.text


def test_who_all_were_refused_leaves_noted_and_not_above_what_the_shop_lets_go(browser, app, shop_wants):
    people = [cast.customer(person, with_account=False) for person in (cast.ANN, cast.BEN)]
    trade = cast.group("Trade")
    clara = seated(browser, clara_with({Permission.CUSTOMER_VIEW, Permission.CUSTOMER_MODIFY}))
    ids = [str(one.id) for one in people]
    job = post(clara, "/staff/customers/bulk/group", id=ids, to_group=str(trade.id)).headers["Location"]
    worked()
    assert clara.open(f"{job}/refused.csv").text.count("asks for approval") == 2
    [entry] = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.verb == "job.refused_exported"))
    assert entry.changes == {"rows": [None, 2]}
    shop_wants(export_second_person=1)
    assert clara.open(f"{job}/refused.csv").status_code == 409


def test_a_group_that_limits_an_approver_is_in_use(app):
    trade = cast.group("Trade")
    db.session.add(ApproverScope(member=cast.member(cast.CLARA, "clerk", ROLES["clerk"]), group=trade))
    db.session.commit()
    with pytest.raises(GroupInUse, match="1 approver limited to it"):
        group_service.remove_group(trade.id, by=OPERATOR)


def test_one_member_under_two_names_gives_one_approval(app):
    row = cast.applicant(cast.IVY, cast.group("Trade", two_approvers=True))
    member = cast.member(cast.CLARA, "clerk", ROLES["clerk"])
    deciding.approve(row.id, by=Actor(ActorKind.STAFF, member.id, "Clara Clerk"))
    with pytest.raises(SecondApproverNeeded):
        deciding.approve(row.id, by=Actor(ActorKind.STAFF, member.id, "Clara Counter"))


def test_decisions_of_a_namesake_in_another_store_are_shown_to_nobody_else(browser, app):
    row = cast.applicant(cast.IVY, cast.group("Trade", may_undo=True))
    namesake = cast.member(cast.Person("Clara", "Clerk", "clara.two@demo.example"), "all", ROLES["clerk"])
    deciding.approve(row.id, by=Actor(ActorKind.STAFF, namesake.id, namesake.name))
    db.session.commit()
    clara = seated(browser, cast.member(cast.CLARA, "clerk", ROLES["clerk"], cast.store()))
    assert "Ivanova" not in clara.open("/staff/approvals").text


def test_decisions_of_a_namesake_crowd_out_none_of_ones_own(browser, app):
    trade, pune = cast.group("Trade", may_undo=True), cast.store()
    clara = cast.member(cast.CLARA, "clerk", ROLES["clerk"], pune)
    mine = cast.applicant(cast.IVY, trade)
    mine.customer.stores = [pune]
    db.session.commit()
    deciding.approve(mine.id, by=Actor(ActorKind.STAFF, clara.id, clara.name))
    namesake = cast.member(cast.Person("Clara", "Clerk", "clara.two@demo.example"), "all", ROLES["clerk"])
    for place in range(3):
        other = cast.Person(f"Olga {place}", "Other", f"olga{place}@demo.example", f"+91 98765 2222{place}")
        row = cast.applicant(other, trade)
        deciding.approve(row.id, by=Actor(ActorKind.STAFF, namesake.id, namesake.name))
    db.session.commit()
    page = seated(browser, clara).open("/staff/approvals").text
    assert "Ivanova" in page
    assert "Olga" not in page
