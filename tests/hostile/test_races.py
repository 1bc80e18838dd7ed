"""Eight at the same moment, on both databases: what may happen once happens once."""

from collections import Counter

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account, Realm, RecoveryCode
from portal.accounts.rules.links import RESET
from portal.accounts.service import recovery_codes, totp
from portal.customers.models import Address
from portal.foundation import clock, database, emails, form_keys, tokens
from portal.foundation.database import db
from portal.foundation.errors import DomainError
from portal.groups.models import Application, ApplicationState, Membership
from portal.groups.service import applications
from tests import cast
from tests.accounts import apps
from tests.groups.conftest import CLARA
from tests.hostile import attacks
from tests.storefront.newcomer import count

EIGHT = 8
HOME = {"recipient": "Ann", "country": "GB", "address_1": "1 Main Street", "city": "London", "postcode": "EC1Y 8SY"}


@pytest.fixture
def eight(app, at_once):
    """Do the same eight times at once, each in a transaction of its own; how often it was done, refused or repeated."""

    def one(act):
        with app.app_context():
            try:
                with database.transaction():
                    return "done" if act() else "refused"
            except (DomainError, sa.exc.IntegrityError):
                return "refused"

    def run(act):
        found = Counter(at_once(*[lambda: one(act)] * EIGHT))
        db.session.expire_all()
        once = found == {"done": 1, "refused": EIGHT - 1}
        assert attacks.tried("races", refused=once, times=EIGHT), found

    return run


@pytest.fixture
def ann(app):
    """Ann's account."""
    return db.session.get_one(Account, cast.customer(cast.ANN).account_id)


def test_a_mailed_link_is_used_once(ann, eight):
    token = tokens.issue(RESET, ann.id)
    db.session.commit()
    eight(lambda: tokens.redeem(RESET, token))


def test_a_code_of_an_app_is_used_once(ann, eight):
    code, account_id = apps.app_of(ann).code(), ann.id
    eight(lambda: totp.use(db.session.get_one(Account, account_id), code))


def test_a_recovery_code_is_used_once(ann, eight):
    code, account_id = apps.codes_of(ann)[0], ann.id
    eight(lambda: recovery_codes.use(db.session.get_one(Account, account_id), code))
    assert count(RecoveryCode) == recovery_codes.left(db.session.get_one(Account, account_id)) + 1


def test_an_address_has_one_account(app, eight):
    def open_one():
        key = emails.key(cast.BEN.email)
        db.session.add(Account(realm=Realm.CUSTOMER, email=cast.BEN.email, email_key=key, password_hash="none"))
        db.session.flush()
        return True

    eight(open_one)
    assert count(Account) == 1


def test_an_application_is_approved_once(app, eight):
    application_id = cast.applicant(cast.IVY, cast.group()).id
    eight(lambda: applications.approve(application_id, by=CLARA))
    assert db.session.get_one(Application, application_id).state is ApplicationState.APPROVED
    assert db.session.scalar(sa.select(sa.func.count()).where(Membership.is_preferred)) == 1


def test_an_application_is_approved_or_withdrawn(app, eight):
    row = cast.applicant(cast.IVY, cast.group())
    application_id, place = row.id, iter(range(EIGHT))

    def decide():
        if next(place) % 2:
            return applications.approve(application_id, by=CLARA)
        applications.withdraw(db.session.get_one(Application, application_id), by=CLARA)
        return True

    eight(decide)


def test_the_key_of_a_form_is_taken_once(app, eight):
    eight(lambda: form_keys.first_use("the key of one form") is not None)
    eight(lambda: form_keys.is_first_use("the key of another"))


def test_a_form_that_is_sent_eight_times_at_once_is_done_once(app, browsers, at_once):
    cast.customer(cast.ANN)
    people = [browsers() for _ in range(EIGHT)]
    for person in people:
        person.open("/sign-in")
        person.send("/sign-in", email=cast.ANN.email, password=cast.PASSWORD)
        person.open("/account/addresses/new?country=GB")
    calls = [
        lambda person=person: person.send("", follow=False, form_key="the same for all", **HOME).status_code
        for person in people
    ]
    answers = Counter(at_once(*calls))
    once = answers == {303: EIGHT} and count(Address) == 1
    assert attacks.tried("races", refused=once, times=EIGHT), (answers, count(Address))
    assert clock.now()
