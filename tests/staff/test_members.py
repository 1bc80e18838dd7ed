"""Members get roles at places, by mail; the last owner stays, also when two go at the same moment."""

import pytest
import sqlalchemy as sa

from portal.accounts.models import AccountStatus, SessionKind
from portal.accounts.service import sessions
from portal.accounts.service.sessions import Visitor
from portal.audit.models import ActorKind, AuditEntry
from portal.audit.service import Actor
from portal.foundation import database
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import Conflict, DomainError
from portal.staff import queries, service
from portal.staff.errors import ChangedMeanwhile, LastOwner, MoreThanOwn, OwnRole, UnknownRole, WorksHere
from portal.staff.models import StaffMember
from portal.staff.rules import ROLES, Permission
from portal.staff.service import giving
from tests import cast

DEPUTY = ROLES["clerk"] | {Permission.MEMBER_VIEW, Permission.MEMBER_MODIFY}
DORA = cast.Person("Dora", "Deputy", "dora@demo.example")
NEW = "nell@demo.example"


def acting(who):
    return Actor(ActorKind.STAFF, who.id, who.name)


def role(name):
    return queries.role_named(name).id


def places_of(who):
    db.session.expire_all()
    return {(given.role.name, given.store.code if given.store else "") for given in who.roles}


@pytest.fixture
def otto(app):
    """Otto, who owns."""
    return cast.member(cast.OTTO, "owner", ())


@pytest.fixture
def clara(otto):
    """Clara, who clerks in all stores."""
    return cast.member(cast.CLARA, "clerk", ROLES["clerk"])


@pytest.fixture
def dora(clara):
    """Dora, who may do what clerks do, and look after members."""
    return cast.member(DORA, "deputy", DEPUTY)


@pytest.fixture
def pune(app):
    """A second store."""
    return cast.store()


def test_somebody_is_invited_by_mail_with_roles_at_places(otto, pune, mailbox, browser):
    service.ensure_roles()
    places = {(role("clerk"), pune.id), (role("marketing"), None)}
    service.invite_by_mail(NEW, "Nell New", places, acting(otto))
    [letter] = mailbox()
    assert letter["To"] == NEW
    assert "invited to the back office" in letter["Subject"]
    text = letter.get_body(("plain",)).get_content()
    path = next(line for line in text.split() if "/staff/invitation/" in line).removeprefix("http://localhost")
    browser.open(path)
    browser.send(password="violet ladder harbour", confirm_password="violet ladder harbour")
    nell = queries.by_email(NEW)
    assert nell.account.status is AccountStatus.ENABLED
    assert places_of(nell) == {("clerk", "pune"), ("marketing", "")}
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.verb == "staff.invited")).one()
    assert entry.changes == {"role": [None, "clerk (Pune Camp), marketing"]}


def test_a_retried_mail_carries_the_same_link_and_a_newer_one_ends_it(otto, clara, mailbox):
    service.send_link(clara, acting(otto))
    first = mailbox()[0].get_body(("plain",)).get_content()
    assert "new password" in first
    service.send_link(clara, acting(otto))
    second = mailbox()[-1].get_body(("plain",)).get_content()
    assert first != second


def test_who_works_here_is_not_invited_again_and_who_did_is_brought_back(otto, clara):
    with pytest.raises(WorksHere, match="works here already"):
        service.invite_by_mail(cast.CLARA.email, "Clara", {(role("clerk"), None)}, acting(otto))
    service.dismiss(clara, acting(otto))
    with pytest.raises(WorksHere, match="Bring them back"):
        service.invite_by_mail(cast.CLARA.email.upper(), "Clara", {(role("clerk"), None)}, acting(otto))


def test_who_comes_back_has_the_roles_of_before_once_a_password_is_chosen(otto, clara, mailbox):
    service.dismiss(clara, acting(otto))
    db.session.commit()
    assert queries.at_work(clara.account_id) is None
    service.bring_back(clara, acting(otto))
    assert len(mailbox()) == 1
    assert clara.account.status is AccountStatus.DISABLED
    assert places_of(clara) == {("clerk", "")}
    with pytest.raises(Conflict):
        service.bring_back(clara, acting(otto))


def test_a_session_brings_the_rights_of_who_works_here_and_nothing_to_who_does_not(clara):
    handle = sessions.open_session(clara.account, SessionKind.STAFF, Visitor())
    db.session.commit()
    session, (member, rights) = queries.entered(handle)
    assert (session.account_id, member) == (clara.account_id, clara)
    assert rights.held == queries.permissions_of(clara)
    clara.dismissed_at = now()
    db.session.commit()
    assert queries.entered(handle) == (session, None)
    assert queries.entered("nobody's") is None


@pytest.mark.parametrize("bad", ["nothing", "gone", "owner of one store"])
def test_roles_that_make_no_sense_are_refused(otto, clara, pune, bad):
    places = {"nothing": set(), "gone": {(987654, None)}, "owner of one store": {(role("owner"), pune.id)}}[bad]
    with pytest.raises(UnknownRole):
        service.change_roles(clara, places, version=clara.version, by=acting(otto))
    with pytest.raises(UnknownRole):
        service.invite_by_mail(NEW, "Nell", places, acting(otto))
    assert places_of(clara) == {("clerk", "")}
    assert queries.by_email(NEW) is None


def test_roles_change_place_by_place(otto, clara, pune):
    service.change_roles(clara, {(role("clerk"), pune.id)}, version=1, by=acting(otto))
    db.session.commit()
    assert places_of(clara) == {("clerk", "pune")}
    with pytest.raises(ChangedMeanwhile):
        service.change_roles(clara, {(role("clerk"), None)}, version=1, by=acting(otto))


def test_a_deputy_gives_what_they_have_and_not_more(dora, clara, pune):
    service.change_roles(clara, {(role("clerk"), pune.id)}, version=clara.version, by=acting(dora))
    for places in ({(role("owner"), None)}, {(role("marketing"), pune.id), (role("clerk"), pune.id)}):
        with pytest.raises(MoreThanOwn):
            service.change_roles(clara, places, version=clara.version, by=acting(dora))
        with pytest.raises(MoreThanOwn):
            service.invite_by_mail(NEW, "Nell", places, acting(dora))


def test_a_deputy_touches_nobody_who_may_more(dora, otto):
    mark = cast.member(cast.MARK, "marketing", ROLES["marketing"])
    for call in (service.dismiss, service.send_link):
        with pytest.raises(MoreThanOwn):
            call(otto, acting(dora))
        with pytest.raises(MoreThanOwn):
            call(mark, acting(dora))
    service.dismiss(mark, acting(otto))
    with pytest.raises(MoreThanOwn):
        service.bring_back(mark, acting(dora))


def test_nobody_ends_or_changes_their_own_work(otto, dora):
    cast.member(cast.MARK, "owner", ())
    for who in (otto, dora):
        for call in (service.dismiss, service.send_link):
            with pytest.raises(OwnRole):
                call(who, acting(who))
        with pytest.raises(OwnRole):
            service.change_roles(who, {(role("clerk"), None)}, version=1, by=acting(who))


def test_a_role_is_given_once_at_each_place(otto, clara):
    for store in (None, cast.store().id):
        db.session.add(cast.StaffRole(staff_member_id=clara.id, role_id=role("marketing"), store_id=store))
        db.session.commit()
        db.session.add(cast.StaffRole(staff_member_id=clara.id, role_id=role("marketing"), store_id=store))
        with pytest.raises(sa.exc.IntegrityError):
            db.session.commit()
        db.session.rollback()


def test_a_retired_store_brings_nobody_any_right(otto, pune):
    clerk = cast.member(cast.CLARA, "clerk", ROLES["clerk"], pune)
    assert queries.rights_of(clerk).reach(Permission.CUSTOMER_VIEW) == {pune.id}
    assert queries.others_who_may(Permission.CUSTOMER_VERIFY, otto, [pune.id]) == 1
    pune.retired_at = now()
    db.session.commit()
    assert queries.permissions_of(clerk) == frozenset()
    assert queries.others_who_may(Permission.CUSTOMER_VERIFY, otto, [pune.id]) == 0


def test_who_may_help_is_counted_for_the_stores_of_the_customer(otto, pune):
    cast.member(cast.CLARA, "clerk", ROLES["clerk"], pune)
    assert queries.others_who_may(Permission.CUSTOMER_VERIFY, otto) == 0
    assert queries.others_who_may(Permission.CUSTOMER_VERIFY, otto, [pune.id]) == 1
    assert queries.others_who_may(Permission.CUSTOMER_VERIFY, otto, [pune.id + 1000]) == 0


def outcome(app, act, person):
    """What one of several who act at once hears."""
    with app.app_context():
        try:
            with database.transaction():
                act(db.session.scalars(sa.select(StaffMember).where(StaffMember.email == person.email)).one())
        except DomainError as refusal:
            return type(refusal)
        return None


@pytest.mark.parametrize("way", ["dismissed", "demoted", "one of each"])
def test_of_two_owners_who_let_each_other_go_at_the_same_moment_one_stays(app, otto, at_once, way):
    dora = cast.member(DORA, "owner", ())
    by = {cast.OTTO: acting(dora), DORA: acting(otto)}
    clerk = {(role("clerk"), None)}
    db.session.commit()

    def leave(person, dismissed):
        def act(member):
            if dismissed:
                service.dismiss(member, by[person])
            else:
                service.change_roles(member, clerk, version=member.version, by=by[person])

        return lambda: outcome(app, act, person)

    heard = at_once(leave(cast.OTTO, way != "demoted"), leave(DORA, way == "dismissed"))
    assert len(queries.owners()) == 1
    assert heard.count(None) == 1
    assert {told for told in heard if told is not None} <= {LastOwner, MoreThanOwn, giving.NotAllowed}
