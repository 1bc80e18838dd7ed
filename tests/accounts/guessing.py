"""Somebody who guesses passwords, from as many networks as they like."""

from portal.accounts.models import Realm
from portal.accounts.service.sessions import Visitor
from portal.accounts.service.signing_in import sign_in
from portal.foundation.database import db
from portal.foundation.errors import TooMany
from tests import cast

WRONG = "wrong password"


def send(browser, email=cast.ANN.email, password=WRONG, network="203.0.113.1", door="/sign-in"):
    """Fill in the form and send it, from a network of one's own."""
    place = {"environ_overrides": {"REMOTE_ADDR": network}}
    page = browser.client.get(door, **place)
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0] if page.status_code == 200 else ""
    form = {"csrf_token": token, "email": email, "password": password}
    return browser.client.post(door, data=form, **place)


def guess(times, email=cast.ANN.email, realm=Realm.CUSTOMER, networks=1):
    """Wrong tries, without a browser; how many of them were let past the throttle."""
    heard = 0
    for number in range(times):
        try:
            sign_in(realm, email, WRONG, Visitor(f"198.51.100.{number % networks}"))
        except TooMany:
            db.session.rollback()
        else:
            heard += 1
        db.session.commit()
    return heard
