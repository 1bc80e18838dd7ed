"""Adding and saving a customer touch customers, groups and the newsletter: together, or not at all."""

from dataclasses import dataclass, field
from typing import Any

from portal.accounts.models import Account, EmailChange
from portal.accounts.service import helping
from portal.audit.service import Actor
from portal.config import settings
from portal.customers import queries as customers
from portal.customers.errors import EmailInUse
from portal.customers.models import Customer
from portal.customers.service import invitations, profile, status
from portal.customers.service.further import Further
from portal.customers.service.profile import Details
from portal.foundation import emails
from portal.foundation.database import db
from portal.foundation.text import _
from portal.groups import queries as groups
from portal.groups.service import applications, letting_in, own
from portal.newsletter import queries as newsletter
from portal.newsletter.models import SubscriptionState
from portal.newsletter.service import consent
from portal.newsletter.service.consent import Proof
from portal.staff import queries as staff
from portal.staff.models import StaffMember
from portal.staff.rules import Permission
from portal.stores.models import Store

CREDIT = "allow_credit_sale"
WANTED = (SubscriptionState.ACTIVE, SubscriptionState.PENDING)


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A form that was found right; None or empty where nothing was said."""

    number: str
    first_name: str
    last_name: str
    email: str
    telephone: str
    stores: list[Store]
    group_id: int | None
    newsletter: bool
    disabled: bool | None
    reason: str
    version: int = 0
    further: Further = field(default_factory=Further)
    may_set_credit: bool = False

    @property
    def beyond(self) -> dict[str, Any]:
        """What goes beyond name and contact, as the verbs of a profile take it."""
        return {"further": self.further, "may_set_credit": self.may_set_credit}


def add(typed: Typed, *, by: Actor, proof: Proof) -> Customer:
    """A new customer in their group, invited where there is an address.

    Raises:
        NumberInUse: the typed number belongs to somebody.
        EmailInUse: the address belongs to somebody.
        NotReachable: neither an address nor a telephone was given.
        ExternalIdInUse: the number of another system belongs to somebody.
        FieldRefused: a number of the state is wrong, or does not go with the others.
        NotAllowed: selling on credit is allowed by somebody who may not, or to themselves.
        ConsentNeeded: the address has left the newsletter; only its person can come back.
    """
    details = Details(
        first_name=typed.first_name,
        last_name=typed.last_name,
        email=typed.email,
        telephone=typed.telephone,
        number=typed.number,
        stores=typed.stores,
        locale=settings().shop_locales[0],  # what was chosen comes with the further fields
        further=typed.further,
    )
    with db.session.begin_nested():
        customer = profile.add_customer(details, by=by, may_set_credit=typed.may_set_credit)
        if typed.further.get(CREDIT):
            own.refuse(customer, by)  # who has no record yet allows themselves no credit by adding one, either
        applications.join_at_registration(customer, None, by=by)
        if typed.group_id is not None:
            applications.set_group(customer, typed.group_id, by=by)
        if typed.newsletter:
            consent.set_by_staff(customer, wanted=True, by=by, proof=proof)
        if typed.disabled:
            status.disable(customer, typed.reason or _("Added as disabled"), by)
        elif customer.email:
            invitations.invite(customer, by)
    return customer


def save(customer: Customer, typed: Typed, *, member: StaffMember, by: Actor, proof: Proof) -> EmailChange | None:
    """An edited customer; what is as it was stays untouched.

    Another address for somebody with an account is asked for, and comes back; the one on record stays meanwhile.

    Raises:
        NotProven: another address, and `member` has not verified its owner.
        AddressStays: another address, and none is taken now.
        EditedMeanwhile: somebody else saved since `typed.version`.
        NumberInUse, EmailInUse, ExternalIdInUse: it belongs to somebody else.
        NotReachable: neither an address nor a telephone would be left.
        FieldRefused: a number of the state is wrong, or does not go with the others.
        NotAllowed: selling on credit is changed by somebody who may not.
        ConsentNeeded: the customer has left the newsletter; only they can come back.
    """
    with db.session.begin_nested():
        _refuse_own_credit(customer, typed, by)
        old, was_wanted = customer.email, is_wanted(customer)
        change = _ask_for_address(customer, typed.email, member, by)
        profile.update_profile(
            customer,
            version=typed.version,
            by=by,
            first_name=typed.first_name,
            last_name=typed.last_name,
            email=old if change else typed.email,
            telephone=typed.telephone,
            number=typed.number or None,
            stores=typed.stores,
            **typed.beyond,
        )
        if typed.group_id is not None:
            applications.set_group(customer, typed.group_id, by=by)
        if was_wanted and emails.key(customer.email) != emails.key(old):
            consent.leave_address(old, by=by, proof=proof)  # consent was given for the mailbox, the new one is asked
            was_wanted = False
        if typed.newsletter != was_wanted:
            consent.set_by_staff(customer, wanted=typed.newsletter, by=by, proof=proof)
        _set_status(customer, typed, by)
    return change


def _refuse_own_credit(customer: Customer, typed: Typed, by: Actor) -> None:
    allowed = customer.pos is not None and customer.pos.allow_credit_sale
    if typed.further.get(CREDIT, allowed) != allowed:
        own.refuse(customer, by)


def _set_status(customer: Customer, typed: Typed, by: Actor) -> None:
    if typed.disabled:
        status.disable(customer, typed.reason or _("Disabled while editing"), by)
    elif typed.disabled is False and customer.disabled_at is not None:
        enable(customer, by=by)


def _ask_for_address(customer: Customer, email: str, member: StaffMember, by: Actor) -> EmailChange | None:
    account: Account | None = customer.account
    if account is None or not email or emails.key(email) in (account.email_key, emails.key(customer.email)):
        return None
    holder = customers.by_email(email)
    if holder is not None:
        words = _("This address belongs to %(name)s, number %(number)s.", name=holder.name, number=holder.number)
        raise EmailInUse(words)
    alone = not staff.others_who_may(Permission.CUSTOMER_VERIFY, member, [store.id for store in customer.stores])
    return helping.ask_for_address(account, email, by=by, staff_member_id=member.id, alone=alone)


def enable(customer: Customer, *, by: Actor) -> None:
    """Open the door by hand; an application that waits is closed, so that no ghost stays in the queue.

    Of whoever may not decide about it they are enabled alone, and go on waiting.
    """
    with db.session.begin_nested():
        own.refuse(customer, by)
        status.enable(customer, by)
        if letting_in.may_open(customer, by):
            applications.close_by_hand(customer, by=by)


def is_wanted(customer: Customer) -> bool:
    """Whether the newsletter tick stands: subscribed, or asked to confirm."""
    return bool(customer.email) and newsletter.state_of(customer.email) in WANTED


def group_id_of(customer: Customer) -> str:
    """The group whose terms a customer has, as the form says it."""
    group = groups.preferred_group(customer.id)
    return str(group.id) if group else ""
