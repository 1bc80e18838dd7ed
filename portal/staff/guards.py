"""Which member of staff is at work, and which views they may enter."""

import functools
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from flask import abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.guards import current_session, entrance, the_account, to_sign_in
from portal.accounts.models import Realm, SignInSession
from portal.accounts.service import factors
from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.config import settings
from portal.foundation import web
from portal.foundation.access import declare
from portal.foundation.errors import NotAllowed
from portal.foundation.text import _
from portal.staff import queries
from portal.staff.models import StaffMember
from portal.staff.rules import OF_A_STORE, Permission, Reach, Rights

View = TypeVar("View", bound=Callable[..., Any])
ANY = "staff"
ENROLMENT = "staff_factors.show"


def current_member() -> StaffMember | None:
    """Who is at work in this request."""
    return _at_work()[0]


def _at_work() -> tuple[StaffMember | None, Rights]:
    """Who is at work in this request, and what they may do; asked for once."""
    known: tuple[StaffMember | None, Rights] | None = g.get("staff_at_work")
    if known is None:
        row = current_session()
        found = _found(row) if row is not None and row.account.realm is Realm.STAFF else None
        known = g.staff_at_work = found or (None, Rights(()))
    return known


def _entered(handle: str) -> SignInSession | None:
    """The session of a handle; who is at work in it comes along, since every page of theirs asks that next."""
    found = queries.entered(handle)
    g.staff_entered = found
    return None if found is None else found[0]


def _found(row: SignInSession) -> queries.AtWork | None:
    found: tuple[SignInSession, queries.AtWork | None] | None = g.get("staff_entered")
    return found[1] if found is not None and found[0] is row else queries.at_work(row.account_id)


entrance.finders[Realm.STAFF] = _entered


def the_member() -> StaffMember:
    """Who is at work, in a view whose guard made sure that somebody is."""
    member = current_member()
    if member is None:
        abort(401)
    return member


def rights() -> Rights:
    """What the member at work may do, and where; nothing when nobody is."""
    return _at_work()[1]


def may(permission: Permission) -> bool:
    """Whether the member at work has a right: in all stores, or in some."""
    return stores_for(permission) != frozenset()


def may_everywhere(permission: Permission) -> bool:
    """Whether the member at work has a right over everybody: what reaches across stores asks for this."""
    return stores_for(permission) is None


def stores_for(permission: Permission) -> Reach:
    """The stores over whose customers the member at work has a right; None: over everybody's.

    This is the one place that says so: lists, counts, pages and exports take it to `customers.queries.of_stores`.
    """
    return rights().reach(permission)


def scope() -> Reach:
    """The stores for the right by which the member at work came through the door of this request.

    Raises:
        RuntimeError: the door asks for no right, so that it has to say by `stores_for` which one it means.
    """
    permission: Permission | None = g.get("staff_door")
    if permission is None:
        raise RuntimeError("This door asks for no right: nothing says in which stores it is open.")
    return stores_for(permission)


def at_hand(stores: Collection[int]) -> None:
    """Say of which stores the customer is whom this request is about, so that the page offers what may be done here."""
    g.staff_at_hand = frozenset(stores)


def may_here(permission: Permission) -> bool:
    """Whether the member at work has a right over the customer at hand; as `may` where nobody is."""
    reach = stores_for(permission)
    if reach is None or "staff_at_hand" not in g or permission not in OF_A_STORE:
        return reach != frozenset()
    return not reach.isdisjoint(g.staff_at_hand)


def lacks_factor() -> bool:
    """Whether the member at work has yet to set up the second factor that the shop demands."""
    return settings().demands_second_factor and not factors.asked_of(the_account())


def _to_enrolment() -> ResponseReturnValue:
    if request.method in web.SAFE:
        return redirect(url_for(ENROLMENT), 303)
    words = _("Set up a second step first. Then go back and send the form again.")
    return web.error_page(403, words, way=(url_for(ENROLMENT), _("Set up the second step")))


def acting_member() -> Actor:
    """The member at work as the actor of an audit entry."""
    member = the_member()
    return Actor(ActorKind.STAFF, member.id, member.name)


def staff_required(permission: Permission | None = None, *, without_factor: bool = False) -> Callable[[View], View]:
    """Only staff may enter, and with a permission named only those who have it.

    Where the shop demands a second factor, a member who has none is led to the page where they set one up; only the
    views `without_factor`, which it takes to do that, are open to them.

    Raises:
        NotAllowed: signed in, but without the right.
    """

    def guard(view: View) -> View:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if current_member() is None:
                return to_sign_in(Realm.STAFF)
            if not without_factor and lacks_factor():
                return _to_enrolment()
            if permission is not None and not may(permission):
                raise NotAllowed(_("Your role doesn’t include this. Ask an owner of the shop if you need it."))
            g.staff_door = permission
            return view(*args, **kwargs)

        return declare(guarded, permission or ANY)  # type: ignore[return-value]  # wraps() keeps the view's own type

    return guard
