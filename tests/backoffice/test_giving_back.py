"""Acts that give rights back ask once more who is at the keyboard, and go on from there."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.audit.service import OPERATOR
from portal.foundation.database import db
from portal.groups.models import ApproverScope
from portal.staff import queries, service
from portal.staff.rules import ROLES
from portal.stores import service as stores
from portal.stores.models import Store
from tests import cast
from tests.backoffice.desk import at_desk

LATER = timedelta(minutes=6)


@pytest.fixture
def otto(clock, browser):
    """The owner at a browser."""
    return at_desk(browser, "owner")


@pytest.fixture
def clara(otto):
    """Clara, who clerks."""
    return cast.member(cast.CLARA, "clerk", ROLES["clerk"])


@pytest.fixture
def scene(clara):
    """For each act the page with its button, the end of its address, and whether it came about."""

    def back():
        service.dismiss(clara, OPERATOR)
        return f"/staff/members/{clara.id}", lambda: queries.by_id(clara.id).dismissed_at is None

    def lift():
        trade = cast.group("Trade")
        db.session.add(ApproverScope(member=clara, group=trade))
        return f"/staff/groups/{trade.id}/approvers", lambda: not db.session.scalars(sa.select(ApproverScope)).all()

    def reopen():
        pune = cast.store()
        stores.retire(pune.id, by=OPERATOR)
        return f"/staff/stores/{pune.id}", lambda: not db.session.get_one(Store, pune.id).is_retired

    return {"back": back, "lift": lift, "reopen": reopen}


@pytest.mark.parametrize("act", ["back", "lift", "reopen"])
def test_rights_come_back_by_whoever_just_proved_who_they_are(otto, scene, clock, act):
    page, is_done = scene[act]()
    db.session.commit()
    otto.open(page)
    clock.shift(LATER)
    asked = otto.send(f"/{act}", follow=False)
    db.session.expire_all()
    assert (asked.status_code, is_done()) == (403, False)
    otto.send("/staff/confirm", follow=False)
    page = otto.send(follow=False, current_password=cast.STAFF_PASSWORD)
    assert "Nothing of it is saved yet" in page.text
    assert not is_done()
    otto.send(f"/{act}")
    db.session.expire_all()
    assert is_done()
