"""Customers come into being, and what is known of them changes."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from portal.accounts.errors import NotProven
from portal.accounts.models import Account, AccountStatus
from portal.audit.service import Actor, Changes, record
from portal.customers import queries
from portal.customers.errors import EmailInUse, NotReachable, NumberInUse
from portal.customers.models import Customer, Origin
from portal.customers.service import further as details_of
from portal.customers.service.further import Further
from portal.customers.service.numbering import next_number
from portal.customers.service.records import (
    account_of,
    all_or_nothing,
    changes,
    claim,
    different,
    facts,
    refresh_copies,
    refresh_status,
    set_telephone,
    subject,
)
from portal.foundation import emails
from portal.foundation.database import db
from portal.foundation.text import _
from portal.stores import queries as store_queries
from portal.stores.models import Store

TRIES = 5  # a generated number may meet one that staff typed


@dataclass(frozen=True, kw_only=True)
class Details:
    """What is typed about a customer; an empty number means the next one, no stores the store "Online"."""

    first_name: str
    last_name: str
    email: str = ""
    telephone: str = ""
    number: str = ""
    stores: Sequence[Store] = ()
    locale: str = "en"
    further: Further = field(default_factory=Further)


def open_customer(
    account: Account,
    *,
    first_name: str,
    last_name: str,
    telephone: str,
    locale: str,
    by: Actor,
    through: Origin = Origin.WEB,
) -> Customer:
    """The customer of a new account: who has its address already (made by staff or at a till), or a new one."""
    details = Details(
        first_name=first_name, last_name=last_name, email=account.email, telephone=telephone, locale=locale
    )
    known = queries.by_email(account.email)
    if known is None:
        try:
            return add_customer(details, by=by, through=through, account=account)
        except EmailInUse:  # somebody added the address at this very moment
            known = queries.by_email(account.email)
            if known is None:
                raise
    _link(known, account, details, by)
    return known


def add_customer(
    details: Details,
    *,
    by: Actor,
    through: Origin = Origin.STAFF,
    account: Account | None = None,
    may_set_credit: bool = False,
) -> Customer:
    """A new customer.

    Raises:
        NotReachable: neither an address nor a telephone was given.
        NumberInUse: the typed number belongs to somebody.
        EmailInUse: the address belongs to somebody.
        ExternalIdInUse: the number of another system belongs to somebody.
        FieldRefused: a number of the state is wrong.
        NotAllowed: selling on credit is allowed by somebody who may not.
    """
    if not details.email and not details.telephone:
        raise NotReachable(_("Enter an email address or a telephone"))
    with db.session.begin_nested():
        if details.number:
            customer = _insert(details, details.number, account, by, through)
        else:
            customer = _insert_numbered(details, account, by, through)
        told = dict(changes({}, customer))
        if details.further:
            told |= _write_further(customer, details.further, may_set_credit=may_set_credit)
    record("customer.added", subject(customer), by=by, changes=told)
    return customer


def _insert_numbered(details: Details, account: Account | None, by: Actor, through: Origin) -> Customer:
    for _try in range(TRIES - 1):
        with suppress(NumberInUse):
            return _insert(details, next_number(), account, by, through)
    return _insert(details, next_number(), account, by, through)


def _insert(details: Details, number: str, account: Account | None, by: Actor, through: Origin) -> Customer:
    customer = Customer(
        number=number,
        account_id=account.id if account else None,
        first_name=details.first_name,
        last_name=details.last_name,
        email=details.email,
        email_key=emails.key(details.email) if details.email else None,
        locale=details.locale,
        created_by=by.name[:120],
        created_through=through,
        stores=list(details.stores) or [store_queries.online()],
        statutory=None,
        pos=None,
    )
    set_telephone(customer, details.telephone)
    refresh_copies(customer)
    refresh_status(customer)
    with all_or_nothing(None, number, details.email):
        db.session.add(customer)
    return customer


def _link(customer: Customer, account: Account, details: Details, by: Actor) -> None:
    """Give a customer made by staff or at a till their account; what the person typed themselves is the newer."""
    before = facts(customer)
    customer.account_id = account.id
    customer.first_name, customer.last_name = details.first_name, details.last_name
    customer.email, customer.locale = account.email, details.locale
    customer.version += 1
    if details.telephone:
        set_telephone(customer, details.telephone)
    if customer.disabled_at is not None:
        account.status = AccountStatus.DISABLED
    refresh_copies(customer)
    refresh_status(customer)
    db.session.flush()
    record("customer.account_opened", subject(customer), by=by, changes=changes(before, customer))


def update_profile(
    customer: Customer,
    *,
    version: int,
    by: Actor,
    first_name: str | None = None,
    last_name: str | None = None,
    email: str | None = None,
    telephone: str | None = None,
    number: str | None = None,
    stores: Sequence[Store] | None = None,
    further: Further | None = None,
    may_set_credit: bool = False,
) -> None:
    """Save what was edited; None leaves a field as it is, an empty text empties it.

    Of `further` only the keys that are there are written; `may_set_credit` says that `by` may allow selling on credit.

    The address that somebody signs in with is left alone: `accounts.service.helping` asks for another one.

    Raises:
        NotProven: another address for somebody who has an account.
        EditedMeanwhile: `version` is not the one on record; the refusal carries both versions.
        NotReachable: neither an address nor a telephone would be left.
        NumberInUse: the typed number belongs to somebody else.
        EmailInUse: the address belongs to somebody else.
        ExternalIdInUse: the number of another system belongs to somebody else.
        FieldRefused: a number of the state is wrong, or does not go with the others.
        NotAllowed: selling on credit is changed by somebody who may not.
    """
    texts = {"first_name": first_name, "last_name": last_name, "email": email, "number": number}
    typed = {name: value for name, value in texts.items() if value is not None}
    mine = _mine(typed, telephone, stores)
    with all_or_nothing(customer.id, typed.get("number", customer.number), typed.get("email", customer.email)):
        claim(customer, version, mine)
        told = _change(customer, typed, telephone, stores)
        if further:
            told |= _write_further(customer, further, may_set_credit=may_set_credit)
        if told:
            record("customer.changed", subject(customer), by=by, changes=told)


def _write_further(customer: Customer, further: Further, *, may_set_credit: bool) -> Changes:
    """Write it and say what changed."""
    before = details_of.facts(customer)
    with all_or_nothing(customer.id, "", "", further.get("external_id") or ""):
        sealed = details_of.write(customer, further, may_set_credit=may_set_credit)
    return {**different(before, details_of.facts(customer)), **sealed}


def _change(
    customer: Customer, typed: dict[str, str], telephone: str | None, stores: Sequence[Store] | None
) -> dict[str, tuple[object, object]]:
    """Write name and contact and say what changed."""
    before = facts(customer)
    for name, value in typed.items():
        setattr(customer, name, value)
    if telephone is not None:
        set_telephone(customer, telephone)
    if stores:
        customer.stores = list(stores)
    if not customer.email and not customer.telephones:
        raise NotReachable(_("Enter an email address or a telephone"))
    refresh_copies(customer)
    if customer.email != before["email"]:
        _spell_address(customer)
    db.session.flush()
    return dict(changes(before, customer))


def _mine(typed: dict[str, str], telephone: str | None, stores: Sequence[Store] | None) -> dict[str, str]:
    mine = {("customer_number" if name == "number" else name): value for name, value in typed.items()}
    if telephone is not None:
        mine["telephone"] = telephone
    if stores is not None:
        mine["stores"] = ", ".join(store.name for store in stores)
    return mine


def _spell_address(customer: Customer) -> None:
    customer.email_key = emails.key(customer.email) if customer.email else None
    account = account_of(customer)
    if account is None:
        return
    if customer.email_key is None:
        raise NotReachable(_("%(name)s signs in with an email address. Enter one.", name=customer.name))
    if customer.email_key != account.email_key:
        raise NotProven(_("%(name)s signs in with this address. Verify who is calling first.", name=customer.name))
    account.email = customer.email  # the same mailbox, spelt another way
