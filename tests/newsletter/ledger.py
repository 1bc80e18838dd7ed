"""Reading the ledger and the state in force, and the people who get into it."""

from threading import Barrier, Thread

import sqlalchemy as sa

from portal.accounts.models import SessionKind
from portal.accounts.service import sessions
from portal.accounts.service.sessions import Visitor
from portal.foundation.database import db
from portal.newsletter import queries
from portal.newsletter.models import ConsentAction, ConsentEvent, Subscription
from portal.newsletter.service.ledger import Proof
from tests.mails import link_in

PROOF = Proof("203.0.113.7", "Firefox on Linux")
ZOE = "zoe@demo.example"  # somebody without an account


def lines():
    """What people did, as (action, source), oldest first; without the mails that went out meanwhile."""
    return [(event.action.value, event.source.value) for event in events()]


def events():
    db.session.expire_all()
    steps = sa.select(ConsentEvent).where(ConsentEvent.action != ConsentAction.MAIL_SENT)
    return list(db.session.scalars(steps.order_by(ConsentEvent.id)))


def state(email=ZOE):
    db.session.expire_all()
    found = queries.state_of(email)
    return found.value if found else None


def row(email=ZOE):
    db.session.expire_all()
    return queries.of_email(email)[0]


def ask(browser, email=ZOE):
    """Send the public form."""
    browser.open("/newsletter")
    return browser.send("/newsletter", email=email)


def join(browser, mailbox, email=ZOE):
    """Through the public form and the mailed link; returns the path of the link out."""
    ask(browser, email)
    browser.open(link_in(mailbox()[-1], "/newsletter/confirm/"))
    browser.send()
    return link_in(mailbox()[-1], "/u/")


def sign_in(browser, customer):
    """Give the browser a session of the customer."""
    handle = sessions.open_session(customer.account, SessionKind.CUSTOMER, Visitor())
    db.session.commit()
    with browser.client.session_transaction() as cookie:
        cookie["customer"] = handle


def rewrite(**values):
    """Change every subscription as only a later issue, or time, would."""
    db.session.execute(sa.update(Subscription).values(**values))
    db.session.commit()


def at_once(number, call):
    """What `call` answers to so many threads that start at the same moment."""
    db.session.commit()
    answers, start = [None] * number, Barrier(number)

    def one(place):
        start.wait()
        answers[place] = call()

    threads = [Thread(target=one, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
