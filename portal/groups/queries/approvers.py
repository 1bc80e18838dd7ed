"""Who decides about what: members who may, their limits, and the reasons that they choose from."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.accounts.models import Account, AccountStatus
from portal.customers.models import Customer
from portal.customers.models.customer import customer_store
from portal.customers.queries import of_stores
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.groups import rules
from portal.groups.models import Application, ApproverScope, DecisionRun, DeclineReason
from portal.groups.queries.groups import may_be_id
from portal.staff.models import Role, RoleGrant, StaffMember, StaffRole
from portal.staff.rules import Permission, Reach


def decidable_by(member_id: int) -> sa.ColumnElement[bool]:
    """Condition on applications: no limit of this member's keeps them from deciding."""
    scope, every = aliased(ApproverScope), aliased(ApproverScope)
    at_store = sa.exists().where(
        customer_store.c.customer_id == Application.customer_id, customer_store.c.store_id == scope.store_id
    )
    covers = sa.exists().where(
        scope.staff_member_id == member_id,
        sa.or_(scope.group_id.is_(None), scope.group_id == Application.group_id),
        sa.or_(scope.store_id.is_(None), at_store.correlate(Application, scope)),
    )
    limited = sa.exists().where(every.staff_member_id == member_id)
    return sa.or_(~limited, covers.correlate(Application))


def may_decide(member_id: int, application_id: int) -> bool:
    """Whether the limits of a member let them decide about an application."""
    query = sa.select(Application.id).where(Application.id == application_id, decidable_by(member_id))
    return db.session.scalar(query) is not None


def approvers() -> Sequence[StaffMember]:
    """The members who may decide and can sign in, by name."""
    may = (
        sa.select(StaffRole.staff_member_id)
        .join(Role, Role.id == StaffRole.role_id)
        .join(RoleGrant, RoleGrant.role_id == Role.id)
        .where(RoleGrant.permission == Permission.CUSTOMER_APPROVE.value)
    )
    working = (
        sa.select(StaffMember)
        .join(Account, Account.id == StaffMember.account_id)
        .where(StaffMember.id.in_(may), StaffMember.dismissed_at.is_(None), Account.status == AccountStatus.ENABLED)
    )
    return db.session.scalars(working.order_by(StaffMember.name, StaffMember.id)).all()


def scopes() -> Sequence[ApproverScope]:
    """Every limit there is."""
    return db.session.scalars(sa.select(ApproverScope).order_by(ApproverScope.id)).all()


def scope(scope_id: int) -> ApproverScope | None:
    """A limit by its number."""
    return db.session.get(ApproverScope, scope_id) if may_be_id(scope_id) else None


def reasons() -> Sequence[DeclineReason]:
    """The sentences for saying no, in the shop's order."""
    return db.session.scalars(sa.select(DeclineReason).order_by(DeclineReason.place, DeclineReason.id)).all()


def undoable_of(name: str, *, member_id: int | None = None, stores: Reach = None) -> Sequence[Application]:
    """The newest decisions of somebody that can still be taken back.

    Decisions are kept by name, so that a namesake's are among them: `member_id` and `stores` leave out those about
    which this member does not decide, before the newest are counted off.
    """
    moment = now()
    mine = sa.select(Application).where(
        Application.decided_at > moment - rules.UNDO, Application.undo_until > moment, Application.decided_by == name
    )
    if member_id is not None:
        mine = mine.where(decidable_by(member_id))
    if stores is not None:
        mine = mine.where(Application.customer_id.in_(sa.select(Customer.id).where(of_stores(stores))))
    return db.session.scalars(mine.order_by(Application.decided_at.desc()).limit(3)).all()


def run(run_id: int, member_id: int) -> DecisionRun | None:
    """What became of many decisions, for whoever took them."""
    row = db.session.get(DecisionRun, run_id) if may_be_id(run_id) else None
    return row if row is not None and row.staff_member_id == member_id else None
