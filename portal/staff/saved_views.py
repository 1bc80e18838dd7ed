"""What a member keeps of the list of customers: the columns they look at, and views under names of their own."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.foundation import lately, search
from portal.foundation.database import db
from portal.foundation.errors import Conflict, NotFound
from portal.foundation.text import _
from portal.staff.models import SavedView, StaffMember

LONGEST = 40  # characters of a name
MOST = 20  # views of one member
LONGEST_QUERY = 1000  # characters of the filters in an address


@dataclass(frozen=True)
class View:
    """One saved view: the filters as they stand in an address, and its columns (empty: the member's own)."""

    id: int
    name: str
    query: str
    columns: tuple[str, ...]


def of_member(member_id: int) -> list[View]:
    """The views of a member, by name."""
    return lately.known(("saved views", member_id), lambda: _of_member(member_id), of=(SavedView.__tablename__,))


def _of_member(member_id: int) -> list[View]:
    mine = sa.select(SavedView).where(SavedView.staff_member_id == member_id).order_by(SavedView.name_key)
    return [View(row.id, row.name, row.query, tuple(row.columns.split())) for row in db.session.scalars(mine)]


def find(member_id: int, view_id: int) -> SavedView:
    """A member's own view.

    Raises:
        NotFound: the member has no such view.
    """
    row = db.session.get(SavedView, view_id)
    if row is None or row.staff_member_id != member_id:
        raise NotFound(_("This view no longer exists."))
    return row


def save(member: StaffMember, name: str, query: str, columns: tuple[str, ...]) -> SavedView:
    """Keep filters and columns under a name; a view of the same name is replaced.

    Raises:
        Conflict: the member has as many views as there is room for, or the filters are too long to keep.
    """
    if len(query) > LONGEST_QUERY:
        raise Conflict(_("These filters are too long to be saved. Take some away first."))
    known = sa.select(SavedView).where(SavedView.staff_member_id == member.id, SavedView.name_key == _key(name))
    row = db.session.scalar(known)
    if row is None:
        if len(of_member(member.id)) >= MOST:
            raise Conflict(_("There is room for %(n)s views. Delete one first.", n=MOST))
        row = SavedView(staff_member_id=member.id, name=name, name_key=_key(name), query=query)
    row.name, row.query, row.columns = name, query, " ".join(columns)
    _store(row)
    return row


def rename(row: SavedView, name: str) -> None:
    """Give a view another name.

    Raises:
        Conflict: another view of the member has the name.
    """
    taken = sa.select(SavedView.id).where(
        SavedView.staff_member_id == row.staff_member_id, SavedView.name_key == _key(name), SavedView.id != row.id
    )
    if db.session.scalar(taken) is not None:
        raise Conflict(_("You have a view of this name already. Choose another one."))
    row.name, row.name_key = name, _key(name)
    _store(row)


def delete(member_id: int, view_id: int) -> str:
    """Take a view away and tell its name.

    Raises:
        NotFound: the member has no such view.
    """
    row = find(member_id, view_id)
    db.session.delete(row)
    return row.name


def choose_columns(member: StaffMember, columns: tuple[str, ...]) -> None:
    """Keep which columns a member looks at; none stands for those that the list comes with."""
    member.list_columns = " ".join(columns)


def _key(name: str) -> str:
    return search.fold(name)[:80]


def _store(row: SavedView) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(row)
            db.session.flush()
    except IntegrityError:
        raise Conflict(_("You have a view of this name already. Choose another one.")) from None
