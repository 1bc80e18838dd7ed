"""Staff list; the member behind an account; what a member may do."""

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.accounts.models import Account, AccountStatus
from portal.foundation import emails
from portal.foundation.database import db
from portal.staff import rules
from portal.staff.models import Role, RoleGrant, StaffMember, StaffRole


def by_account(account_id: int) -> StaffMember | None:
    """The member behind an account with roles and grants, in one statement; None once dismissed."""
    member = sa.select(StaffMember).where(StaffMember.account_id == account_id, StaffMember.dismissed_at.is_(None))
    rights = joinedload(StaffMember.roles).joinedload(StaffRole.role).joinedload(Role.grants)
    return db.session.scalars(member.options(rights)).unique().one_or_none()


def by_email(email: str) -> StaffMember | None:
    """The member with this address, dismissed or not."""
    return db.session.scalar(sa.select(StaffMember).where(StaffMember.email_key == emails.key(email)))


def by_id(member_id: int) -> StaffMember | None:
    """The member with this id, dismissed or not."""
    return db.session.get(StaffMember, member_id)


def owners() -> list[StaffMember]:
    """The members who can sign in and may do everything."""
    working = (
        sa.select(StaffMember)
        .join(StaffMember.account)
        .join(StaffMember.roles)
        .join(StaffRole.role)
        .where(
            StaffMember.dismissed_at.is_(None), Account.status == AccountStatus.ENABLED, Role.name == rules.OWNER_ROLE
        )
    )
    return list(db.session.scalars(working))


def others_who_may(permission: str, member: StaffMember) -> int:
    """How many members who can sign in have a right, besides this one."""
    others = (
        sa.select(sa.func.count(StaffMember.id.distinct()))
        .join(StaffMember.account)
        .join(StaffMember.roles)
        .join(StaffRole.role)
        .join(Role.grants)
        .where(
            StaffMember.id != member.id,
            StaffMember.dismissed_at.is_(None),
            Account.status == AccountStatus.ENABLED,
            RoleGrant.permission == permission,
        )
    )
    return db.session.scalar(others) or 0


def permissions_of(member: StaffMember) -> frozenset[str]:
    """The union over the member's roles, read anew at each request."""
    return frozenset(grant.permission for given in member.roles for grant in given.role.grants)
