"""Addresses in every state an address can be in."""

from datetime import timedelta

from portal.accounts.models import Account, AccountStatus, Realm, Registration
from portal.foundation import clock, emails, hashing
from portal.foundation.database import db
from portal.foundation.hashing import Secret
from tests import cast
from tests.cast import Person

DORA = Person("Dora", "Disabled", "dora@demo.example")
UMA = Person("Uma", "Unconfirmed", "uma@demo.example")
ABSENT = "nobody@demo.example"


def disabled(person: Person = DORA) -> Account:
    """Somebody the shop has closed out."""
    customer = cast.customer(person)
    assert customer.account_id is not None
    account = db.session.get_one(Account, customer.account_id)
    account.status = AccountStatus.DISABLED
    db.session.commit()
    return account


def registered(person: Person = UMA, password: str = cast.PASSWORD) -> Registration:
    """Somebody who has not confirmed their address."""
    [made] = hashing.make((Secret.PASSWORD, password))
    row = Registration(
        email=person.email,
        email_key=emails.key(person.email),
        first_name=person.first_name,
        last_name=person.last_name,
        password_hash=made,
        newsletter=False,
        terms_version="1",
        address="192.0.2.1",
        browser_digest="",
        expires_at=clock.now() + timedelta(days=7),
    )
    db.session.add(row)
    db.session.commit()
    return row


def addresses() -> dict[str, str]:
    """One address in each state, by the name of the state."""
    cast.customer(cast.ANN)
    cast.applicant(cast.IVY, cast.group())
    disabled()
    registered()
    cast.account(cast.OTTO, Realm.STAFF)
    return {
        "absent": ABSENT,
        "unconfirmed": UMA.email,
        "waiting": cast.IVY.email,
        "active": cast.ANN.email,
        "disabled": DORA.email,
        "staff": cast.OTTO.email,
    }
