"""What needs several features at once: asking for an account, opening it, accepting an invitation."""

from dataclasses import dataclass, field
from datetime import timedelta

from portal.accounts import queries as accounts
from portal.accounts.errors import EmailTaken
from portal.accounts.models import Account, Realm, Registration
from portal.accounts.rules.links import CONFIRM
from portal.accounts.service import registration as registrations
from portal.accounts.service.entering import admit
from portal.accounts.service.passwords import actor_of
from portal.accounts.service.registration import Wish
from portal.accounts.service.sessions import Visitor
from portal.audit.service import record
from portal.customers import queries as customers
from portal.customers.models import Customer
from portal.customers.service import custom_values, profile
from portal.customers.service.custom_values import Answers
from portal.customers.service.invitations import INVITATION
from portal.customers.service.records import subject
from portal.foundation import crypto, form_keys, hashing, throttle, tokens
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import Expired, NotFound
from portal.foundation.hashing import Secret
from portal.foundation.text import _
from portal.foundation.throttle import Limit
from portal.groups.service import applications
from portal.newsletter.models import ConsentSource
from portal.newsletter.service import consent
from portal.newsletter.service.consent import Proof
from portal.storefront.joining import join
from portal.storefront.terms import TERMS_VERSION

REGISTRATIONS = Limit("registration", 20, timedelta(hours=1))  # of one network address
LINKS = Limit("confirm-link", 20, timedelta(hours=1))  # of one network address
TRIES = Limit("confirm-password", 10, timedelta(minutes=15))  # at one registration
TRIES_FROM = Limit("confirm-password-from", 50, timedelta(minutes=15))  # of one network address


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What somebody typed who wants an account."""

    first_name: str
    last_name: str
    email: str
    telephone: str
    password: str
    question: str = ""  # empty when none is asked for
    answer: str = ""  # normalised
    group_id: int | None = None
    answers: Answers = field(default_factory=dict)  # of that group's own fields
    newsletter: bool = False
    newsletter_text: str = ""
    locale: str = "en"


@dataclass(frozen=True)
class Opened:
    """An account just opened, the handle of its first session, and that of its first device.

    There are none where the shop disabled the customer.
    """

    account: Account
    handle: str | None = None
    device: str | None = None


def ask_for_account(asked: Asked, visitor: Visitor, browser: str, form_key: str = "") -> None:
    """Write down a registration and post the mail that confirms it: the same work for every address.

    `browser` is the random handle that the browser keeps, so that it is known again when the link is opened; a form
    whose key was used before is a second press of the button and asks for nothing more.

    Raises:
        TooMany: too many registrations from this network address.
        Busy: too many hashes wait.
    """
    answer = asked.answer if asked.question else ""
    with hashing.reserved(2 if answer else 1):  # who finds no place has not asked
        throttle.count((REGISTRATIONS, throttle.network(visitor.address)))
        password_hash, answer_hash = _hashes(asked.password, answer)
    if not form_keys.is_first_use(form_key):
        return
    registrations.register(
        Wish(
            email=asked.email,
            first_name=asked.first_name,
            last_name=asked.last_name,
            telephone=asked.telephone,
            password_hash=password_hash,
            question=asked.question,
            answer_hash=answer_hash,
            group_id=asked.group_id,
            answers=custom_values.keep(asked.answers, kept_for=registrations.REGISTRATION_KEPT),
            newsletter=asked.newsletter,
            newsletter_text=asked.newsletter_text,
            terms_version=TERMS_VERSION,
            address=visitor.address,
            locale=asked.locale,
            browser_digest=crypto.digest(browser),
        )
    )


def send_link_again(email: str, visitor: Visitor) -> None:
    """Post the link of what waits for an address once more; nobody learns whether anything does.

    Raises:
        TooMany: too many asked from this network address.
    """
    throttle.count((LINKS, throttle.network(visitor.address)))
    registrations.send_again(email)


def waiting_behind(token: str) -> Registration:
    """The registration that a mailed link would confirm; nothing is used up.

    Raises:
        NotFound: the link is not ours.
        EmailTaken: its address has an account already, mostly by this very link.
        Expired: the link has run out or a newer one was sent.
    """
    subject_id = tokens.subject_of(CONFIRM, token)
    registration = db.session.get(Registration, subject_id, populate_existing=True)
    if registration is None:
        raise NotFound(_("This registration is over. Create your account again."))
    if accounts.by_email(Realm.CUSTOMER, registration.email) is not None:
        raise EmailTaken(_("This address is confirmed and has an account. Sign in, or reset your password."))
    if not registration.is_open or registration.expires_at <= now():
        raise Expired(_("This registration has run out. Create your account again."))
    tokens.find(CONFIRM, token)
    return registration


def knows(registration: Registration, browser: str | None) -> bool:
    """Whether a browser's handle is that of the one which registered."""
    return browser is not None and crypto.digest(browser) == registration.browser_digest


def is_password_of(registration: Registration, password: str, visitor: Visitor) -> bool:
    """Whether this is the password chosen at registration.

    Raises:
        TooMany: tried too often.
        Busy: too many hashes wait.
    """
    with hashing.reserved():  # who finds no place has not tried
        throttle.count((TRIES, str(registration.id)), (TRIES_FROM, throttle.network(visitor.address)))
        return hashing.verify(Secret.PASSWORD, registration.password_hash, password)


def confirm(token: str, visitor: Visitor) -> Opened:
    """Open the account that a registration asked for, with everything chosen there.

    Raises:
        NotFound, EmailTaken, Expired: as `waiting_behind`, and of two at the same moment one gets EmailTaken.
    """
    registration = waiting_behind(token)
    tokens.redeem(CONFIRM, token)
    account = registrations.open_account(
        realm=Realm.CUSTOMER,
        email=registration.email,
        password_hash=registration.password_hash,
        question=registration.question,
        answer_hash=registration.answer_hash,
        locale=registration.locale,
    )
    customer = _customer_of(account, registration, known=None)
    join(customer, registration, by=actor_of(account))
    if registration.newsletter:
        consent.subscribe_with_account(
            customer,
            text=registration.newsletter_text,
            source=ConsentSource.REGISTRATION,
            proof=Proof(visitor.address, visitor.browser, "/register"),
        )
    return _let_in(account, visitor)


def confirm_with_new_password(token: str, password: str, visitor: Visitor) -> Opened:
    """Open the account with a password chosen now; question, group and newsletter of the registration are dropped.

    Whoever registered may have been somebody else: nothing chosen then opens or decides anything.

    Raises:
        NotFound, EmailTaken, Expired: as `confirm`.
        Busy: too many hashes wait.
    """
    [password_hash] = hashing.make((Secret.PASSWORD, password))
    registration = waiting_behind(token)
    tokens.redeem(CONFIRM, token)
    account = registrations.open_account(
        realm=Realm.CUSTOMER, email=registration.email, password_hash=password_hash, locale=registration.locale
    )
    known = customers.by_email(account.email)
    customer = _customer_of(account, registration, known=known)
    applications.join_at_registration(customer, None, by=actor_of(account))
    return _let_in(account, visitor)


def invited_behind(token: str) -> Customer:
    """The customer whom a mailed invitation is for; nothing is used up.

    Raises:
        NotFound: the link is not ours.
        EmailTaken: there is an account already, mostly by this very link.
        Expired: the link has run out, a newer one was sent, or the address is another one now.
    """
    subject_id = tokens.subject_of(INVITATION, token)
    customer = db.session.get(Customer, subject_id, populate_existing=True)
    if customer is None:
        raise NotFound(_("This invitation is over. Ask us for a new one."))
    if customer.account_id is not None or accounts.by_email(Realm.CUSTOMER, customer.email) is not None:
        raise EmailTaken(_("Your account is ready. Sign in, or reset your password."))
    row = tokens.find(INVITATION, token)
    if row.bound_to != customer.email_key or customer.disabled_at is not None:
        raise Expired(_("This invitation no longer holds. Ask us for a new one."))
    return customer


def accept_invitation(token: str, password: str, question: str, answer: str, visitor: Visitor) -> Opened:
    """Open the account of a customer whom staff added, with what only they know.

    Raises:
        NotFound, EmailTaken, Expired: as `invited_behind`.
        Busy: too many hashes wait.
    """
    password_hash, answer_hash = _hashes(password, answer if question else "")
    customer = invited_behind(token)
    tokens.redeem(INVITATION, token)
    account = registrations.open_account(
        realm=Realm.CUSTOMER,
        email=customer.email,
        password_hash=password_hash,
        question=question,
        answer_hash=answer_hash,
        locale=customer.locale,
    )
    linked = profile.open_customer(
        account,
        first_name=customer.first_name,
        last_name=customer.last_name,
        telephone="",
        locale=customer.locale,
        by=actor_of(account),
    )
    _accept_terms(linked, TERMS_VERSION, account)
    registrations.supersede(account.email)
    applications.join_at_registration(linked, None, by=actor_of(account))
    return _let_in(account, visitor)


def _hashes(password: str, answer: str) -> tuple[str, str]:
    """Password and answer hashed at the same time; an empty answer has an empty hash."""
    wanted = [(Secret.PASSWORD, password)]
    if answer:
        wanted.append((Secret.ANSWER, answer))
    made = hashing.make(*wanted)
    return made[0], made[1] if answer else ""


def _customer_of(account: Account, registration: Registration, *, known: Customer | None) -> Customer:
    """The customer of a new account; of one who is `known`, names and telephone stay as they are."""
    customer = profile.open_customer(
        account,
        first_name=known.first_name if known else registration.first_name,
        last_name=known.last_name if known else registration.last_name,
        telephone="" if known else registration.telephone,
        locale=registration.locale,
        by=actor_of(account),
    )
    registrations.end_others(registration)
    _accept_terms(customer, registration.terms_version, account)
    return customer


def _accept_terms(customer: Customer, version: str, account: Account) -> None:
    record("customer.terms_accepted", subject(customer), by=actor_of(account), changes={"terms": ("", version)})


def _let_in(account: Account, visitor: Visitor) -> Opened:
    if not account.is_enabled:
        return Opened(account)
    entered = admit(account, visitor, methods="password")
    return Opened(account, entered.handle, entered.device)
