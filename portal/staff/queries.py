"""Staff list; who is at work by their account; the roles there are; what a member may do, and where."""

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import lazyload

from portal.accounts.models import Account, AccountStatus, Authenticator, Passkey, SignInSession
from portal.accounts.service import sessions
from portal.foundation import crypto, emails, pagination
from portal.foundation.database import LARGEST_ID, db, table_of
from portal.foundation.loading import Loading
from portal.foundation.pagination import Order, Page
from portal.foundation.straight import Straight
from portal.staff import rules
from portal.staff.models import Role, RoleGrant, StaffMember, StaffRole
from portal.staff.rules import Given, Rights
from portal.stores.models import Store

T = TypeVar("T")
BY_NAME = Order(StaffMember.name, StaffMember.id)
_WORKS = StaffMember.dismissed_at.is_(None)


# Made once, since every page of the back office needs it, and with the grants of a role in one text: they are dozens.
_granted = sa.select(sa.func.aggregate_strings(RoleGrant.permission, " ")).where(RoleGrant.role_id == Role.id)
_GIVEN = (Role.name, StaffRole.store_id, Store.retired_at, _granted.scalar_subquery())
_ALONE = (lazyload(StaffMember.account), lazyload(StaffMember.roles))
_AT_WORK = (
    sa.select(StaffMember, *_GIVEN)
    .outerjoin(StaffRole, StaffRole.staff_member_id == StaffMember.id)
    .outerjoin(Role, Role.id == StaffRole.role_id)
    .outerjoin(Store, Store.id == StaffRole.store_id)
    .where(StaffMember.account_id == sa.bindparam("account"), _WORKS)
    .options(*_ALONE)
)
_member_of = Loading(StaffMember)
_sessions, _members, _given = table_of(SignInSession), table_of(StaffMember), table_of(StaffRole)
_ENTERED = Straight(
    sa.select(*sessions.COLUMNS, *_member_of.columns, *_GIVEN)
    .join_from(_sessions, table_of(Account))
    .outerjoin(_members, sa.and_(_members.c.account_id == _sessions.c.account_id, _members.c.dismissed_at.is_(None)))
    .outerjoin(_given, _given.c.staff_member_id == _members.c.id)
    .outerjoin(Role, Role.id == StaffRole.role_id)
    .outerjoin(Store, Store.id == StaffRole.store_id)
    .where(_sessions.c.digest == sa.bindparam("digest"))
)

AtWork = tuple[StaffMember, Rights]


def at_work(account_id: int) -> AtWork | None:
    """The member behind an account and what they may do where, in one statement; None once dismissed."""
    rows = db.session.execute(_AT_WORK, {"account": account_id}).tuples().all()
    return (rows[0][0], _rights([row[1:] for row in rows])) if rows else None


def entered(handle: str) -> tuple[SignInSession, AtWork | None] | None:
    """The session of a handle, and who is at work in it as `at_work` tells; None when the session is over."""
    rows = _ENTERED.rows({"digest": crypto.digest(handle)})
    if not rows:
        return None
    first, begins = rows[0], len(sessions.COLUMNS)
    ends = begins + len(_member_of.columns)
    session = sessions.of_row(first)
    if session is None:
        return None
    member = _member_of(first[begins:ends], account=session.account)
    return session, None if member is None else (member, _rights([row[ends:] for row in rows]))


def _rights(rows: Sequence[Sequence[Any]]) -> Rights:
    return Rights(
        [
            Given(rules.OWNER if role == rules.OWNER_ROLE else (granted or "").split(), store_id)
            for role, store_id, retired_at, granted in rows
            if role is not None and retired_at is None
        ]
    )


def by_email(email: str) -> StaffMember | None:
    """The member with this address, dismissed or not."""
    return db.session.scalar(sa.select(StaffMember).where(StaffMember.email_key == emails.key(email)))


def by_id(member_id: int) -> StaffMember | None:
    """The member with this id, dismissed or not."""
    return db.session.get(StaffMember, member_id) if 0 < member_id <= LARGEST_ID else None


def page(*, dismissed: bool = False, after: str = "", before: str = "") -> Page[StaffMember]:
    """Who works here, or who did, by name."""
    wanted = sa.select(StaffMember).where(~_WORKS if dismissed else _WORKS)
    return pagination.slice_of(wanted, BY_NAME, after=after, before=before)


def count(*, dismissed: bool = False) -> int:
    """How many work here, or did."""
    return db.session.scalar(sa.select(sa.func.count(StaffMember.id)).where(~_WORKS if dismissed else _WORKS)) or 0


def with_second_step(members: Collection[StaffMember]) -> set[int]:
    """The ids of those who have a second factor, asked for at once."""
    accounts = [member.account_id for member in members if member.account_id is not None]
    apps = sa.select(Authenticator.account_id).where(Authenticator.confirmed_at.is_not(None))
    keys = sa.select(Passkey.account_id)
    guarded = sa.union(apps.where(Authenticator.account_id.in_(accounts)), keys.where(Passkey.account_id.in_(accounts)))
    found = set(db.session.scalars(guarded))
    return {member.id for member in members if member.account_id in found}


def roles() -> Sequence[Role]:
    """Every role, the owner's first, then by name."""
    return db.session.scalars(sa.select(Role).order_by(Role.name != rules.OWNER_ROLE, Role.name_key)).all()


def role(role_id: int) -> Role | None:
    """A role by its id."""
    return db.session.get(Role, role_id) if 0 < role_id <= LARGEST_ID else None


def role_named(name: str) -> Role | None:
    """A role by its name as it is written."""
    return db.session.scalar(sa.select(Role).where(Role.name == name))


def holders_by_role() -> dict[int, int]:
    """How many who work here have each role."""
    held = sa.select(StaffRole.role_id, sa.func.count(StaffRole.staff_member_id.distinct())).join(
        StaffMember, StaffMember.id == StaffRole.staff_member_id
    )
    return dict(db.session.execute(held.where(_WORKS).group_by(StaffRole.role_id)).tuples().all())


def members_by_store() -> dict[int, int]:
    """How many who work here have a role for each store alone."""
    held = sa.select(StaffRole.store_id, sa.func.count(StaffRole.staff_member_id.distinct())).join(
        StaffMember, StaffMember.id == StaffRole.staff_member_id
    )
    found = db.session.execute(held.where(_WORKS, StaffRole.store_id.is_not(None)).group_by(StaffRole.store_id))
    return {store_id: number for store_id, number in found if store_id is not None}


def owners() -> list[StaffMember]:
    """The members who can sign in and may do everything."""
    working = (
        sa.select(StaffMember)
        .join(StaffMember.account)
        .join(StaffMember.roles)
        .join(StaffRole.role)
        .where(
            _WORKS,
            Account.status == AccountStatus.ENABLED,
            Role.name == rules.OWNER_ROLE,
            StaffRole.store_id.is_(None),
        )
    )
    return list(db.session.scalars(working))


def others_who_may(permission: str, member: StaffMember, stores: Collection[int] | None = None) -> int:
    """How many members who can sign in have a right, besides this one.

    Args:
        permission: the right.
        member: who is not counted.
        stores: those of the customer whom it is about; None where only members with the right in all stores count.
    """
    place: sa.ColumnElement[bool] = StaffRole.store_id.is_(None)
    if stores:
        # A query of its own, since a retired store brings nobody any right.
        place |= StaffRole.store_id.in_(sa.select(Store.id).where(Store.id.in_(stores), Store.retired_at.is_(None)))
    others = _holding(sa.select(sa.func.count(StaffMember.id.distinct())), permission)
    return db.session.scalar(others.where(StaffMember.id != member.id, place)) or 0


def who_may(permission: str) -> list[StaffMember]:
    """The members who can sign in and have a right in all stores, by name."""
    everywhere = _holding(sa.select(StaffMember), permission).where(StaffRole.store_id.is_(None))
    return list(db.session.scalars(everywhere.order_by(StaffMember.name, StaffMember.id)).unique())


def _holding(wanted: sa.Select[tuple[T]], permission: str) -> sa.Select[tuple[T]]:
    """Of members, those who can sign in and have a role that brings a right."""
    grants = sa.exists().where(RoleGrant.role_id == Role.id, RoleGrant.permission == permission)
    return (
        wanted.join(StaffMember.account)
        .join(StaffMember.roles)
        .join(StaffRole.role)
        .where(_WORKS, Account.status == AccountStatus.ENABLED, sa.or_(Role.name == rules.OWNER_ROLE, grants))
    )


def grants_of(role: Role) -> frozenset[str]:
    """What a role brings; the owner's has every right of the registry, also one that came with an upgrade."""
    return rules.OWNER if role.name == rules.OWNER_ROLE else frozenset(grant.permission for grant in role.grants)


def rights_of(member: StaffMember) -> Rights:
    """What a member may do and where, read anew at each request; a store that retired brings nothing."""
    return Rights(
        Given(grants_of(given.role), given.store_id)
        for given in member.roles
        if given.store is None or not given.store.is_retired
    )


def permissions_of(member: StaffMember) -> frozenset[str]:
    """Every right that a member has somewhere."""
    return rights_of(member).held
