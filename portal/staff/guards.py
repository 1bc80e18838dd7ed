"""Which member of staff is at work, and which views they may enter."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from flask import abort, g

from portal.accounts.guards import current_session, to_sign_in
from portal.accounts.models import Realm
from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.foundation.access import declare
from portal.foundation.errors import NotAllowed
from portal.foundation.text import _
from portal.staff import queries
from portal.staff.models import StaffMember
from portal.staff.rules import Permission

View = TypeVar("View", bound=Callable[..., Any])
ANY = "staff"


def current_member() -> StaffMember | None:
    """Who is at work in this request."""
    if "staff_member" not in g:
        row = current_session()
        realm_fits = row is not None and row.account.realm is Realm.STAFF
        g.staff_member = queries.by_account(row.account_id) if row is not None and realm_fits else None
    member: StaffMember | None = g.staff_member
    return member


def the_member() -> StaffMember:
    """Who is at work, in a view whose guard made sure that somebody is."""
    member = current_member()
    if member is None:
        abort(401)
    return member


def may(permission: Permission) -> bool:
    """Whether the member at work has a right."""
    member = current_member()
    if member is None:
        return False
    if "staff_permissions" not in g:
        g.staff_permissions = queries.permissions_of(member)
    return permission in g.staff_permissions


def acting_member() -> Actor:
    """The member at work as the actor of an audit entry."""
    member = the_member()
    return Actor(ActorKind.STAFF, member.id, member.name)


def staff_required(permission: Permission | None = None) -> Callable[[View], View]:
    """Only staff may enter, and with a permission named only those who have it.

    Raises:
        NotAllowed: signed in, but without the right.
    """

    def guard(view: View) -> View:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if current_member() is None:
                return to_sign_in(Realm.STAFF)
            if permission is not None and not may(permission):
                raise NotAllowed(_("Your role doesn’t include this. Ask an owner of the shop if you need it."))
            return view(*args, **kwargs)

        return declare(guarded, permission or ANY)  # type: ignore[return-value]  # wraps() keeps the view's own type

    return guard
