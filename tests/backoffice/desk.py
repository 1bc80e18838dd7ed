"""A member of staff at their desk: signed in without the page that does it, which has tests of its own."""

from portal.accounts.models import SessionKind
from portal.accounts.service import sessions
from portal.accounts.service.sessions import Visitor
from portal.foundation.database import db
from portal.staff.models import StaffMember
from portal.staff.rules import ROLES
from tests import cast
from tests.browsing import Browser

PEOPLE = {"owner": cast.OTTO, "clerk": cast.CLARA, "marketing": cast.MARK}


def at_desk(browser: Browser, role: str) -> Browser:
    """Sign the person of a role in at a browser."""
    member = cast.member(PEOPLE[role], role, {permission.value for permission in ROLES[role]})
    return seated(browser, member)


def seated(browser: Browser, member: StaffMember) -> Browser:
    """Sign any member in at a browser."""
    assert member.account is not None
    handle = sessions.open_session(member.account, SessionKind.STAFF, Visitor())
    db.session.commit()
    with browser.client.session_transaction() as cookie:
        cookie["staff"] = handle
    return browser
